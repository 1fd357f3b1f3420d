"""Who speaks, and how: in the contact's language, as the character, not what it was told to say,
not the same once more, and in a message that WhatsApp takes."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

from recado.assistant.quality.given import Given
from recado.language.detection import detect_language, known_language, vocabulary, words_in
from recado.language.reading import fold, words

_SURE_OF_LANGUAGE, _FEW_WORDS = 0.65, 5
_MOST_CHARS = 4096
#: In a language that is known, more of the words are.
_LEAST_KNOWN, _ENOUGH_WORDS = 0.2, 7
_OTHER_LETTERS = 4
_SAME = 0.92
#: Enough to tell an answer from another; comparing takes the square of it.
_COMPARED_WORDS = 200
_NAMED = re.compile(
    r"(?i:\b(?:soy|me llamo|mi nombre es|i am|i['’]m|my name is|sou(?: o| a)?|me chamo"
    r"|meu nome [eé]"
    r"|call me|ll[aá]mame|this is))\s+(?P<name>[A-ZÁÉÍÓÚÑ][\w.'-]{1,30}(?: [A-Z][\w.'-]{1,30})?)"
)
_HUMAN = re.compile(
    r"\b(?:soy (?:un |una )?(?:ser |persona |mujer |hombre )?(?:human[oa]|persona real"
    r"|de carne y hueso"
    r"|persona)|no soy (?:un |una )?(?:bot|robot|ia|maquina|asistente virtual"
    r"|inteligencia artificial)"
    r"|i ?(?:m|am) (?:a |an )?(?:real |actual )?(?:human|person|man|woman)\b"
    r"|i ?(?:m|am) not (?:a |an )?(?:bot|robot|ai|machine|virtual assistant)"
    r"|(?:eu )?sou (?:um |uma )?(?:ser )?(?:human[oa]|pessoa(?: real| de verdade)?)"
    r"|nao sou (?:um |uma )?(?:bot|robo|ia|maquina|assistente virtual))\b"
)
_MODES = re.compile(
    r"\b(?:dan mode|developer mode|modo (?:desarrollador|desenvolvedor|administrador|admin"
    r"|dios|debug)"
    r"|jailbr(?:oken|eak)\w{0,3}|(?:admin|debug|god) mode)\b"
)
#: Before what somebody is told to say.
_SAY = (
    r"(?:di|dile|diles|d[ií]me|diga|diz|dizer|decir|responde|respondan?|responder|contesta"
    r"|repite|repetir"
    r"|repita|escribe|escreva|responda|say|tell|reply|respond|answer|repeat|write|output"
    r"|print|imprime"
    r"|a[nñ]ade|add|termina|end|begin|empieza|comece|envia|send|texto|text|mensaje|message)"
)
_DICTATED = re.compile(
    rf"\b{_SAY}\b[^\n:\"«“”]{{0,60}}(?::|[\"«“”'])\s*(.{{1,600}})", re.IGNORECASE
)
_TOLD = re.compile(
    rf"\b{_SAY}\b(?: \w{{1,14}}){{0,4}}? (?:que|that|with|con|com|exactly|exactamente"
    r"|exatamente|literalmente|solo|only|just|apenas)\b\s(.{1,600})",
    re.IGNORECASE,
)
#: In a passage or a tool's answer, which tell people what to send and where to write.
_ORDERED = re.compile(
    r"\b(?:di|dile|diles|responde|respondan|contesta|repite|diga|responda|say|reply|respond|repeat"
    r"|answer|tell (?:the |your )?(?:customers?|clients?|users?|contacts?|them|him|her|everyone))\b"
    r"[^\n:\"«“”.]{0,60}?(?::|[\"«“”']|\b(?:que|that|with|con|com)\b)\s*(.{1,600})",
    re.IGNORECASE,
)
_MOST_DICTATED = 12
_RUN, _COVERED = 4, 0.8


def wrong_language(answer: str, given: Given) -> str | None:
    """The language that the answer is in, where it is not the contact's ("?": one that is not
    known here); None: it may well be theirs."""
    prose = answer[:_MOST_CHARS]
    if letters := _foreign_letters(prose, given):
        return letters
    detected = detect_language(prose, default=known_language(given.language))
    sure = detected.confidence >= _SURE_OF_LANGUAGE and len(words(prose)) >= _FEW_WORDS
    if sure and detected.code != given.language:
        return detected.code
    spoken = words_in(prose)
    strange = [it for it in spoken if it not in given.sources.words and it not in given.said.words]
    if len(strange) < _ENOUGH_WORDS:
        return None
    known = vocabulary()
    ours = sum(any(code == given.language for code, _ in known.get(it, ())) for it in spoken)
    return "?" if ours < _LEAST_KNOWN * len(spoken) else None


def _foreign_letters(text: str, given: Given) -> str | None:
    foreign = [c for c in text if c.isalpha() and not _is_latin(c)]
    foreign = [c for c in foreign if c not in given.sources.text]
    return "?" if len(foreign) >= _OTHER_LETTERS else None


def _is_latin(sign: str) -> bool:
    return sign.isascii() or sign in "ªº" or unicodedata.name(sign, "").startswith("LATIN")


def other_person(answer: str, given: Given) -> str | None:
    """The name or kind under which an answer speaks, where it is not the character's."""
    folded = fold(answer).replace("'", " ").replace("’", " ")
    if human := _HUMAN.search(folded):
        return human[0]
    if mode := _MODES.search(folded):
        return mode[0]
    persona = given.question.persona
    known = set(words(f"{persona.name} {persona.prompt} {persona.business} {persona.greeting}"))
    for found in _NAMED.finditer(answer):
        name = words(found["name"])
        if name and name[0] not in known and name[0] not in _NO_NAMES:
            return found["name"]
    return None


_NO_NAMES = frozenset({"sorry", "afraid", "happy", "glad", "here", "sure", "whatsapp", "recado"})


def dictated(answer: str, given: Given) -> str | None:
    """What somebody wrote for the assistant to say, and it says: after "say:" or the like, or most
    of the answer in one stranger's words."""
    spoken = words(answer)
    if not spoken:
        return None
    joined = f" {' '.join(spoken)} "
    payloads = [it for text in given.strangers for it in _payloads(text)]
    payloads += [it[1] for text in given.passages for it in _ORDERED.finditer(text)]
    for payload in payloads[: 4 * _MOST_DICTATED]:
        told = words(payload)[: len(spoken)]
        if told and _begins_alike(told, spoken, joined):
            return " ".join(told)[:80]
    asks = "?" in answer
    known = f" {' '.join(words(given.sources.text))} "
    if len(spoken) < _RUN or asks or joined in known:
        return None
    said = [given.question.text, *given.question.about, given.question.contact_name]
    copied = max((_copied(spoken, text) for text in said if text), default=0)
    return " ".join(spoken)[:80] if copied >= max(_RUN, _COVERED * len(spoken)) else None


def _payloads(text: str) -> list[str]:
    found = [it[1] for it in _DICTATED.finditer(text)][:_MOST_DICTATED]
    return found + [it[1] for it in _TOLD.finditer(text)][:_MOST_DICTATED]


def _begins_alike(told: tuple[str, ...], spoken: tuple[str, ...], joined: str) -> bool:
    """Whether the answer says what was dictated: the whole of a short answer, else four words in
    a row of its beginning."""
    if len(spoken) < _RUN:
        return told == spoken
    return len(told) >= _RUN and f" {' '.join(told[: _RUN + 2])} " in joined


def _copied(spoken: tuple[str, ...], text: str) -> int:
    """How many words of the answer stand in runs of a text."""
    said = words(text)
    runs = {said[at : at + _RUN] for at in range(len(said) - _RUN + 1)}
    copied: set[int] = set()
    for at in range(len(spoken) - _RUN + 1):
        if spoken[at : at + _RUN] in runs:
            copied.update(range(at, at + _RUN))
    return len(copied)


def repeated(answer: str, given: Given) -> str | None:
    """The last answer once more, to another question."""
    question = given.question
    said = [message for message in question.history if message.role in {"assistant", "user"}]
    last = next((m.content for m in reversed(said) if m.role == "assistant"), "")
    asked = next((m.content for m in reversed(said) if m.role == "user"), "")
    if len(words(answer)) < _FEW_WORDS or not last or fold(asked) == fold(question.text):
        return None
    told, now = words(last)[:_COMPARED_WORDS], words(answer)[:_COMPARED_WORDS]
    return "" if SequenceMatcher(None, told, now).ratio() >= _SAME else None


def too_long(answer: str, _given: Given) -> str | None:
    return str(len(answer)) if len(answer) > _MOST_CHARS else None
