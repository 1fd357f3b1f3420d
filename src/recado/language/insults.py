"""Insults in disguise: read as what they are, whatever was done to their letters.

People write "m1erda", "MIERDAAA", "p*ta", "f u c k" and "h.d.p". Whole words are compared, never
parts of them, so that a computadora, a disputa and Scunthorpe are what they are. Each text is
gone through once, token by token.
"""

import re
import unicodedata
from collections import defaultdict
from functools import cache, lru_cache

from recado.language.lexicon import read_sections
from recado.language.reading import PhraseMatcher, as_read, words

_LEET = str.maketrans(
    {
        "0": "o",
        "1": "i",
        "3": "e",
        "4": "a",
        "5": "s",
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
    }
)
_TOKEN = re.compile(r"[^\s,;()/\"«»¿¡]{1,64}")
_EDGES = "\"'“”‘’«»()[]{}<>¡¿.,;:…-_~"
_HIDING = frozenset("*#%_-.·•×&?")
_LONGEST = 24
_LONG, _NEIGHBOUR = 6, 3
#: An insult is said soon. What is looked at in one message: characters, words with letters
#: hidden, and letters in a row that stand alone.
_MOST_CHARS, _MOST_HIDDEN, _MOST_SPELLED = 4000, 40, 200
#: A word with signs or digits in the place of letters: "cr00ks", "ching@r".
_HALF_LETTERS = re.compile(r"(?<![^\s,;.])[^\W\d_]{1,12}[0134579@$€£][^\s,;.?!]{1,12}")
_SEPARATORS = re.compile(r"[.\-_*·•/\\|,]")


@cache
def _known() -> dict[str, str]:
    """Each insult in its barest form, and how it is usually written."""
    return _read({"es", "pt", "en"})


@cache
def _disguised() -> dict[str, str]:
    """As _known, with those that are insults only when their letters are hidden."""
    return _read({"disguised"}) | _known()


@cache
def _sections() -> list[tuple[str, list[str]]]:
    return [(name, list(entries)) for name, entries in read_sections("insults")]


def _read(sections: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, entries in _sections():
        for entry in entries if name in sections else ():
            word, _, reading = entry.partition("=")
            found.setdefault(_bare(word), reading or word)
    return found


@cache
def _by_shape() -> dict[tuple[str, int], list[str]]:
    """The insults of four letters and more, by their first letter and their length."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for word in _disguised():
        if len(word) >= 4:
            found[word[0], len(word)].append(word)
    return found


def _bare(word: str) -> str:
    """Folded, digits read as letters, no letter twice in a row. ñ stays one: "cono" is a cone."""
    lowered = word.casefold().translate(_LEET)
    if not lowered.isascii():
        kept = unicodedata.normalize("NFKC", lowered).replace("ñ", "\0")
        decomposed = unicodedata.normalize("NFKD", kept)
        lowered = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("\0", "ñ")
    return "".join(c for at, c in enumerate(lowered) if at == 0 or c != lowered[at - 1])


@cache
def insults() -> frozenset[str]:
    """Every insult as `unmask` writes it."""
    return frozenset(_known().values())


def insulting_phrases() -> tuple[str, ...]:
    """The insults of several words, as patterns for a PhraseMatcher."""
    return tuple(entry for name, entries in _sections() if name == "phrases" for entry in entries)


@cache
def _phrases() -> PhraseMatcher[bool]:
    return PhraseMatcher((pattern, True) for pattern in insulting_phrases())


def has_insult(text: str) -> bool:
    return bool(_find(as_read(text))) or _says_phrase(unmask(text))


def _says_phrase(text: str) -> bool:
    return bool(_phrases().find(words(text[:_MOST_CHARS])))


def unmask(text: str) -> str:
    """The text with disguised insults in their usual spelling, and all else as it was."""
    text = as_read(text)
    plain = _changed(text, _find(text))
    # A word of a phrase may be harmless by itself, and so be told only beside the others.
    spelled = _HALF_LETTERS.sub(lambda word: word[0].translate(_LEET), plain[:_MOST_CHARS])
    if spelled != plain[:_MOST_CHARS] and _says_phrase(spelled) and not _says_phrase(plain):
        return spelled + plain[_MOST_CHARS:]
    return plain


@lru_cache(maxsize=512)
def _find(text: str) -> list[tuple[int, int, str]]:
    """Where each insult is, and how it is usually written."""
    tokens = list(_TOKEN.finditer(text, 0, _MOST_CHARS))
    changes: list[tuple[int, int, str]] = []
    hidden = 0
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = _end_of_letters(tokens, at)
        if end > at + 2:
            changes += _spelled_out(tokens[at : min(end, at + _MOST_SPELLED)])
            at = end
            continue
        at += 1
        reading = _plain(token[0])
        if reading is None and hidden < _MOST_HIDDEN and _HIDING & set(token[0].strip(_EDGES)):
            hidden += 1
            reading = _hidden(token[0])
        if reading is not None:
            changes.append((token.start(), token.end(), reading))
    return changes


def _end_of_letters(tokens: list[re.Match[str]], at: int) -> int:
    """Where the run of single letters ends that begins here: "p u t a"."""
    while at < len(tokens) and len(tokens[at][0].strip(_EDGES) or tokens[at][0]) == 1:
        at += 1
    return at


def _spelled_out(run: list[re.Match[str]]) -> list[tuple[int, int, str]]:
    """The insults that a run of single letters spells, read from the left."""
    letters = "".join(_bare(token[0].strip(_EDGES)[:1] or " ") for token in run)
    found: list[tuple[int, int, str]] = []
    at = 0
    while at < len(letters):
        for length in range(min(_LONGEST, len(letters) - at), 2, -1):
            reading = _known().get(_bare(letters[at : at + length]))
            # Three letters by themselves only: "t n c" within a longer run is chance.
            if reading and (length > 3 or length == len(letters)):
                found.append((run[at].start(), run[at + length - 1].end(), reading))
                at += length
                break
        else:
            at += 1
    return found


@lru_cache(maxsize=8192)
def _plain(token: str) -> str | None:
    """The insult that a token is, however its letters are written. None: it is none, or it is
    written as usual."""
    word = token.strip(_EDGES + "*!?#")
    if not 2 < len(word) <= _LONGEST or not any(c.isalpha() for c in word):
        stripped = token.strip(_EDGES)
        word = stripped if 2 < len(stripped) <= _LONGEST else ""
    for form in {word, _SEPARATORS.sub("", word)}:
        if form and (reading := _reading(_bare(form))) is not None:
            return reading
    if word.isalpha() or not any(c.isalpha() for c in word):
        return None
    return _disguised().get(_bare(word))


def _reading(bare: str) -> str | None:
    """Of a word in its barest form; also with an x in the place of an ending ("pendejxs"), or
    written as one with its neighbours ("quemierda")."""
    known = _known()
    if bare in known:
        return known[bare]
    if not bare.endswith(("x", "xs")):
        return _glued(bare)
    stem, tail = bare.rstrip("s")[:-1], "s" * bare.endswith("s")
    return known.get(f"{stem}o{tail}") or known.get(f"{stem}a{tail}")


def _glued(bare: str) -> str | None:
    """A long insult with others' letters before or after it: so many that no innocent word has
    both (a notario is no "otario")."""
    for length in range(_LONG, len(bare) - _NEIGHBOUR + 1):
        for part in (bare[-length:], bare[:length]):
            if part in _known():
                return _known()[part]
    return None


def _hidden(token: str) -> str | None:
    """The insult of which stars and the like hide some letters: "p*ta", "m****a"."""
    word = token.casefold().strip(_EDGES + "!?")
    if word.startswith("*") or len(word) > _LONGEST:  # WhatsApp's bold
        word = word.strip("*")
    shown = [c if c in _HIDING else _bare(c) for c in word]
    visible = sum(c not in _HIDING for c in shown)
    if visible < (3 if word[-1:] in _HIDING else 2):
        return None
    for known in _by_shape().get((shown[0], len(shown)), ()):
        if all(
            mark in _HIDING or letter == mark for letter, mark in zip(known, shown, strict=True)
        ):
            return _disguised()[known]
    return None


def _changed(text: str, changes: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    last = 0
    for start, end, reading in changes:
        kept = text[start:end].rstrip()
        tail = kept[len(kept.rstrip("!?.,;:")) :]
        shouted = kept.isupper() and len(kept) > 2
        parts += [text[last:start], reading.upper() if shouted else reading, tail]
        last = end
    return "".join([*parts, text[last:]])
