"""A tool's secret, taken out of whatever comes back or goes wrong: no prompt, answer, ledger or log
has it, though the other side may say it."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

INSTEAD = "•••"
#: Shorter ones would hit words that say nothing.
_SHORTEST = 4


def spellings(secret: str) -> tuple[str, ...]:
    """How a secret may stand in what another side says, the longest first."""
    if len(secret) < _SHORTEST:
        return ()
    encoded = base64.b64encode(secret.encode()).decode()
    found = {secret, quote(secret, safe=""), quote(secret), encoded, encoded.rstrip("=")}
    if ":" in secret:  # name and password of Basic
        found |= {part for part in secret.split(":", 1) if len(part) >= 2 * _SHORTEST}
    return tuple(sorted(found, key=len, reverse=True))


def without(value: Any, hidden: tuple[str, ...]) -> Any:
    """The value with every spelling replaced, in texts, lists and objects (their names, too)."""
    if not hidden:
        return value
    if isinstance(value, str):
        for spelling in hidden:
            value = value.replace(spelling, INSTEAD)
        return value
    if isinstance(value, dict):
        return {without(key, hidden): without(it, hidden) for key, it in value.items()}
    if isinstance(value, list):
        return [without(item, hidden) for item in value]
    return value
