"""Insults whose letters were changed, read as what they are.

People write "m1erda", "MIERDAAA", "p*ta", "f u c k", "h.d.p", "pndjo", "kabrón" and "gonorea".
Whole words are compared, never parts of them, so that a computadora, a disputa and Scunthorpe are
what they are, and what is known as another word is never taken for one that was misspelled. Each
token of a text is looked at once.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain, compress, groupby

from recado.language.detection import vocabulary
from recado.language.insult_lists import (
    classes,
    innocent_words,
    words_of,
    words_of_phrases,
)
from recado.language.reading import without_accents

_LEET = {
    "0": "o",
    "1": "i",
    "2": "z",
    "3": "e",
    "4": "a",
    "5": "s",
    "6": "g",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "!": "i",
    "|": "i",
    "€": "e",
    "£": "e",
    "+": "t",
    "¢": "c",
    "<": "c",
    "µ": "u",
}
#: Letters of other alphabets that look like ours, and letters in dress that Unicode does not undo.
_ALIKE = {
    **dict(zip("авекмнорстухіјѕԁһԛԝьпг", "abekmhopctyxijsdhqwbnr", strict=True)),
    **dict(zip("αβεηικνορτυχωγ", "abeniknoptuxwy", strict=True)),
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
    **dict(zip("øđłıƒ¥§×", "odlifysx", strict=True)),
    **dict.fromkeys("◯○●◎⭕⚪⚫🔴🔵🟠🟡🟢🟣", "o"),
    **{chr(0x1F150 + at): chr(97 + at) for at in range(26)},
    **{chr(0x1F170 + at): chr(97 + at) for at in range(26)},
    **{chr(0x1F1E6 + at): chr(97 + at) for at in range(26)},
}
#: Letters that are drawn, which Unicode takes for signs ("🅿️🆄🆃🅾️🆂"), with what draws them.
_DRAWN = {ord(sign): letter for sign, letter in _ALIKE.items() if not sign.isalpha()}
_DRAWN |= dict.fromkeys((0xFE0E, 0xFE0F, 0x20E3), "")
_LEAST_DRAWN = 3
AS_LETTERS = str.maketrans(_LEET | _ALIKE)
#: "1" and "|" may be an l as well.
AS_L = str.maketrans(_LEET | _ALIKE | dict.fromkeys("1|!", "l"))
#: And "@" is an "o" to those who leave the gender open.
AS_O = str.maketrans(_LEET | _ALIKE | {"@": "o"})
#: From so many letters on, a double letter may be written once.
_LONG = 7


def lettered(word: str, letters: dict[int, str] = AS_LETTERS) -> str:
    """Folded, digits read as letters. ñ stays one: "cono" is a cone."""
    lowered = word.casefold().translate(letters)
    if lowered.isascii():
        return lowered
    kept = unicodedata.normalize("NFKC", lowered).replace("ñ", "\0")
    return without_accents(kept).replace("\0", "ñ")


_TWICE = re.compile(r"(.)\1+")


def once(word: str) -> str:
    """A word with no letter twice in a row."""
    return _TWICE.sub(r"\1", word)


def bare(word: str) -> str:
    return once(lettered(word))


class Insults:
    """Insults in their barest form, and how they are usually written."""

    def __init__(self, *sections: str) -> None:
        self.readings: dict[str, str] = {}
        self._doubled: dict[str, str] = {}
        single: set[str] = set()
        for section in sections:
            for written, form, reading in _forms(section):
                self.readings.setdefault(form, reading)
                if written == form:
                    single.add(form)
                elif len(form) < _LONG:
                    self._doubled.setdefault(form, written)
        self._doubled = {form: it for form, it in self._doubled.items() if form not in single}

    def doubled(self) -> Iterator[tuple[str, str]]:
        """Those that are written with a double letter, as they are written, and their reading."""
        return ((written, self.readings[form]) for form, written in self._doubled.items())

    def reading(self, written: str) -> str | None:
        """Of a word as _lettered. A double letter of a short word has to be one: "por" is no
        "porr"."""
        form = once(written)
        found = self.readings.get(form)
        if found is None or (doubled := self._doubled.get(form)) is None:
            return found
        return found if _covers(written, doubled) else None


@cache
def _forms(section: str) -> list[tuple[str, str, str]]:
    """The words of a section, but for those of several: as lettered, barest, what they are."""
    listed = [entry for entry in words_of(section) if " " not in entry[0]]
    written = _each([word for word, _ in listed], lettered)
    readings = (reading.replace("-", "") for _, reading in listed)  # "low-life" is one word
    return list(zip(written, _each(written, once), readings, strict=True))


def forms_of(section: str) -> set[str]:
    """Of the words of a section, with their double letters and without."""
    return {form for entry in _forms(section) for form in entry[:2]}


def _each(words: Sequence[str], change: Callable[[str], str]) -> list[str]:
    """The words changed, all at once: some of the changes cost most to begin."""
    return change("\n".join(words)).split("\n")


def _covers(word: str, doubled: str) -> bool:
    """Whether each letter of `word` stands as often in a row as in `doubled`, at least."""
    runs = zip(groupby(word), groupby(doubled), strict=True)
    return all(len(list(said)) >= len(list(meant)) for (_, said), (_, meant) in runs)


@cache
def known() -> Insults:
    return Insults("words", "short", "oaths")


@cache
def disguised() -> Insults:
    """As known, with those that are insults only when their letters are hidden."""
    return Insults("words", "short", "oaths", "disguised")


_EDGES = "\"'“”‘’«»()[]{}<>¡¿.,;:…-_~"
_SEPARATORS = re.compile(r"[.\-_*·•/\\|,~]")
LONGEST = 24
#: Little words between the others of a phrase: "vai tomar n0 cu".
_LITTLE = {
    "n0": "no",
    "n4": "na",
    "l4": "la",
    "d4": "da",
    "d0": "do",
    "d3": "de",
    "3l": "el",
    "qu3": "que",
    "un4": "una",
    "un0s": "unos",
    "s0n": "son",
    "s0s": "sos",
    "s4o": "sao",
    "0f": "of",
}
#: "ana_perez23"; letters that are spelled out stand alone.
_USER_NAME = re.compile(r"[^\W\d_]{2}_[^\W\d_]{2}")
#: From so many letters on, a word is known by its sound; with a letter wrong; beside others.
_SOUNDING, _MISTYPED, _GLUED, _NEIGHBOUR = 5, 8, 6, 3
#: A word with digits is one of so many letters.
_WITH_DIGITS = 4
_VOWELS = re.compile(r"[aeiou]")
# bounded: a word of LONGEST
_ENDING = re.compile(r"(?:[cz]?it|[cz]?ot|az|ill|isim|uel|[cz]?inh|on)(?:o|a|os|as|e|es)$")
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("qu(?=[ei])|q|ck|c(?![eihñ])"), "k"),  # bounded: a word of LONGEST
    (re.compile("ph"), "f"),  # bounded: a word of LONGEST
    (re.compile("c(?=[ei])|z|ç"), "s"),  # bounded: a word of LONGEST
    (re.compile("(?:gu|gü|hu|bu)(?=[aeo])"), "w"),  # bounded: a word of LONGEST
    (re.compile("v"), "b"),  # bounded: a word of LONGEST
    (re.compile("(?<![cnls])h"), ""),  # bounded: a word of LONGEST
    (re.compile("g(?=[ei])|x"), "j"),  # bounded: a word of LONGEST
    (re.compile(r"y\b"), "i"),  # bounded: a word of LONGEST
    (re.compile(r"(.)\1"), r"\1"),  # bounded: a word of LONGEST
)


@cache
def _spelled() -> tuple[str, ...]:
    """The insults that may be misspelled, in their barest form: no abbreviations."""
    return tuple(dict.fromkeys(form for _, form, _ in _forms("words")))


@cache
def _names() -> tuple[str, ...]:
    """What people are called, where it is so long that it is known misspelled."""
    return tuple(dict.fromkeys(name for _, name, _ in _forms("people") if len(name) >= _MISTYPED))


@cache
def _plurals() -> frozenset[str]:
    return frozenset(word for word in (*known().readings, *classes()) if word.endswith("s"))


@cache
def _by_sound() -> dict[str, str]:
    words = [word for word in _spelled() if len(word) >= _SOUNDING]
    readings = known().readings
    return {sound: readings[word] for sound, word in zip(_each(words, _sounds), words, strict=True)}


@cache
def _by_consonants() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for word in _spelled():
        consonants = _VOWELS.sub("", word)
        if len(word) >= _SOUNDING and len(consonants) >= 3:
            found[consonants].append(word)
    return found


@cache
def _long() -> dict[str, str]:
    """What is so long that it is known when it is mistyped."""
    readings = {name: name for name in _names()}
    return readings | {
        word: known().readings[word] for word in _spelled() if len(word) >= _MISTYPED
    }


@cache
def _by_most_letters() -> dict[str, str]:
    """The long words with each of their letters left out, but for the first two."""
    long = _long().items()
    return {it[:at] + it[at + 1 :]: meant for it, meant in long for at in range(2, len(it))}


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word[:2] for word in _long())


def _with_one_less(word: str) -> Iterator[str]:
    for at in range(2, len(word)):
        yield word[:at] + word[at + 1 :]


@lru_cache(maxsize=8192)
def _sound(word: str) -> str:
    return _sounds(word)


def _sounds(words: str) -> str:
    """How a word sounds, or each of many lines."""
    for pattern, sound in _SOUNDS:
        words = pattern.sub(sound, words)
    return words


@lru_cache(maxsize=8192)
def plain(token: str) -> str | None:
    """The insult that a token is, however its letters are written. None: it is none."""
    if token in _LITTLE:
        return _LITTLE[token]
    token = _written(token.replace("'", "").replace("’", ""))
    word = token.strip(_EDGES + "*!?#")
    if not 1 < len(word) <= LONGEST or not any(c.isalpha() for c in word):
        stripped = token.strip(_EDGES)
        word = stripped if 1 < len(stripped) <= LONGEST else ""
    if not any(c.isalpha() for c in word):
        return None
    if word.isascii() and word.isalpha():
        form = word.lower()
        return known().reading(form) or _misspelled(form)
    return _hidden(word)


def _written(token: str) -> str:
    """A token with its drawn letters as letters. One or two are flags and blood groups."""
    if token.isascii():
        return token
    drawn = sum(ord(sign) in _DRAWN for sign in token)
    return token.translate(_DRAWN) if drawn >= _LEAST_DRAWN or "\u20e3" in token else token


def _hidden(word: str) -> str | None:
    """Of a word with accents, signs, digits or letters of other alphabets."""
    joined = _SEPARATORS.sub("", word)
    spellings = dict.fromkeys(
        lettered(form, letters) for form in (word, joined) for letters in (AS_LETTERS, AS_L, AS_O)
    )
    if any(c.isdigit() for c in word):
        if word.endswith("2"):  # "malpari2"
            spellings[lettered(f"{word[:-1]}dos")] = None
        spellings = dict.fromkeys(form for form in spellings if len(form) >= _WITH_DIGITS)
    insults = known() if _is_of_letters(word) else disguised()
    named = _USER_NAME.search(word) is not None
    readings = (
        insults.reading(form) or (None if named else _misspelled(form)) for form in spellings
    )
    found = next(filter(None, readings), None)
    if found is None and not word.isalpha():  # harmless by itself: "h1jo de …"
        called = (form in words_of_phrases() or form in classes() for form in spellings)
        return next(compress(spellings, called), None)
    return found


def _is_of_letters(word: str) -> bool:
    """Whether nothing is hidden: the letters are of our alphabet, with accents or without."""
    return word.isalpha() and word.casefold().translate(AS_LETTERS) == word.casefold()


def _misspelled(written: str) -> str | None:
    """The insult that a word stands for, unless it is another word."""
    form = once(written)
    if form.endswith("z") and (plural := f"{form[:-1]}s") in _plurals():
        return plural  # "clownz"
    if (
        len(form) < 4
        or not form.isalpha()
        or form.endswith("mente")
        or _is_another(written)
        or _is_another(form)
    ):
        return None
    if not _VOWELS.search(form[:-1]):
        for word in _by_consonants().get(_VOWELS.sub("", form), ()):
            if len(form) < len(word) and _is_within(form, word):
                return known().readings[word]
    if len(form) < _SOUNDING or form in _long():
        return None
    return (
        _by_sound().get(_sound(form))
        or _in_another_size(form)
        or (_mistyped(form) if len(form) >= _MISTYPED - 1 else None)
        or _glued(form)
    )


def _is_another(word: str) -> bool:
    everyday = word in vocabulary() or word in innocent_words()
    return everyday or word in classes() or word in words_of_phrases()


def _is_within(short: str, word: str) -> bool:
    letters = iter(word)
    return short[0] == word[0] and all(letter in letters for letter in short)


def _in_another_size(form: str) -> str | None:
    """ "pendejito", "idiotazo": a longer insult with an ending that makes it small or big."""
    if len(form) < 7 or (ending := _ENDING.search(form)) is None:
        return None
    stem = form[: ending.start()]
    if len(stem) < 4:
        return None
    return (
        known().readings.get(f"{stem}o")
        or known().readings.get(f"{stem}a")
        or known().readings.get(f"{stem}as")
        or known().readings.get(stem)
    )


def _mistyped(form: str) -> str | None:
    """A long insult with one letter too many, too few, or two exchanged. Not with another letter
    in its place: too many words are so near to each other."""
    if form[:2] not in _beginnings():
        return None
    most, long = _by_most_letters(), _long()
    if form in most:
        return most[form]
    exchanged = (
        form[:at] + form[at + 1] + form[at] + form[at + 2 :] for at in range(2, len(form) - 1)
    )
    near = chain(_with_one_less(form), exchanged)
    return next((long[other] for other in near if other in long), None)


def _glued(form: str) -> str | None:
    """A long insult with others' letters before or after it: so many that no innocent word has
    both (a notario is no "otario")."""
    for length in range(_GLUED, len(form) - _NEIGHBOUR + 1):
        for part in (form[-length:], form[:length]):
            if part in known().readings:
                return known().readings[part]
    return None
