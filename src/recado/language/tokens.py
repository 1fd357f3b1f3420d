"""From chat text to folded words: the same word however it was typed."""

import re
import unicodedata
from functools import lru_cache

from recado.language.reading import WORD_CHARS, as_read

_RUN_OF_THREE = re.compile(r"([^\W\d_w])\1{2,}")  # not "www", not "1000"
# bounded: a word of WORD_CHARS
_DRAWN_OUT_END = re.compile(r"([aiu])\1+(?![^\W_])")  # "holaa", "siii"
_WORD = re.compile(r"[^\W_]+(?:['’´`][^\W_]+)*")
_APOSTROPHES = re.compile(r"['’´`]")

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


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=8192)
def fold_word(word: str) -> str:
    """One word in lower case, without accents, apostrophes or drawn-out letters.

    >>> fold_word("HOLAAAA"), fold_word("Envíos"), fold_word("don’t")
    ('hola', 'envios', 'dont')
    """
    word = as_read(word[:WORD_CHARS])
    return _collapse(_without_accents(_APOSTROPHES.sub("", word)).casefold())


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
