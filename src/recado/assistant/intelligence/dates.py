"""Days and times as people write them, in Spanish, Portuguese and English."""

from __future__ import annotations

from recado.assistant.intelligence.tokens import fold_word

_WEEKDAYS = (
    "lunes lun segunda segundas seg monday mondays mon",
    "martes mar terca tercas ter tuesday tuesdays tue tues",
    "miercoles mie mier quarta quartas qua wednesday wednesdays wed",
    "jueves jue juev quinta quintas qui thursday thursdays thu thur thurs",
    "viernes vie vier sexta sextas sex friday fridays fri",
    "sabado sabados sab saturday saturdays sat",
    "domingo domingos dom sunday sundays sun",
)
_BY_WORD = {word: day for day, words in enumerate(_WEEKDAYS) for word in words.split()}


def weekday_of(word: str) -> int | None:
    """The day of the week that a word names, Monday 0."""
    return _BY_WORD.get(fold_word(word))
