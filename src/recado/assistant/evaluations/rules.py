"""An answer held against what its case expects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from recado.assistant.evaluations.cases import Expected
from recado.assistant.port import UNKNOWN_CONFIDENCE
from recado.language.detection import detect_language, known_language
from recado.language.reading import for_matching

Outcome = Literal["passed", "failed", "skipped"]


class Quoted(msgspec.Struct, frozen=True):
    """A passage that an answer rests on."""

    source: str
    heading: str


class Observed(msgspec.Struct, frozen=True):
    """What became of a case's last message.

    `text` is what the contact would have read, "" where a person takes over; `confidence` 0–1 as
    the desk shows it; `language` the turn's; `tools` the names of those called, None where nobody
    tells; `seconds` what deciding took; `cost` in US dollars, None where no price is known.
    """

    text: str
    language: str
    confidence: float | None = None
    quoted: tuple[Quoted, ...] = ()
    handed_over: bool = False
    reasons: tuple[str, ...] = ()
    model: str = ""
    intent: str = ""
    tools: tuple[str, ...] | None = None
    seconds: float = 0.0
    cost: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def declined(self) -> bool:
        """An honest "I don't know", or a person instead; and nothing quoted."""
        unknown = self.confidence is not None and self.confidence <= UNKNOWN_CONFIDENCE
        return not self.quoted and (self.handed_over or unknown)


class RuleResult(msgspec.Struct, frozen=True):
    """`said` is for people: what was found where it failed, why where it was skipped; `wanted`
    what the case expects."""

    rule: str
    outcome: Outcome
    said: str = ""
    wanted: str = ""


def check(expected: Expected, seen: Observed) -> list[RuleResult]:
    """The result of every rule but the judge's (judging.py), in the order of the format."""
    return [
        RuleResult(name, *rule(expected, seen), wanted=wanted(getattr(expected, name)))
        for name, rule in _applying(expected)
    ]


def wanted(value: object) -> str:
    """A rule's value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " · ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def is_right(expected: Expected, seen: Observed) -> bool:
    """Whether the contact got the right answer: from the right passage, with what has to be in
    it. Where the case says that there is none, no answer is right."""
    if not expected.is_answerable or seen.declined or seen.handed_over:
        return False
    content = [_contains, *([_source] if expected.source else ())]
    return all(rule(expected, seen)[0] == "passed" for rule in content)


def is_answer(seen: Observed) -> bool:
    """Whether the contact was told something as known."""
    return not seen.declined and not seen.handed_over and seen.confidence is not None


_Found = tuple[Outcome, str]
_Rule = Callable[[Expected, Observed], _Found]


def _contains(expected: Expected, seen: Observed) -> _Found:
    missing = [words for words in expected.contains if not stands_in(words, seen.text)]
    if missing:
        return "failed", f"not in the answer: {_listed(missing)}"
    return "passed", ""


def _not_contains(expected: Expected, seen: Observed) -> _Found:
    there = [words for words in expected.not_contains if stands_in(words, seen.text)]
    return ("failed", f"in the answer: {_listed(there)}") if there else ("passed", "")


def _source(expected: Expected, seen: Observed) -> _Found:
    wanted = [for_matching(it) for it in expected.source]
    for quoted in seen.quoted:
        names = for_matching(f"{quoted.source}\n{quoted.heading}")
        if any(it in names for it in wanted):
            return "passed", ""
    if not seen.quoted:
        return "failed", "nothing was quoted"
    return "failed", f"quoted: {_listed([f'{it.source} › {it.heading}' for it in seen.quoted])}"


def _language(expected: Expected, seen: Observed) -> _Found:
    """By its words; where they are of no language, or of several, by the turn's."""
    spoken = detect_language(seen.text, default=known_language(seen.language)).code
    return ("passed", "") if spoken == expected.language else ("failed", f"it is {spoken}")


def _declined(expected: Expected, seen: Observed) -> _Found:
    if expected.declined == seen.declined:
        return "passed", ""
    return "failed", "it was answered" if expected.declined else "it was declined"


def _handed_over(expected: Expected, seen: Observed) -> _Found:
    if expected.handed_over == seen.handed_over:
        return "passed", ""
    why = f" ({', '.join(seen.reasons)})" if seen.reasons else ""
    return "failed", f"a person was called{why}" if seen.handed_over else "no person was called"


def _tool(expected: Expected, seen: Observed) -> _Found:
    if seen.tools is None:
        return "skipped", "a set with knowledge of its own has no tools"
    missing = [name for name in expected.tool if name not in seen.tools]
    return ("failed", f"not called: {_listed(missing)}") if missing else ("passed", "")


def _seconds(expected: Expected, seen: Observed) -> _Found:
    if seen.seconds <= (expected.seconds or 0):
        return "passed", ""
    return "failed", f"it took {seen.seconds:.3g} s"


def _cost(expected: Expected, seen: Observed) -> _Found:
    if seen.cost is None:
        free = not (seen.tokens_in or seen.tokens_out)
        return ("passed", "") if free else ("skipped", "the model's price is not known")
    if seen.cost <= (expected.cost or 0):
        return "passed", ""
    return "failed", f"it cost {seen.cost:.6f} dollars"


_RULES: dict[str, _Rule] = {
    "contains": _contains,
    "not_contains": _not_contains,
    "source": _source,
    "language": _language,
    "declined": _declined,
    "handed_over": _handed_over,
    "tool": _tool,
    "seconds": _seconds,
    "cost": _cost,
}


def _applying(expected: Expected) -> list[tuple[str, _Rule]]:
    return [
        (name, rule)
        for name, rule in _RULES.items()
        if getattr(expected, name) not in ((), "", None)
    ]


def stands_in(words: str, text: str) -> bool:
    """Whether `words` are in `text`, in any case. A number is not found in the middle of a longer
    one: "8" stands in "a las 8:30", and not in "18:00".
    """
    words, text = for_matching(words), for_matching(text)
    at = text.find(words) if words else -1
    while at >= 0:
        end = at + len(words)
        cut_before = words[0].isdigit() and text[at - 1 : at].isdigit()
        cut_after = words[-1].isdigit() and text[end : end + 1].isdigit()
        if not (cut_before or cut_after):
            return True
        at = text.find(words, at + 1)
    return False


def _listed(found: Sequence[str]) -> str:
    return ", ".join(f"“{words}”" for words in found)
