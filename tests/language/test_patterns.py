"""No text of a stranger's makes an expression run for more than a time that grows with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.ci_tools import load_tool

patterns = load_tool("patterns")

SLOW = [
    r"\s*\s*x",
    r"\w+\w*!",
    r".*.*x",
    r"(a+)+b",
    r"(a*)*b",
    r"(a|a)*b",
    r"(a|ab|b)*c",
    r"(?:a+b?)*c",
    r"(\w+\s?)*$",
    r"(\d+|\w+)*!",
    r"x*y*x*z",
    r"\S+@\S+",
    r"\d+\s*€",
    r"\s+$",
    r"a{2,}b",
    r"\w{1,5000}!",
    r"<!--.*?-->",
    r"!\[[^\]]*\]",
    r"([ab])\1+c",
    r"(?=.*x)y",
    r"a(?:.*c)?",
    r"[\w.+-]+@[\w-]+",
    r"(?:ab)+c|ab",
    r"(?i)k+K!",
]
FAST = [
    r"\w+",
    r"\b\w+!",
    r"(?<!\S)\S+@\S",
    r"(?<!\w)\w+@",
    r"[^\W_]+(?:['’][^\W_]+)*",
    r"\d+(?:[.,]\d+)*",
    r"^\s+x",
    r"\d{1,9}€",
    r"https?://\S+",
    r'"[^"]*"',
    r"```.+?```",
    r"\n\s*\n",
    r"<[a-z][^<>]*>",
    r"(?:ab){1,9}c",
]


@pytest.mark.parametrize("pattern", SLOW)
def test_an_expression_that_some_text_makes_slow_is_found(pattern: str) -> None:
    assert patterns.finding(pattern)


@pytest.mark.parametrize("pattern", FAST)
def test_an_expression_that_no_text_makes_slow_is_not(pattern: str) -> None:
    assert not patterns.finding(pattern)


def test_what_is_only_tried_at_one_place_does_not_start_again() -> None:
    assert patterns.finding(r"\S+@")
    assert not patterns.finding(r"\S+@", searched=False)
    assert patterns.finding(r"\s*\s*", searched=False, whole=True)


MODULE = """
import re
_SPACE = r"\\s"
_SLOW = re.compile(rf"{_SPACE}+$")
# bounded: one word
_EXEMPT = re.compile(r"\\s+$")
_AT_ONE_PLACE = re.compile(r"\\s+$")

def look(text: str, name: str) -> None:
    _AT_ONE_PLACE.match(text)
    re.sub(r"\\w+@", "", text)
    re.search(name + "x", text)
    re.search("b", text)
"""


def test_every_expression_of_a_package_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "strangers_words"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "reading.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = list(patterns.findings(tmp_path, "strangers_words"))
    assert [line.split(": ")[0] for line in found] == [
        "strangers_words/reading.py:4",
        "strangers_words/reading.py:11",
        "strangers_words/reading.py:12",
    ]


def test_no_expression_of_ours_is_slow() -> None:
    assert list(patterns.findings()) == []
