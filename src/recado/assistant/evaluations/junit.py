"""A run as JUnit XML, which CI systems show case by case.

The format: https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from recado.assistant.evaluations.results import Run, SetResult
from recado.assistant.evaluations.running import CaseResult

#: What XML 1.0 cannot say, not even escaped: https://www.w3.org/TR/xml/#charsets
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(run: Run) -> bytes:
    """The file's content. One suite a set and variant; a case that failed has its reasons, one
    without an answer is an error, one of which nothing could be checked is skipped."""
    root = Element(
        "testsuites", name="recado eval", time=_seconds(sum(s.seconds for s in run.sets))
    )
    several = len(run.variants) > 1
    for found in run.sets:
        root.append(_suite(found, f"{found.name} by {found.variant}" if several else found.name))
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _suite(found: SetResult, name: str) -> Element:
    suite = Element("testsuite", name=_plain(name), time=_seconds(found.seconds))
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for result in found.results:
        seconds = result.seen.seconds if result.seen else 0.0
        case = SubElement(
            suite,
            "testcase",
            classname=_plain(name),
            name=_plain(result.id),
            time=_seconds(seconds),
        )
        counts["tests"] += 1
        if kind := _outcome(result):
            counts[f"{kind}s" if kind != "skipped" else kind] += 1
            outcome = SubElement(case, kind, message=_plain(result.why or _why_skipped(result)))
            outcome.text = _plain(_told(result)) if kind != "skipped" else None
    for key, count in counts.items():
        suite.set(key, str(count))
    return suite


def _outcome(result: CaseResult) -> str:
    """ "" where it passed."""
    if result.error:
        return "error"
    if not result.passed:
        return "failure"
    return "skipped" if all(rule.outcome == "skipped" for rule in result.rules) else ""


def _why_skipped(result: CaseResult) -> str:
    return "; ".join(f"{it.rule}: {it.said}" for it in result.rules)


def _told(result: CaseResult) -> str:
    asked = "\n".join(f"asked: {turn}" for turn in result.turns)
    said = f"\nsaid: {result.seen.text}" if result.seen else ""
    return f"{asked}{said}\n{result.why}"


def _seconds(value: float) -> str:
    return f"{value:.3f}"


def _plain(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
