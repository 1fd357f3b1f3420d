"""A text as features of a linear classifier: its words, pairs of words, and their letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from recado.language.reading import WORD_CHARS, as_read, fold_word

#: What people say with signs: pauses, and whatever is neither letter nor space (emoji).
_TOKEN = re.compile(
    r"(?P<word>[^\W_]+(?:['’´`][^\W_]+)*)|(?P<pause>[.,;:!?¡¿…\n()]+)|(?P<sign>[^\w\s])"
)
#: The words of one message that its letters are taken of, and the letters of a word.
_LETTERS_OF, _LONGEST = 40, 14
_SHORTEST_NGRAM, _LONGEST_NGRAM = 3, 5
_WORDS, _LETTERS = 0.7, 0.25
#: So many words explain a message; what adds less than this explains nothing.
_MOST_TOLD, _LITTLE = 4, 0.5


def tokens(text: str) -> list[str]:
    """Folded words, pauses as the one sign that they mean, and other signs, in order."""
    found = []
    for token in _TOKEN.finditer(as_read(text)):
        if token["word"]:
            found.append(fold_word(token[0][:WORD_CHARS]))
        elif token["sign"]:
            found.append(token[0])
        else:
            found.append(_pause(token[0]))
    return found


def _pause(signs: str) -> str:
    return next((sign for sign in "?¿!\n" if sign in signs), "," if signs[0] in ",():" else ".")


def ngrams(said: Sequence[str]) -> dict[str, float]:
    """Words, pairs and triples of neighbours, and the letters of the words by threes to fives."""
    found: dict[str, float] = {}
    padded = ["^", *said, "$"]
    for at, word in enumerate(padded):
        found[f"1 {word}"] = _WORDS
        if at:
            found[f"2 {padded[at - 1]} {word}"] = _WORDS
        if at > 1:
            found[f"3 {padded[at - 2]} {padded[at - 1]} {word}"] = _WORDS
    for word in said[:_LETTERS_OF]:
        edged = f"<{word[:_LONGEST]}>"
        for length in range(_SHORTEST_NGRAM, _LONGEST_NGRAM + 1):
            for at in range(len(edged) - length + 1):
                found[f"l {edged[at : at + length]}"] = _LETTERS
    return found


def telling_words(
    said: Sequence[str], points: Callable[[Sequence[str]], float], text: str
) -> tuple[str, ...]:
    """The words without which it would be least likely, as `text` has them, in its order. `points`
    says how likely words are, as a sum."""
    whole = points(said)
    lost = [(whole - points([*said[:at], *said[at + 1 :]]), at) for at in range(len(said))]
    telling = sorted(at for less, at in sorted(lost, reverse=True)[:_MOST_TOLD] if less > _LITTLE)
    written = {fold_word(it[0][:WORD_CHARS]): it[0] for it in _TOKEN.finditer(as_read(text))}
    return tuple(dict.fromkeys(written[said[at]] for at in telling if said[at] in written))
