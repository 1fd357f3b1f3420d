"""Whether somebody tells of an affair of their own: what happened to them, how their order is.

What the business knows answers questions about the business. What a contact tells of themselves
("me pasaron dos veces el recibo", "my tent snapped") no text of the business can know: where
nothing known fits it, "I don't know" is no answer, and a person takes it. What somebody complains
of is of this kind, in whatever words.

Words of one kind stand in data/affairs.txt once, as classes that its patterns name. What is asked
of somebody's own, and what may answer it: own.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from recado.language.lexicon import PhraseMatcher, read_sections, spellings
from recado.language.reading import WORD_CHARS, fold_word, words

_MOST_CHARS = 2000
_SENTENCES = re.compile(r"(?<=[?!])|(?<!\d)\.(?=\s|$)|\n|(?=¿)|;")
_WORD = re.compile(r"[^\W_]+(?:['’´`][^\W_]+)*")
#: Endings that only a past has: "compré", "llegaron", "peguei", "chegou", as they are written.
_MY_PAST = re.compile(r"\w{2,40}(?:[éí]|ei)", re.IGNORECASE)
_ANY_PAST = re.compile(
    r"\w{2,40}(?:ó|aron|ieron|yeron|jeron|aste|iste|ou|eu|iu|aram|eram|iram|éis)", re.IGNORECASE
)
#: Endings that are a past's and nothing else's, of whomever it is told.
_PAST = re.compile(r"\w{2,40}(?:ó|ou|eu|iu|aram|eram|iram|aron|[iyj]eron)", re.IGNORECASE)
_PARTICIPLE = re.compile(r"\w{1,40}(?:[aií]do|erto|echo|oto|isto|uesto)|roto", re.IGNORECASE)
#: So far from a verb stands whom it happened to.
_NEAR = 3
#: With fewer words before it, a question has nothing told before it.
_LEAST = 1
CLASS, ACT = "class ", "class act "
#: "saber si": after these, an "if" is no case.
_KNOW = frozenset(
    {
        *("saber", "sabes", "sabe", "saben", "sabeis", "ver", "vean", "veas", "idea", "duda"),
        *("confirmar", "confirmarme", "confirma", "confirman", "confirmas", "confirmame"),
        *("confirmenme", "confirmeme", "confirmais", "decirme", "decir", "dime", "digas", "dice"),
        *(
            "dices",
            "dicen",
            "diganme",
            "digame",
            "decime",
            "revisar",
            "revisa",
            "revisan",
            "checar",
        ),
        *("checa", "checas", "checan", "checame", "fijate", "fijarte", "fijas", "fija", "fijan"),
        *("fijense", "verificar", "verifica", "verifican", "averiguar", "averigua", "averiguas"),
        *("avisar", "avisame", "avisas", "avisan", "avisa", "avisenme", "preguntar", "consultar"),
        *("recuerdo", "acuerdo", "perguntar", "conferir", "confere", "conferem", "dizer", "diz"),
        *("dizem", "fala", "falam", "sabem", "lembro", "olha", "olham", "ve", "veem", "avisam"),
        *("confirmam", "confirme", "know", "see", "wondering", "tell", "me", "check", "confirm"),
        *("ask", "sure", "remember", "recall", "whether", "us"),
    }
)
#: "sí, muéveme la cita" is no "if".
YES = re.compile(r"\bsí\b|^[\s¡!]{0,9}si\s?[,!]", re.IGNORECASE)
#: "se rompió, ¿qué hago?" tells it, and asks nothing of the business.
_WHAT_NOW = re.compile(
    r"[¿,\s]{0,9}\b(?:y |e )?(?:ahora |agora )?(?:q|que|qu[eé]|o que|oq) "
    r"(?:hago|hacemos|fa[cç]o|fazemos)"
    r"(?: ahora| agora)?\s{0,9}\?|[,\s]{0,9}\bwhat (?:do|should|can) (?:i|we) do(?: now)?\s{0,9}\?",
    re.IGNORECASE,
)
#: "the logo's off centre"
_IS = re.compile(r"(\w)['’]s\b")
_MOST = re.compile(r"is{1,2}im([oa]s?)$")
_SPOKEN = {"n": "nao", "q": "que", "k": "que", "ke": "que", "u": "you", "ur": "your"}
_NAMED = re.compile(r"<([a-z ]{1,30})>")


@lru_cache(maxsize=512)
def said_in(text: str) -> tuple[str, ...]:
    """The folded words of a text, with the shortest ones of chats as they are spoken."""
    return tuple(_SPOKEN.get(word, word) for word in words(text))


@cache
def affair_sections() -> dict[str, list[str]]:
    """The sections, each of several lines one, with the classes that they name written out."""
    found: dict[str, list[str]] = {}
    for name, entries in read_sections("affairs"):
        found.setdefault(name, []).extend(entries)
    classes = {
        name.removeprefix(ACT).removeprefix(CLASS): "|".join(
            word for entry in entries for word in spellings(entry)
        )
        for name, entries in found.items()
        if name.startswith(CLASS)
    }
    return {name: [_spelled(it, classes) for it in entries] for name, entries in found.items()}


def _spelled(pattern: str, classes: dict[str, str]) -> str:
    """`{la|<my>} _` → `{la|mi|mis} _`, `<my> _` → `{mi|mis} _`."""
    out, inside, at = [], False, 0
    for named in _NAMED.finditer(pattern):
        before = pattern[at : named.start()]
        if "{" in before or "}" in before:
            inside = before.rfind("{") > before.rfind("}")
        meant = classes[named[1]]
        out += [before, meant if inside else "{" + meant + "}"]
        at = named.end()
    return "".join([*out, pattern[at:]])


@cache
def affair_lists() -> dict[str, PhraseMatcher[bool]]:
    """What data/affairs.txt has, by the names of its sections."""
    return {
        name: PhraseMatcher((entry, True) for entry in found)
        for name, found in affair_sections().items()
    }


@lru_cache(maxsize=512)
def tells_affair(text: str) -> bool:
    """Whether somebody tells what happened to them, or, where nothing is asked, how a thing of
    theirs is; if only in one breath with a question."""
    return tells_apart(text) or any(is_told(part) for part in _told_before_question(text))


@lru_cache(maxsize=512)
def tells_apart(text: str) -> bool:
    """The same, in a sentence for itself."""
    told = _told(text)
    if any(is_told(part) for part in told):
        return True
    asked = any("?" in part or _asks(part) for part in sentences_of(text))
    return not asked and any(_is_of_mine(part) for part in told)


@lru_cache(maxsize=512)
def tells_fault(text: str) -> bool:
    """Whether it tells that something broke, does not work or is not as it should be, and no more:
    who has a question about it besides may well be answered."""
    plain = _IS.sub(r"\1 is", text[:_MOST_CHARS])
    return any(affair_lists()["fault"].find(_less(said_in(part))) for part in _told(plain))


def _less(said: tuple[str, ...]) -> tuple[str, ...]:
    """ "durísimos" as "duros"."""
    return tuple(_MOST.sub(r"\1", word) for word in said)


def is_past(word: str) -> bool:
    """Whether a folded word has the form of what was done: "cancelaron", "cancelado"."""
    past = _PAST.fullmatch(word) or _PARTICIPLE.fullmatch(word)
    return past is not None and word not in _no_past()


def is_told(sentence: str) -> bool:
    return _happened(sentence) or tells_fault(sentence)


def sentences_of(text: str) -> list[str]:
    return [part for part in _SENTENCES.split(text[:_MOST_CHARS]) if part.strip()]


def _told(text: str) -> list[str]:
    """What is told, by sentences; of one that asks, what stands before its last comma: "le mandé
    dos camisas, ¿llegaron?"."""
    told = []
    for part in sentences_of(_WHAT_NOW.sub(" ", text[:_MOST_CHARS])):
        asks = "?" in part or _asks(part)
        first = part.rpartition(",")[0] if asks else part
        if first and not _asks(first):
            told.append(first)
    return told


def _told_before_question(text: str) -> Iterator[str]:
    """What is told in one breath with a question: "pagué ayer cuándo me llega"."""
    for part in sentences_of(text):
        written = [word[0] for word in _WORD.finditer(part)]
        asked = affair_lists()["asks"].find(said_in(part))
        if asked and asked[0].start > _LEAST and written[asked[0].start].lower() not in _KNOW:
            yield " ".join(written[: asked[0].start])


def _asks(text: str) -> bool:
    return bool(affair_lists()["asks"].find(said_in(text)))


def _happened(sentence: str) -> bool:
    said = said_in(sentence)
    lists = affair_lists()
    if lists["happened"].find(said):
        return True
    written = [word[0][:WORD_CHARS] for word in _WORD.finditer(sentence)]
    of_me = {at for at, word in enumerate(said) if word in _me()}
    if any(_is_english_past(said, at) for at in range(1, len(said))):
        return True
    for at, word in enumerate(written):
        if (_MY_PAST.fullmatch(word) or _PAST.fullmatch(word)) and fold_word(
            word
        ) not in _no_past():
            return True
        if _PARTICIPLE.fullmatch(word) and at and said[at - 1] in _have():
            return True
        past = _ANY_PAST.fullmatch(word) and fold_word(word) not in _no_past()
        if past and any(near in of_me for near in range(at - _NEAR, at + _NEAR + 1)):
            return True
    return False


def _is_english_past(said: Sequence[str], at: int) -> bool:
    """ "your driver scratched it", "I just ordered": whoever did it stands right before it."""
    if not said[at].endswith("ed") or said[at] in _no_past():
        return False
    before = at - 2 if said[at - 1] in words_of("just") else at - 1
    return before >= 0 and said[before] in words_of("doers")


def _is_of_mine(sentence: str) -> bool:
    """ "My brakes squeal": what is theirs is what the sentence speaks of, and not for whom
    something is wanted ("algo para mi hijo")."""
    said = said_in(sentence)
    found = affair_lists()["mine"].find(said)
    return any(not it.start or said[it.start - 1] not in _for_whom() for it in found)


@cache
def _for_whom() -> frozenset[str]:
    return words_of("for whom")


@cache
def _me() -> frozenset[str]:
    return words_of("me")


@cache
def _have() -> frozenset[str]:
    return words_of("have")


@cache
def _no_past() -> frozenset[str]:
    return words_of("no past")


def words_of(name: str) -> frozenset[str]:
    """The folded words of a section that has only words."""
    return frozenset(fold_word(entry) for entry in affair_sections()[name])


def supposes(text: str) -> bool:
    """Whether it asks of a case: "¿y si no prende?", "what if it is late"."""
    asks = "?" in text or affair_lists()["what if"].find(said_in(text[:_MOST_CHARS]))
    return bool(asks) and is_supposed(said_in(YES.sub(" ", text[:_MOST_CHARS])))


def is_supposed(said: Sequence[str]) -> bool:
    """Whether words are of what would be, and not of what is to be known ("saber si")."""
    found = affair_lists()["if"].find(said)
    return any(not it.start or said[it.start - 1] not in _KNOW for it in found)
