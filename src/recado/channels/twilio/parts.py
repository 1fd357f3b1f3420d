"""The parts of a Twilio content, whichever of its types they stand in, and their variables.

Source: www.twilio.com/docs/content/content-types-overview, a page a type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,64})\s*\}\}")


class Approval(msgspec.Struct):
    name: str | None = None
    category: str | None = None
    status: str | None = None
    rejection_reason: str | None = None


class TwilioContent(msgspec.Struct):
    """An entry of GET /v1/ContentAndApprovals."""

    sid: str
    friendly_name: str | None = None
    language: str | None = None
    variables: dict[str, Any] | None = None
    types: dict[str, Any] | None = None
    approval_requests: Approval | None = None

    @property
    def names(self) -> set[str]:
        approval = self.approval_requests
        found = {self.friendly_name, approval.name if approval else None}
        return {name for name in found if name}


@dataclass(frozen=True, slots=True)
class Parts:
    """`media` is the link of the header's file. `buttons` are Twilio's actions. `authentication`:
    WhatsApp writes the text itself, around a code."""

    header: str = ""
    media: str = ""
    body: str = ""
    footer: str = ""
    buttons: list[dict[str, Any]] = field(default_factory=list)
    authentication: bool = False


def parts_of(content: TwilioContent) -> Parts:
    kinds = {name: kind for name, kind in (content.types or {}).items() if isinstance(kind, dict)}
    if not kinds:
        return Parts()
    # A content may have several types; the richest is the one that WhatsApp shows.
    name, kind = max(kinds.items(), key=lambda item: len(item[1]))
    if name == "whatsapp/authentication":
        return Parts(authentication=True)
    media = kind.get("media")
    actions = kind.get("actions")
    return Parts(
        header=_text(kind, "header_text"),
        media=str(media[0]) if isinstance(media, list) and media else "",
        body=_text(kind, "body") or _text(kind, "title"),
        footer=_text(kind, "footer") or _text(kind, "subtitle"),
        buttons=[a for a in actions if isinstance(a, dict)] if isinstance(actions, list) else [],
    )


def variables_in(text: str) -> list[str]:
    """The names of a text's variables, each once: numbers in their order, then the others."""
    names = dict.fromkeys(VARIABLE.findall(text))
    return sorted(names, key=lambda name: (0, int(name)) if name.isdecimal() else (1, 0))


def _text(kind: dict[str, Any], key: str) -> str:
    found = kind.get(key)
    return found if isinstance(found, str) else ""
