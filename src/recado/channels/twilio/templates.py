"""Twilio's content templates as Recado lists them: in Meta's form, which numbers the variables anew
in each part.

Source: www.twilio.com/docs/content/content-api-resources
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

from recado.channels.port import TemplateInfo
from recado.channels.twilio.parts import VARIABLE, Approval, TwilioContent, parts_of, variables_in
from recado.channels.twilio.rich import OURS

Component = dict[str, Any]
Status = Literal["approved", "pending", "rejected", "paused", "disabled", "unknown"]
Category = Literal["marketing", "utility", "authentication", ""]

_STATUSES: dict[str, Status] = {"received": "pending", "unsubmitted": "unknown"}
_VIDEOS = (".mp4", ".3gp")


def info_of(content: TwilioContent) -> TemplateInfo | None:
    """As the port has it; None for the contents that we made for single messages."""
    approval = content.approval_requests or Approval()
    name = approval.name or content.friendly_name or content.sid
    if name.startswith(OURS):
        return None
    word = (approval.status or "unsubmitted").lower()
    category = (approval.category or "").lower()
    known = word in get_args(Status)
    reason = approval.rejection_reason or ""
    if word == "unsubmitted":
        reason = "Not submitted to WhatsApp for approval."
    return TemplateInfo(
        provider_id=content.sid,
        name=name,
        language=content.language or "",
        category=category if category in get_args(Category) else "",  # type: ignore[arg-type]
        status=word if known else _STATUSES.get(word, "unknown"),  # type: ignore[arg-type]
        components=components_of(content),
        reason=reason,
    )


def components_of(content: TwilioContent) -> list[Component]:
    """The content's parts as Meta's components: header, body, footer, buttons."""
    parts = parts_of(content)
    samples = content.variables or {}
    if parts.authentication:
        return [{"type": "BODY", "text": "{{1}}"}]
    found: list[Component] = []
    if VARIABLE.search(parts.media):
        # A file that the content brings itself is nothing to be filled in.
        found.append({"type": "HEADER", "format": _format_of(parts.media, samples)})
    elif parts.header:
        found.append({"type": "HEADER", "format": "TEXT", "text": _renumbered(parts.header)})
    if parts.body:
        examples = [str(samples.get(name, "")) for name in variables_in(parts.body)]
        example = {"example": {"body_text": [examples]}} if any(examples) else {}
        found.append({"type": "BODY", "text": _renumbered(parts.body), **example})
    if parts.footer:
        found.append({"type": "FOOTER", "text": parts.footer})
    if parts.buttons:
        found.append({"type": "BUTTONS", "buttons": [_button(it) for it in parts.buttons]})
    return found


def find(contents: Iterable[TwilioContent], name: str, language: str) -> TwilioContent | None:
    """The content of that name and language; `es` also stands for `es_MX` where it is the only."""
    named = [content for content in contents if name in content.names]
    wanted = _normal(language)
    for content in named:
        if _normal(content.language or "") == wanted:
            return content
    same = [it for it in named if _normal(it.language or "")[:2] == wanted[:2]]
    return same[0] if len(same) == 1 else None


def language_of(template: dict[str, Any]) -> str:
    language = template.get("language")
    code = language.get("code") if isinstance(language, dict) else language
    return str(code or "")


def _renumbered(text: str) -> str:
    """With numbers from 1, in the order of the old ones; names stay."""
    numbers = [name for name in variables_in(text) if name.isdecimal()]
    fresh = {old: str(new) for new, old in enumerate(numbers, 1)}
    return VARIABLE.sub(lambda it: f"{{{{{fresh.get(it[1], it[1])}}}}}", text)


def _button(action: dict[str, Any]) -> Component:
    kind = str(action.get("type") or "QUICK_REPLY").upper()
    button: Component = {"type": kind, "text": str(action.get("title") or "")}
    if kind == "URL":
        button["url"] = _renumbered(str(action.get("url") or ""))
    elif kind == "PHONE_NUMBER":
        button["phone_number"] = str(action.get("phone") or "")
    return button


def _format_of(link: str, samples: dict[str, Any]) -> str:
    shown = VARIABLE.sub(lambda it: str(samples.get(it[1], "")), link)
    path = shown.lower().partition("?")[0]
    if path.endswith(_VIDEOS):
        return "VIDEO"
    return "DOCUMENT" if path.endswith(".pdf") else "IMAGE"


def _normal(language: str) -> str:
    return language.replace("-", "_").lower()
