"""Who may speak is said once (conversations/guards.py), whichever form of a step asks."""

from __future__ import annotations

import re
from pathlib import Path

import recado

SOURCE = Path(recado.__file__).parent
#: A comparison of a state with the assistant's, in Python or SQL; or of an author and an owner.
GUARD = re.compile(
    r"""\bstate\b[^"'\n]{0,12}(''\s*)?(==|!=|<>|=|\bin\b)[^"'\n]{0,6}["']bot["']"""
    r"""|author\b[^\n]{0,6}["']assistant["'][^\n]{0,40}state\b[^\n]{0,6}["']human["']"""
)


def test_no_guard_of_who_may_speak_stands_in_two_places() -> None:
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "migrations" not in path.parts and GUARD.search(path.read_text())
    }
    assert found == {"conversations/guards.py"}


def test_a_guard_that_is_written_out_is_found() -> None:
    for written in (
        'if conversation.state != "bot":',
        "WHERE state = 'bot' AND",
        "state || '' = 'bot'",
        'state in {"bot", "resolved"}',
        'or_(Message.author != "assistant", Conversation.state != "human")',
    ):
        assert GUARD.search(written), written
