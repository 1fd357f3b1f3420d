"""What `recado doctor` finds: ✓ fine, ! worth knowing, ✗ to be mended; `fix` says how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mark = Literal["✓", "!", "✗"]


@dataclass(frozen=True, slots=True)
class Finding:
    mark: Mark
    text: str
    fix: str = ""


def fine(text: str) -> list[Finding]:
    return [Finding("✓", text)]


def hint(text: str, fix: str) -> list[Finding]:
    return [Finding("!", text, fix)]


def wrong(text: str, fix: str) -> list[Finding]:
    return [Finding("✗", text, fix)]
