"""A "yes" belongs to the question that it answers. Quoted under another one it may be false, so it
is said only where the contact has asked what the passage answers.
"""

from __future__ import annotations

import re

from recado.assistant.knowledge.analysis import Word, analyse
from recado.assistant.knowledge.scoring import is_filler
from recado.language.dates import mentions
from recado.language.detection import LanguageCode, known_language
from recado.language.reading import fold_word

_YES_NO = (
    r"s[ií]|no|claro(?: que (?:s[ií]|no))?|por supuesto(?: que (?:s[ií]|no))?|desde luego|obvio"
    r"|por ahora no|todav[ií]a no|a[uú]n no|as[ií] es|efectivamente|correcto|exacto|afirmativo"
    r"|nunca|jam[aá]s|tampoco|sim|n[aã]o|com certeza|claro que sim|claro que n[aã]o|isso mesmo"
    r"|ainda n[aã]o|yes|yep|yeah|yup|nope|sure|of course(?: not)?|certainly|absolutely|definitely"
    r"|not yet|never|sorry|lamentablemente(?: no)?|infelizmente(?: n[aã]o)?|unfortunately(?: not)?"
)
#: "Yes, we do." is all yes.
_WE = r"(?:we|you|it|they|there|i) (?:do|does|can|are|is|will|don['’]t|can['’]t|aren['’]t|isn['’]t)"
# bounded: a quotation of a passage, and each of its words ends with a sign
_LEADING = re.compile(
    rf"^(?:[\s*_✅❌👍]*+(?:{_YES_NO})(?:\s++{_WE})?(?:[*_]*+\s*+[,.:;!—–-]++|\s*+$))+\s*+",
    re.IGNORECASE,
)
_WE_DO = re.compile(rf"^{_WE}\s*+[.,;!]+\s*+", re.IGNORECASE)
#: What opens and what shuts: the same matter, and the opposite answer.
_OPPOSITES = (
    ("abr open", "cerr cierr fech clos shut"),
    ("con with com", "sin without sem"),
)
_NEGATIONS = {"no", "nao", "not", "dont", "doesnt", "isnt", "arent", "cant", "never", "nunca"}
_ASKING = """
    que cual cuales cuanto cuanta cuantos cuantas como donde cuando quien
    qual quais quanto quanta quantos quantas onde quando quem
    what which how where when who whose why
"""
_INTERROGATIVES = frozenset(_ASKING.split())
_ENOUGH = 0.5


def without_yes(text: str, asked: str, asked_in: LanguageCode, heading: str, language: str) -> str:
    """A quotation without a leading yes or no, unless `heading` asks what the contact asks.

    "" where nothing but the yes was there.
    """
    leading = _LEADING.match(text)
    if leading is None or _is_same(asked, asked_in, heading, known_language(language)):
        return text
    return bare_statement(text)


def bare_statement(text: str) -> str:
    """A text without a leading yes or no."""
    leading = _LEADING.match(text)
    if leading is None:
        return text
    rest = _WE_DO.sub("", text[leading.end() :]).lstrip()
    return rest[:1].upper() + rest[1:]


def _is_same(asked: str, asked_in: LanguageCode, heading: str, language: LanguageCode) -> bool:
    if asked_in != language or _interrogative(asked):
        return False
    questions = [part for part in re.split(r"[?¿]", heading) if part.strip()]
    return "?" in heading and any(_answers_to(asked, part, language) for part in questions)


def _interrogative(text: str) -> bool:
    said = [fold_word(word) for word in re.findall(r"[^\W_]+", text)[:4]]
    # "que" without an accent joins sentences as well: only as the first word it asks.
    return any(
        word in _INTERROGATIVES and (word != "que" or at == 0) for at, word in enumerate(said)
    )


def _answers_to(asked: str, question: str, language: LanguageCode) -> bool:
    """Whether a yes to `question` is a yes to what was asked: it says nothing less, in the same
    sense, of the same days."""
    theirs, ours = _distinguishing(asked, language), _distinguishing(question, language)
    if not theirs <= ours or _senses(asked) != _senses(question):
        return False
    named, told = _days(asked), _days(question)
    if not named <= told or (told and not named):
        return False
    return not ours or len(theirs) > _ENOUGH * len(ours) or (theirs == ours)


def _distinguishing(text: str, language: LanguageCode) -> set[str]:
    """What sets a question apart: its content words, numbers and sizes."""
    words = {word.stem for word in analyse(text, language).words if _tells(word, language)}
    letters = {w.lower() for w in re.findall(r"\b[A-Z]{1,3}\b", text)} - {"a", "e", "o", "y", "i"}
    return words | letters | set(re.findall(r"\d+", text))


def _tells(word: Word, language: LanguageCode) -> bool:
    return word.concept != "availability" and not is_filler(word.stem, language)


def _senses(text: str) -> frozenset[str]:
    folded = [fold_word(word) for word in re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text)]
    found = {"not"} if any(word in _NEGATIONS for word in folded) else set()
    for at, sides in enumerate(_OPPOSITES):
        for side, beginnings in enumerate(sides):
            exact = at == 1
            for begin in beginnings.split():
                if any(w == begin if exact else w.startswith(begin) for w in folded):
                    found.add(f"{at}{side}")
    return frozenset(found)


def _days(text: str) -> frozenset[object]:
    days: set[object] = set()
    for mention in mentions(text):
        days |= set(mention.weekdays)
        if mention.day or mention.ahead is not None or mention.easter is not None:
            days.add((mention.month, mention.day, mention.ahead, mention.easter))
        if mention.holiday:
            days.add("holiday")
    return frozenset(days)
