"""What score from 1 to 5 a short answer gives; strictly: anything more than that is no answer.

"5", "10/10", "nota 3", "cuatro estrellas", "⭐⭐⭐⭐", "👍", "excelente, gracias" are; "5 pizzas",
"¿mala?" and "excelente, y otra cosa" are not. Of a scale up to ten, two points are one.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from recado.language.reading import fold

#: An answer is no longer than this; the rest is read by nobody.
MOST_CHARS = 60
MOST_STARS = 5
_STARS = frozenset("⭐★🌟✨")
#: How a sign looks, and not what it is: variants, skin tones, sexes, the box around a digit.
_LOOKS = re.compile("[\ufe0e\ufe0f\u200d\u20e3\u2640\u2642\U0001f3fb-\U0001f3ff]")
_NUMBER = r"(?P<number>\d{1,2}(?:[.,]\d)?)"
_OF = r"(?:\s*(?:/|de|sobre|out of|of|em)\s*(?P<most>5|10))?"
_UNIT = (
    r"(?:\s*(?:estrellas?|estrelas?|stars?|puntos?|pontos?|points?|ptos?|pts?|sobre cinco"
    r"|de cinco|out of five))?"
)
_SCORE = re.compile(rf"{_NUMBER}{_OF}{_UNIT}")


class _Words(NamedTuple):
    scores: dict[str, int]
    emoji: dict[str, int]
    numbers: dict[str, str]
    around: tuple[tuple[str, ...], ...]


def score_in(text: str) -> int | None:
    """The score that `text` gives; None: it is no answer to the question for one."""
    if len(text) > MOST_CHARS or "?" in text:
        return None
    plain = _LOOKS.sub("", text.replace("🔟", "10"))
    signs = [char for char in plain if _is_sign(char)]
    rest = " ".join("".join(" " if _is_sign(char) else char for char in plain).split())
    shown = _of_signs(signs)
    if signs and shown is None:
        return None
    said = _of_words(rest)
    if not _has_words(rest):
        return shown
    if said is None or (signs != ["⭐"] and shown is not None and not _alike(said, shown)):
        return None  # one star beside a number is its unit
    return said


def _of_signs(signs: list[str]) -> int | None:
    """Of stars, how many there are; of faces and hands, what they feel, if it is one thing."""
    stars = sum(char in _STARS for char in signs)
    if stars and stars == len(signs):
        return stars if stars <= MOST_STARS else None
    known = _words().emoji
    felt = {known.get(char) for char in signs if char not in _STARS}
    if not felt or None in felt:
        return None
    scores = {score for score in felt if score is not None}
    if min(scores) >= 4:
        return max(scores)
    if max(scores) <= 2:
        return min(scores)
    return scores.pop() if len(scores) == 1 else None


def _of_words(text: str) -> int | None:
    folded = fold(text).strip(" .,;:!¡\"'()*_-~")
    if (found := _as_number(folded)) is not None:
        return found
    words = _bare(re.findall(r"[^\W_]+(?:[.,/]\d+)?|/", folded))
    joined = " ".join(words)
    if (score := _words().scores.get(joined)) is not None:
        return score
    numbers = _words().numbers
    return _as_number(" ".join(numbers.get(word, word) for word in words))


def _as_number(text: str) -> int | None:
    match = _SCORE.fullmatch(text)
    if match is None:
        return None
    number = float(match["number"].replace(",", "."))
    most = float(match["most"] or (5 if number <= 5 else 10))
    if number > most:
        return None
    return max(1, min(5, int(number * 5 / most + 0.5)))


def _bare(words: list[str]) -> list[str]:
    """Without what may stand around an answer, as long as something is left."""
    changed = True
    while changed and words:
        changed = False
        if " ".join(words) in _words().scores:
            break
        for phrase in _words().around:
            size = len(phrase)
            if len(words) > size and tuple(words[:size]) == phrase:
                words, changed = words[size:], True
                break
            if len(words) > size and tuple(words[-size:]) == phrase:
                words, changed = words[:-size], True
                break
    return words


def _alike(said: int, shown: int) -> bool:
    """Whether words and signs feel the same."""
    return (said >= 3) == (shown >= 3)


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _is_sign(char: str) -> bool:
    return unicodedata.category(char) in {"So", "Sk"} or char in _STARS


@cache
def _words() -> _Words:
    found = files(__package__) / "data" / "answers.toml"
    data: dict[str, Any] = tomllib.loads(found.read_text(encoding="utf-8"))
    around = sorted((tuple(it.split()) for it in data["around"]), key=len, reverse=True)
    return _Words(
        scores={word: int(score) for score, words in data["words"].items() for word in words},
        emoji={
            sign: int(score) for score, signs in data["emoji"].items() for sign in signs.split()
        },
        numbers={word: number for number, words in data["numbers"].items() for word in words},
        around=tuple(around),
    )
