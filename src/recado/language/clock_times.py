"""Times of the day as people write them: "a las 5 y media de la tarde", "17h30", "5 pm", "noon"."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from recado.language.reading import fold_word

_HOURS = (
    "una uma one", "dos duas two", "tres three", "cuatro quatro four", "cinco five", "seis six",
    "siete sete seven", "ocho oito eight", "nueve nove nine", "diez dez ten", "once onze eleven",
    "doce doze twelve",
)  # fmt: skip
_BY_WORD = {word: hour for hour, words in enumerate(_HOURS, 1) for word in words.split()}
_NOON = {"mediodia": "12:00", "meiodia": "12:00", "noon": "12:00", "midday": "12:00"}
_NOON |= {"medianoche": "00:00", "meianoite": "00:00", "midnight": "00:00"}
_HOUR = rf"(?P<hour>\d{{1,2}}|{'|'.join(_BY_WORD)}|tr[eê]s)"
_LEAD = (
    r"(?:(?:a|para|sobre|tipo|hacia|desde|pra)\s{1,3}(?:eso\s{1,3}de\s{1,3})?las?"
    r"|las|[àa]s|at|around|about|by|tipo|umas|unas)\s{1,3}"
)
_MINUTES = (
    r"(?:\s?[:.h]\s?(?P<minutes>[0-5]\d)(?:\s?(?:h|hs|hrs|horas)\b)?"
    r"|\s{1,3}(?:y|e)\s{1,3}(?P<half>media|meia)|\s{1,3}(?:y|e)\s{1,3}(?P<quarter>cuarto)"
    r"|\s{1,3}(?P<lacks>menos\s{1,3}cuarto))?"
)
_MARK = r"\s?(?P<mark>[ap]\.?\s?m\b\.?|hs\b|hrs?\b|h\b|horas?\b|o['’]?clock\b)"
_PART = (
    r"(?:\s{1,3}(?:de|por|en|da|in|at|à|a)\s{1,3}(?:la\s{1,3}|the\s{1,3})?"
    r"(?P<part>ma[nñ]ana|tarde|noche|manh[aã]|noite|morning|afternoon|evening|night))?"
)
_TIME = re.compile(
    rf"(?<![\w.,:/$€]){_LEAD}{_HOUR}{_MINUTES}(?:{_MARK})?{_PART}(?![\w:%/])",
    re.IGNORECASE,
)
_CLEAR = re.compile(
    rf"(?<![\w.,:/$€-])(?P<hour>\d{{1,2}})(?:\s?[:h]\s?(?P<minutes>[0-5]\d)(?:{_MARK})?"
    rf"|{_MARK.replace('mark', 'mark2')}){_PART}(?![\w:%/])",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"^\W{{0,5}}(?:las?\s{{1,3}})?{_HOUR}{_MINUTES}{_PART}\W{{0,5}}$", re.IGNORECASE
)
_NAMED = re.compile(
    r"\b(?:al?\s{1,3})?(?:medio\s?d[ií]a|meio[- ]?dia|noon|midday|media\s?noche|meia[- ]?noite"
    r"|midnight)\b",
    re.IGNORECASE,
)
_LATE = ("tarde", "noche", "noite", "afternoon", "evening", "night")
_MOST_CHARS = 2000


class ClockTime(msgspec.Struct, frozen=True):
    """A time of the day ("17:30") from `start` to `end`."""

    value: str
    start: int
    end: int


@lru_cache(maxsize=256)
def times_in(text: str) -> tuple[ClockTime, ...]:
    """The times in a text, in order. From one to seven without a word more is the afternoon."""
    text, found = text[:_MOST_CHARS], []
    for pattern in (_TIME, _CLEAR):
        found += [it for match in pattern.finditer(text) if (it := _read(match))]
    for match in _NAMED.finditer(text):
        said = re.sub(r"[\W_]+", "", fold_word(re.sub(r"\s|-", "", match[0]))).removeprefix("al")
        if said.removeprefix("a") in _NOON or said in _NOON:
            value = _NOON.get(said) or _NOON[said.removeprefix("a")]
            found.append(ClockTime(value, match.start(), match.end()))
    found.sort(key=lambda time: (time.start, -time.end))
    return tuple(
        time for at, time in enumerate(found) if not any(_within(time, it) for it in found[:at])
    )


def time_alone(text: str) -> ClockTime | None:
    """The time that is all that was said: "5", "las cinco y media"."""
    match = _BARE.match(text[:100])
    return _read(match) if match else None


def _within(time: ClockTime, other: ClockTime) -> bool:
    return time.start < other.end and other.start < time.end


def _read(match: re.Match[str]) -> ClockTime | None:
    said = match.groupdict()
    word = said["hour"].lower()
    hour = int(word) if word.isdigit() else _BY_WORD.get(fold_word(word), -1)
    minutes = int(said.get("minutes") or 0)
    if said.get("half"):
        minutes = 30
    elif said.get("quarter"):
        minutes = 15
    elif said.get("lacks"):
        hour, minutes = hour - 1, 45
    mark = (said.get("mark") or said.get("mark2") or "").lower()
    part = fold_word(said.get("part") or "")
    hour = _on_the_day(hour, mark, part)
    if not (0 <= hour <= 23):
        return None
    return ClockTime(f"{hour:02d}:{minutes:02d}", match.start(), match.end())


def _on_the_day(hour: int, mark: str, part: str) -> int:
    if mark.startswith("p") or part in _LATE:
        return hour + 12 if hour < 12 else hour
    if mark.startswith("a") or part:
        return 0 if hour == 12 and not part else hour
    if 1 <= hour <= 7 and not mark.startswith("h"):
        return hour + 12
    return hour
