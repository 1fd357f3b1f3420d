"""How the embedded model says which day is meant, and that nothing is written of it."""

from __future__ import annotations

from recado.assistant.knowledge.spelling import common_words
from recado.assistant.models.days import Day
from recado.assistant.models.phrases import Texts, Voice
from recado.language.dates import weekday_of
from recado.language.reading import fold_word

_WEEKDAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "pt": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira",
           "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}  # fmt: skip
_MONTHS = {
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
           "septiembre", "octubre", "noviembre", "diciembre"),
    "pt": ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto",
           "setembro", "outubro", "novembro", "dezembro"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August",
           "September", "October", "November", "December"),
}  # fmt: skip
_AHEAD = {
    "es": ("Hoy es {day}", "Mañana es {day}", "Pasado mañana es {day}"),
    "pt": ("Hoje é {day}", "Amanhã é {day}", "Depois de amanhã é {day}"),
    "en": ("Today is {day}", "Tomorrow is {day}", "The day after tomorrow is {day}"),
}
_HOLIDAYS = {"es": "los días festivos", "pt": "os feriados", "en": "public holidays"}
_DATE = {"es": "el {day} de {month}", "pt": "o dia {day} de {month}", "en": "{month} {day}"}
_NOT_WRITTEN: Texts = {
    "es": ("Sobre {day} no tengo nada anotado. Lo que tengo es esto: {text}",),
    "pt": ("Sobre {day} não tenho nada anotado. O que tenho é isto: {text}",),
    "en": ("I have nothing written down about {day}. What I have is this: {text}",),
}
_NOT_AMONG: Texts = {
    "es": ("{day}, y lo que tengo anotado es de otros días: {text}",),
    "pt": ("{day}, e o que tenho anotado é de outros dias: {text}",),
    "en": ("{day}, and what I have written down is about other days: {text}",),
}


def which_day(day: Day, language: str) -> str:
    """ "Hoy es sábado", or "" where the contact has named the day."""
    if day.ahead is None or day.on is None or day.ahead >= len(_AHEAD[language]):
        return ""
    return _AHEAD[language][day.ahead].format(day=_WEEKDAYS[language][day.on.weekday()])


def on_the_day(which: str, text: str, language: str) -> str:
    """ "Hoy es sábado: los sábados abrimos …", a text after what day it is, in one language."""
    first = text.partition(" ")[0].strip(",.:;")
    ordinary = fold_word(first) in common_words() and (
        language != "en" or weekday_of(first) is None
    )
    plain = ordinary and first[1:] == first[1:].lower() and first != "I"
    return f"{which}: {text[:1].lower() + text[1:] if plain else text}"


def not_written(day: Day, text: str, voice: Voice) -> str:
    """That nothing is known of the day, and what is known instead."""
    return voice.say(_NOT_WRITTEN, day=_called(day, voice.language), text=text)


def other_days(day: Day, text: str, voice: Voice) -> str:
    """That the day is none of those that the text speaks of."""
    if said := which_day(day, voice.language):
        return voice.say(_NOT_AMONG, day=said, text=text)
    return not_written(day, text, voice)


def _called(day: Day, language: str) -> str:
    if day.on is not None:
        month = _MONTHS[language][day.on.month - 1]
        return _DATE[language].format(day=day.on.day, month=month)
    if day.holiday:
        return _HOLIDAYS[language]
    names = [_WEEKDAYS[language][at] for at in sorted(day.weekdays)]
    return ", ".join(f"el {name}" if language == "es" else name for name in names)
