"""Insults, whatever was done to their letters, told apart from the same words meant as they are.

Swear words are insults wherever they stand. What has a harmless meaning, too, is one in the phrases
that say it of the reader or the business ("son unos payasos", "you rats"), and none where an
innocent phrase holds it ("mi perra", "jerk chicken"). The lists are in data/insults_*.txt; how
disguised letters are read is in disguises.py. Each text is gone through once, token by token.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

from recado.language.detection import vocabulary
from recado.language.disguises import LONGEST, bare, disguised, forms_of, known, plain
from recado.language.insult_lists import classes, phrases, words_of
from recado.language.lexicon import Match, PhraseMatcher, elements_of, read_sections
from recado.language.reading import NOT_PROSE, WORD_CHARS, as_read, fold_word, fold_words

_TOKEN = re.compile(r"[^\s,;()/\"«»¿¡]{1,64}")
_EDGES = "\"'“”‘’«»()[]{}<>¡¿.,;:…-_~\ufe0e\ufe0f\u20e3"
_HIDING = frozenset("*#%_-.·•×&?🤬😡💩🍆🍑🖕💥⭐🌟✳✴❌🔥👿😈🚫⛔")
#: An insult is said soon, or at the end. What is looked at in one message: characters, words with
#: letters hidden, and letters in a row that stand alone.
_HEAD_CHARS, _TAIL_CHARS, _MOST_HIDDEN, _MOST_SPELLED = 3000, 1000, 40, 200
_ADDRESS = re.compile(NOT_PROSE)
#: An order's number or a product's: "VSF-2231".
_CODE = r"(?<![^\W_])(?:[A-Z]{2,5}[-_/]\d{2,12}|\d{2,12}[-_/][A-Z]{2,5})(?![^\W_])"
#: A text as words and pauses. A few emoji are words here, and so are signs in the place of a
#: word ("$#@&%").
SCAN = re.compile(
    rf"(?P<link>{NOT_PROSE}|{_CODE})|(?P<word>[^\W_]+(?:['’´`][^\W_]+)*)|(?P<emoji>[🖕🤡🐀🐁🐷🐖🐽🐍🐴🐕🐶🐒🐄🐮💩])"
    r"|(?P<signs>(?<!\S)[#@$%&*!]{4,12}(?!\S))|(?P<pause>[.,;:!?¡¿…\n()]+)"
)
PAUSE, ASKED = ".", "?"
_SIGNS, _LEAST_SIGNS = "#!", 3
#: An insult of two words, of which the second may be a word of every day.
_LONG_JOINED = 6
#: Letters that stand for a word between others: "q manga d inutiles".
_SHORTENED = {"d": "de", "q": "que", "k": "que", "x": "por", "n": "en"}
#: Letters of which most are stars are a swear word, whichever; a name is written with a capital,
#: and what follows a colon is a password or a number.
_BLOTTED = re.compile(r"(?:[^\W\d_]{2,5}\*{3,12}|[bcfhmpv]\*{4,9})[!?.,]*")
_BLOT, _LEAST_SHOWN = "$#@&%", 4
#: Capitals in a sentence, or quotation marks: there may be a title.
_QUOTING = re.compile(r"[\"“«]|[^.!?\n] [A-ZÀ-ÖØ-Þ]")
#: Words: longer than any phrase.
_REACH = 20
#: How bad it is, as sentiment.py counts: said of the reader; sworn at whatever; harmless.
AT_SOMEBODY, OATH, INNOCENT = -5.0, -3.2, 0.0


@cache
def _matcher() -> PhraseMatcher[float]:
    """Of what matches the same words, the innocent comes first."""
    found = [(pattern, INNOCENT) for pattern in phrases("innocent")]
    found += [(pattern, AT_SOMEBODY) for pattern in phrases("phrases")]
    oaths = dict.fromkeys(reading for _, reading in words_of("oaths"))
    said = dict.fromkeys(known().readings.values())
    found += [(word, OATH) for word in oaths]
    found += [(word, AT_SOMEBODY) for word in said if word not in oaths]
    asked = {word: (*classes().get(word, ()), meant) for word, meant in _SHORTENED.items()}
    return PhraseMatcher([*found, (_SIGNS, AT_SOMEBODY)], classes() | asked)


@cache
def _telling() -> frozenset[str]:
    """Words of which each insult has one, and few other texts: without them there is none."""
    readings = (word for reading in known().readings.values() for word in reading.split()[-1:])
    found = {_SIGNS, *fold_words(readings)}
    patterns = [elements_of(pattern) for pattern in phrases("phrases")]
    alternatives = chain.from_iterable(chain.from_iterable(patterns))
    written = list(set(chain.from_iterable(alternatives)))
    folded = dict(zip(written, fold_words(written), strict=True))
    for elements in patterns:
        found.update(_most_telling(elements, folded))
    return frozenset(found)


class _Said(NamedTuple):
    """Words that may stand in one place, and how many of them are of every day."""

    stop: int
    everyday: int
    words: frozenset[str]


def _most_telling(elements: list[list[list[str]]], folded: Mapping[str, str]) -> frozenset[str]:
    """The words of a pattern's element that has the fewest words of every day."""
    choices: list[tuple[int, int, int, frozenset[str]]] = []
    members = _members()
    for alternatives in elements:
        if [] in alternatives or any("_" in words or PAUSE in words for words in alternatives):
            continue
        one = {words[0] for words in alternatives if len(words) == 1}
        classed = one & members.keys()
        rarest = {folded[word] for word in one - classed}
        for words in alternatives:
            if len(words) > 1:
                rarest.add(min((folded[word] for word in words), key=_commonness))
        said = [_said_by(rarest), *(members[name] for name in classed)]
        every = frozenset[str]().union(*[some.words for some in said])
        stop, everyday = sum(some.stop for some in said), sum(some.everyday for some in said)
        choices.append((stop, everyday, len(every), every))
    return min(choices, key=lambda choice: choice[:3])[3]


def _said_by(folded: Iterable[str]) -> _Said:
    words = frozenset(folded)
    return _Said(len(words & _stop_words()), len(words & vocabulary().keys()), words)


@cache
def _members() -> dict[str, _Said]:
    members: dict[str, list[str]] = defaultdict(list)
    for word, names in classes().items():
        for name in names:
            members[name].append(word)
    return {name: _said_by(words) for name, words in members.items()}


def _commonness(word: str) -> tuple[bool, bool, int]:
    return word in _stop_words(), word in vocabulary(), -len(word)


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(fold_word(word) for _, words in read_sections("stopwords") for word in words)


def word_in(token: re.Match[str]) -> str | None:
    """What a token of SCAN says, as insults_in reads it: a folded word, or a pause."""
    if token["word"]:
        return fold_word(token["word"][:WORD_CHARS])
    if token["pause"]:
        return ASKED if "?" in token["pause"] else PAUSE
    if token["signs"]:
        return _SIGNS if len(set(token["signs"])) >= _LEAST_SIGNS else None
    return token["emoji"]


def insults_in(words: Sequence[str]) -> list[Match[float]]:
    """What is insulting in folded words and pauses, and what only looks like it (INNOCENT), from
    left to right. The places are those in `words`."""
    found: list[Match[float]] = []
    for start, end in _around_telling(words):
        for match in _matcher().find([PAUSE, *words[start:end], PAUSE]):
            first, last = max(match.start - 1, 0), min(match.end - 1, end - start)
            found.append(Match(start + first, start + last, match.value))
    return found


def _around_telling(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where insults may be, as far apart as no phrase is long."""
    telling = _telling()
    around: list[tuple[int, int]] = []
    for at, word in enumerate(words):
        if word in telling:
            start, end = max(at - _REACH, 0), min(at + _REACH, len(words))
            if around and start <= around[-1][1]:
                start = around.pop()[0]
            around.append((start, end))
    return around


def has_insult(text: str) -> bool:
    said = [word for token in SCAN.finditer(as_meant(text)) if (word := word_in(token))]
    return any(match.value < INNOCENT for match in insults_in(said))


def as_meant(text: str) -> str:
    """The text unmasked, and without the titles that it quotes, where an insult may be in one."""
    meant = unmask(text)
    if not _QUOTING.search(meant) or not _telling() & {
        fold_word(it.strip(_EDGES + "?!")) for it in meant.split()
    }:
        return meant
    from recado.language.titles import without_titles

    return unmask(without_titles(text))


def unmask(text: str) -> str:
    """The text with disguised insults in their usual spelling, and all else as it was."""
    text = as_read(text)
    return _changed(text, _find(text))


@cache
def _listed() -> frozenset[str]:
    """The insults as they are folded: the vocabulary holds them, too, for their language."""
    sections = ("words", "short", "oaths")
    return frozenset(fold_words(word for name in sections for word, _ in words_of(name)))


@lru_cache(maxsize=512)
def _find(text: str) -> list[tuple[int, int, str]]:
    """Where each insult is, and how it is usually written."""
    tokens = list(_TOKEN.finditer(text, 0, _HEAD_CHARS + _TAIL_CHARS))
    if len(text) > _HEAD_CHARS + _TAIL_CHARS:
        tokens = list(_TOKEN.finditer(text, 0, _HEAD_CHARS))
        tokens += _TOKEN.finditer(text, len(text) - _TAIL_CHARS)
    changes: list[tuple[int, int, str]] = []
    hidden = at = 0
    while at < len(tokens):
        token, start = tokens[at], tokens[at].start()
        end = _end_of_letters(tokens, at)
        if end > at + 2:
            changes += _spelled_out(tokens[at : min(end, at + _MOST_SPELLED)])
            at = end
            continue
        at += 1
        if _ADDRESS.fullmatch(token[0]):
            continue
        word = fold_word(token[0].strip("¿?¡!.…"))
        everyday = word in vocabulary() and word not in _listed()
        reading = None if everyday else plain(token[0])
        if reading is None and hidden < _MOST_HIDDEN and _HIDING & set(token[0].strip(_EDGES)):
            hidden += 1
            reading = _starred(token[0], within=at > 1) or _blotted(tokens, at - 1)
        if reading is None and at < len(tokens):
            reading = _joined(token[0], tokens[at][0].rstrip("!?.…"))
            if reading is not None:
                token, at = tokens[at], at + 1
        if reading is not None:
            changes.append((start, token.end(), reading))
    return changes


def _end_of_letters(tokens: list[re.Match[str]], at: int) -> int:
    """Where the run of single letters ends that begins here: "p u t a"."""
    while at < len(tokens) and len(tokens[at][0].strip(_EDGES) or tokens[at][0]) == 1:
        at += 1
    return at


def _spelled_out(run: list[re.Match[str]]) -> list[tuple[int, int, str]]:
    """The insults that a run of single letters spells, read from the left."""
    letters = "".join(bare(token[0].strip(_EDGES)[:1] or " ") for token in run)
    return [
        (run[start].start(), run[end - 1].end(), reading)
        for start, end, reading in _in_letters(letters)
    ]


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


@cache
def _by_shape() -> dict[tuple[str, int], dict[str, str]]:
    """The insults of four letters and more, by their first letter and their length, and what
    people are called: that is an insult in a phrase only."""
    found: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    readings = disguised().readings.items()
    called = (word for name in ("people", "beasts") for word in forms_of(name))
    for word, reading in [*readings, *disguised().doubled(), *((word, word) for word in called)]:
        if len(word) >= 4:
            found[word[0], len(word)].setdefault(word, reading)
    return found


def _starred(token: str, *, within: bool) -> str | None:
    """The insult of which stars and the like hide some letters: "p*ta", "m****a". `within` a
    text, a capital is a name's: "Mar***"."""
    word = token.replace("\ufe0f", "").casefold().strip(_EDGES + "!?")
    if word.startswith("*") or len(word) > LONGEST:  # WhatsApp's bold
        word = word.strip("*")
    if not _HIDING & set(word):
        return None
    shown = [c if c in _HIDING else bare(c) for c in word]
    visible = sum(c not in _HIDING for c in shown)
    if word.startswith("f**") and visible == 1:
        return "fuck"  # no other word is so often left to the reader
    if visible < (3 if word[-1:] in _HIDING else 2):
        return None
    if within and token.istitle() and word.endswith("***") and visible < _LEAST_SHOWN:
        return None
    for candidate, reading in _by_shape().get((shown[0], len(shown)), {}).items():
        pairs = zip(candidate, shown, word, strict=True)
        if all(mark in _HIDING or sign in "@$!" or letter == mark for letter, mark, sign in pairs):
            return reading
    return None


def _blotted(tokens: list[re.Match[str]], at: int) -> str | None:
    """The sign for a swear word that nobody can tell: "ving***"."""
    token = tokens[at][0]
    if not (token.islower() and _BLOTTED.fullmatch(token)) or token.startswith("xx"):
        return None
    shown = fold_word(token.rstrip("!?.,").rstrip("*"))
    named = at > 0 and tokens[at - 1][0].endswith((":", "="))
    return None if named or shown in vocabulary() or shown in known().readings else _BLOT


def _joined(first: str, second: str) -> str | None:
    """The insult that two words make which are none themselves: "mier da"."""
    if not (1 < len(first) <= 9 and 1 < len(second) <= 9) or first.lower() in vocabulary():
        return None
    if not (first.isalpha() and second.isalpha()):
        return None
    form = bare(first + second)
    if len(form) < 4 or form not in known().readings or fold_word(first) in vocabulary():
        return None
    return (
        None
        if len(form) < _LONG_JOINED and fold_word(second) in vocabulary()
        else known().readings[form]
    )


def _in_letters(letters: str) -> Iterator[tuple[int, int, str]]:
    """The insults in a run of single letters, from the left: where each begins and ends."""
    at = 0
    while at < len(letters):
        for length in range(min(LONGEST, len(letters) - at), 2, -1):
            reading = disguised().readings.get(bare(letters[at : at + length]))
            # Three letters by themselves only: "t n c" within a longer run is chance.
            if reading and (length > 3 or length == len(letters)):
                yield at, at + length, reading
                at += length
                break
        else:
            at += 1
