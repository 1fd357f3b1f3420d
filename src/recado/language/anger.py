"""Whether somebody is angry: at us, or at what happened to them with us.

Insults and feelings as they are found by insults.py and sentiment.py are features here, and so are
capitals, repeated signs, emoji, words and letters; a linear classifier weighs them. A swear word
beside praise ("puta madre qué rico", "holy shit that's good") is none, and neither is a complaint
that is told calmly. `python -m bench.persons` learns and measures it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from recado.language.insults import SCAN, as_meant, insults_in, word_in
from recado.language.lexicon import read_sections
from recado.language.linear import model
from recado.language.ngrams import ngrams, telling_words, tokens
from recado.language.reading import fold_word, to_think_about
from recado.language.sentiment import analyze_sentiment

READ_CHARS, WINDOW = 2_000, 48
_STEP = WINDOW // 2
_CLEARLY, _SURELY = 0.4, 0.8
_AT_SOMEBODY = -4.0
_KINDS, _REACH = 0.8, 4
_FEELINGS = frozenset({"swear", "names", "bad", "rage", "ruin", "threat"})
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_ANGRY = frozenset("😡🤬😤😠👿🖕💩🤮🤢👎😾🤡")
_HAPPY = frozenset("😍🥰❤😂🤣😋🤤🔥🙏😊👍🎉💕🥳😘🤩")
_SAD = frozenset("😭😢😩😫💔🙄😒🤦")
_MOST = 3


class Anger(NamedTuple):
    """How likely a message is angry, 0 to 1, whether that is enough, and the folded words of its
    most telling part."""

    probability: float
    angry: bool
    said: tuple[str, ...] = ()

    @property
    def negative(self) -> float:
        """As a share of negative feeling (sentiment.py): a clear case where it is anger, else 0."""
        return round(_SURELY + (1 - _SURELY) * self.probability, 4) if self.angry else 0.0


def is_angry(text: str) -> bool:
    return anger(text).angry


@lru_cache(maxsize=512)
def anger(text: str) -> Anger:
    learnt = model("anger_weights")
    best, said = learnt.likeliest(_candidates(text))
    return Anger(round(best, 4), best >= learnt.threshold, tuple(said))


def angry_words(text: str) -> tuple[str, ...]:
    """The words that are angry, as they stand in ``text``; none where it is not."""
    found = anger(text)
    if not found.angry:
        return ()
    learnt = model("anger_weights")
    return telling_words(found.said, lambda said: learnt.points(_features(said)), text)


def passages(text: str) -> Iterator[dict[str, float]]:
    """The features of a message, of a long one those of its parts."""
    for _, features in _candidates(text):
        yield features


def _candidates(text: str) -> Iterator[tuple[list[str], dict[str, float]]]:
    """The parts of a message and their features; each knows how the whole feels."""
    read = to_think_about(text, READ_CHARS)
    whole = _feeling(read)
    said = tokens(read)
    for at in range(0, max(len(said) - _STEP, 1), _STEP):
        if part := said[at : at + WINDOW]:
            yield part, {**_features(part), **whole}


def _features(said: Sequence[str]) -> dict[str, float]:
    return {**ngrams(said), **_shape(said), f"n {_size(len(said))}": 1.0}


def _size(words: int) -> str:
    return "few" if words <= 3 else "some" if words <= 10 else "many"


def _shape(said: Sequence[str]) -> dict[str, float]:
    """Which kinds of words there are, which come after which, and which in one message."""
    kinds = ["^", *(_kinds().get(word, word if word in "?!" else "_") for word in said), "$"]
    there = sorted({kind for kind in kinds if len(kind) > 1})
    found = {f"k {kind}": _KINDS for kind in there}
    for at, kind in enumerate(there):
        found |= {f"k {kind}&{other}": _KINDS for other in there[at + 1 :]}
    for at, kind in enumerate(kinds):
        for other in kinds[at + 1 : at + 1 + _REACH]:
            found[f"k {kind}>{other}"] = _KINDS
    feelings = sum(kind in _FEELINGS for kind in kinds)
    found[f"k only {feelings} of {_size(len(said))}"] = _KINDS
    return found


@cache
def _kinds() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, entries in read_sections("anger"):
        for entry in entries:
            found.setdefault(fold_word(entry), name)
    return found


def _feeling(text: str) -> dict[str, float]:
    scores = analyze_sentiment(text).scores
    said = [word for token in SCAN.finditer(as_meant(text)) if (word := word_in(token))]
    insults = [match.value for match in insults_in(said) if match.value < 0]
    loud = _WORD.findall(text)
    shouted = sum(word.isupper() for word in loud)
    found = {
        "negative": scores["negative"],
        "positive": scores["positive"],
        "mixed": scores["mixed"],
        "surely negative": float(scores["negative"] > _SURELY),
        "clearly negative": float(scores["negative"] > _CLEARLY),
        "clearly positive": float(scores["positive"] + scores["mixed"] > _CLEARLY),
        "insult": float(any(value < _AT_SOMEBODY for value in insults)),
        "oath": float(any(value >= _AT_SOMEBODY for value in insults)),
        "exclaims": min(text.count("!"), _MOST) / _MOST,
        "asks much": float("??" in text),
        "drawn out": float(bool(_DRAWN_OUT.search(text))),
        "shouts": shouted / len(loud) if len(loud) > 1 else 0.0,
        "shouts a word": float(0 < shouted < len(loud)),
    }
    for name, signs in (("angry", _ANGRY), ("happy", _HAPPY), ("sad", _SAD)):
        found[f"{name} emoji"] = min(sum(sign in signs for sign in text), _MOST) / _MOST
    found["oath with praise"] = found["oath"] * (scores["positive"] + scores["mixed"])
    found["insult with praise"] = found["insult"] * (scores["positive"] + scores["mixed"])
    found["loud and negative"] = found["shouts"] * scores["negative"]
    return {name: value for name, value in found.items() if value}
