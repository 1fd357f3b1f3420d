"""What a check finds: fine, a hint (worth knowing), or wrong (to be mended); `fix` says how.

`text` and `fix` are English with places for `values`, so that the desk can say them in its
languages; `recado doctor` and the API say them as they are.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Mark = Literal["fine", "hint", "wrong"]


class Finding(msgspec.Struct, frozen=True):
    mark: Mark
    text: str
    fix: str = ""
    values: dict[str, Any] = {}

    def in_english(self) -> tuple[str, str]:
        return _filled(self.text, self.values), _filled(self.fix, self.values)

    def of(self, whose: str) -> Finding:
        """The same in English, with whose it is before it."""
        text, fix = self.in_english()
        return Finding(self.mark, f"{whose}: {text}", fix)


def fine(text: str) -> list[Finding]:
    return [Finding("fine", text)]


def hint(text: str, fix: str) -> list[Finding]:
    return [Finding("hint", text, fix)]


def wrong(text: str, fix: str) -> list[Finding]:
    return [Finding("wrong", text, fix)]


def _filled(text: str, values: dict[str, Any]) -> str:
    return text.format(**values) if values else text
