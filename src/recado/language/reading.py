"""What people send, as it is read: the same letters whichever keyboard wrote them, and no more of
it than one turn may think about.

What was sent is stored and shown as it came. Whoever compares, looks for or understands it does so
on what stands here: letters (`as_read`), and folded words, the same however they were typed
(`words`). Phrases over folded words are found by lexicon.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import filterfalse
from typing import Final
from unicodedata import combining

#: What one turn reads of all that a contact said, in characters: two of WhatsApp's longest
#: messages. Every analysis of a stranger's words may rely on it.
READ_CHARS: Final = 8_192
#: What is read of one word; no dictionary has a longer one.
WORD_CHARS: Final = 64
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_ASCII = re.compile(r"[\x00-\x7f]+")
#: Stands for what was left out; no word, and the end of a sentence.
LEFT_OUT: Final = "\n…\n"

#: Addresses, as part of an expression: they are no prose, and tell nothing of a language.
NOT_PROSE: Final = r"(?:https?://|www\.)\S+|[^\s@]{1,64}@[^\s@.]{1,190}\.\S+"
#: What no reader sees: soft hyphens, zero-width spaces, joiners of letters, marks of direction, a
#: byte order mark, letters' variants. The joiner of emoji and their variants are theirs.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb]"
    "|(?<=[^\\W_])\u200d|\u200d(?=[^\\W_])"
)
_SPACES = re.compile("[\u0085\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
#: Signs on top of a Latin letter that no alphabet composes with it (h̷o̷l̷a̷).
_SCRIBBLED = re.compile(
    "(?<=[A-Za-z\u00aa-\u024f\u1e00-\u1eff])[\u0300-\u036f\u0488\u0489\u20d0-\u20ff]+"
)
#: Marks in another order are sorted one by one: no text has more than a few on one letter.
_COMPOSED_AT_ONCE = re.compile(r"[\w\s\x00-\x7f]+[^\w\s\x00-\x7f]{0,32}|[^\w\s\x00-\x7f]{1,32}")
#: Letters and signs in another dress: ligatures, full width, letters of mathematics (𝓗𝓸𝓵𝓪),
#: circled ones. Signs that mean something of their own (½, ², ™, …) are none of them.
_DRESSED = re.compile(
    "[\u0132\u0133\u01c4-\u01cc\u01f1-\u01f3\u24b6-\u24e9\ufb00-\ufb06\uff01-\uff5e"
    "\U0001d400-\U0001d7ff\U0001f130-\U0001f149]+"
)
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4\uff07", "'"))


def as_read(text: str) -> str:
    """`text` with composed accents, plain letters, plain spaces, and without what nobody sees.

    >>> as_read("¿Que\N{COMBINING ACUTE ACCENT} pre\N{SOFT HYPHEN}cio?\N{NO-BREAK SPACE}ﬁn")
    '¿Qué precio? fin'
    """
    if text.isascii():
        return text
    return _as_read(text)


def _as_read(text: str) -> str:
    text = _UNSEEN.sub("", text)
    text = _DRESSED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    # Composed after that: what was unseen may have stood between a letter and its accent.
    composed = composed_accents(_SPACES.sub(" ", text))
    return _SCRIBBLED.sub("", composed)


def composed_accents(text: str) -> str:
    """`text` with its accents composed (NFC), as most keyboards write them; macOS does not.

    >>> len(composed_accents("e\N{COMBINING ACUTE ACCENT}"))
    1
    """
    if text.isascii():
        return text
    pieces = _COMPOSED_AT_ONCE.findall(text)
    return "".join([unicodedata.normalize("NFC", piece) for piece in pieces])


@lru_cache(maxsize=512)
def to_think_about(text: str, most: int = READ_CHARS) -> str:
    """`text` as a turn reads it: as_read, and where it is longer than `most` characters, its
    beginning and its end, for what somebody wants stands in one of them."""
    if len(text) > most:
        text = _shortened(text, most)
    text = as_read(text)
    # Composing makes some letters longer, never threefold.
    return text if len(text) <= most else _shortened(text, most)


def _shortened(text: str, most: int) -> str:
    room = most - len(LEFT_OUT)
    head, tail = text[: room * 2 // 3], text[len(text) - (room - room * 2 // 3) :]
    return f"{_to_space(head)}{LEFT_OUT}{_to_space(tail[::-1])[::-1]}"


def _to_space(text: str) -> str:
    """`text` without a word that was cut at its end, unless it is a very long one."""
    near = max(0, len(text) - WORD_CHARS)
    at = max(text.rfind(" ", near), text.rfind("\n", near))
    return text[:at] if at > 0 else text


def for_matching(text: str) -> str:
    """`text` to compare by: as_read, in one case, with straight apostrophes; accents stay."""
    return composed_accents(as_read(text).translate(_APOSTROPHES).casefold())


_TWICE = re.compile(r"(.)\1", re.IGNORECASE)
_RUN_OF_THREE = re.compile(r"([^\W\d_w])\1{2,}")  # not "www", not "1000"
# bounded: a word of WORD_CHARS
_DRAWN_OUT_END = re.compile(r"([aiu])\1+(?![^\W_])")  # "holaa", "siii"
_WORD = re.compile(r"[^\W_]+(?:['’´`][^\W_]+)*")
_ANY_APOSTROPHE = re.compile(r"['’´`]")

# Collapsing "goooood" to one letter loses a double that English spells; only words
# that really were drawn out are looked up here, so "god" stays "god".
_DOUBLES = {
    "al": "all", "col": "cool", "fre": "free", "god": "good", "hapy": "happy", "hel": "hell",
    "helo": "hello", "ned": "need", "realy": "really", "son": "soon", "stil": "still",
    "swet": "sweet", "to": "too", "wel": "well",
}  # fmt: skip


def _collapse(word: str) -> str:
    collapsed = _RUN_OF_THREE.sub(r"\1", word)
    if collapsed != word:
        collapsed = _DOUBLES.get(collapsed, collapsed)
    return _DRAWN_OUT_END.sub(r"\1", collapsed)


def without_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return _NOT_ASCII.sub(lambda run: "".join(filterfalse(combining, run[0])), decomposed)


@lru_cache(maxsize=8192)
def fold_word(word: str) -> str:
    """One word in lower case, without accents, apostrophes or drawn-out letters.

    >>> fold_word("HOLAAAA"), fold_word("Envíos"), fold_word("don’t")
    ('hola', 'envios', 'dont')
    """
    if word.isascii() and word.isalpha() and not _TWICE.search(word):
        return word[:WORD_CHARS].lower()
    word = as_read(word[:WORD_CHARS])
    return _collapse(without_accents(_ANY_APOSTROPHE.sub("", word)).casefold())


def fold_words(words: Iterable[str]) -> list[str]:
    """Each of many words as fold_word has it, all at once: for lists, a fraction of the time.

    >>> fold_words(["HOLAAAA", "Envíos", "don’t"])
    ['hola', 'envios', 'dont']
    """
    joined = as_read("\n".join(words))
    folded = without_accents(_ANY_APOSTROPHE.sub("", joined)).casefold()
    if _RUN_OF_THREE.search(folded):
        each = folded.split("\n")
        folded = "\n".join(_collapse(it) if _RUN_OF_THREE.search(it) else it for it in each)
    return _DRAWN_OUT_END.sub(r"\1", folded).split("\n")


def fold(text: str) -> str:
    """Text in lower case, without accents and drawn-out letters; spaces and signs stay.

    >>> fold("¡HOLAAAA! ¿Qué tal?")
    '¡hola! ¿que tal?'
    """
    return re.sub(r"[^\W_]+", lambda word: fold_word(word[0][:WORD_CHARS]), as_read(text))


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order; punctuation and emoji are left out.

    Cached because one message is read by several analyses in a row.
    """
    return tuple(fold_word(word[:WORD_CHARS]) for word in _WORD.findall(as_read(text)))


def word_spans(text: str) -> tuple[str, list[tuple[int, int]]]:
    """``text`` as it is read, and where in that each of its `words` begins and ends.

    >>> read, spans = word_spans("¡Hola, mundo!")
    >>> [read[begin:end] for begin, end in spans]
    ['Hola', 'mundo']
    """
    read = as_read(text)
    return read, [found.span() for found in _WORD.finditer(read)]


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: four ASCII characters to one, two of the others.

    Close enough for a budget, for every vendor's tokenizer; none has to be installed.
    """
    if text.isascii():
        return (len(text) + 3) // 4
    other = len(_ASCII.sub("", text))
    return (len(text) + other + 3) // 4
