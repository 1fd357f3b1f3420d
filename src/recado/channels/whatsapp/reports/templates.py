"""Reports about message templates: their rows say it at once, not with the next synchronisation.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference, its
pages message_template_status_update, …_quality_update, …_components_update and
template_category_update.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recado.channels.reports import Report, TemplateChange
from recado.channels.whatsapp.reports.value import Value, as_text, pick

#: Meta's event → the template's status. Others leave it as it is: FLAGGED is still sent.
_STATUSES = {
    "APPROVED": "approved",
    "REINSTATED": "approved",
    "UNPAUSED": "approved",
    "UNARCHIVED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "LOCKED": "disabled",
    "ARCHIVED": "disabled",
    "PENDING_DELETION": "disabled",
    "DELETED": "disabled",
}
_LONGEST_BODY = 4096
_CATEGORIES = frozenset({"marketing", "utility", "authentication"})


def status(value: Value) -> Iterator[Report]:
    found = _STATUSES.get(as_text(value.get("event")).upper())
    if found is None:
        return
    reason = _reason(value) if found != "approved" else ""
    values: dict[str, Any] = {"status": found, "reason": reason}
    category = as_text(value.get("message_template_category")).lower()
    if category in _CATEGORIES:
        values["category"] = category
    yield _change(value, values)


def quality(value: Value) -> Iterator[Report]:
    score = as_text(value.get("new_quality_score"))
    if score:
        yield _change(value, {"quality": score.lower()})


def category(value: Value) -> Iterator[Report]:
    """A change that is announced for tomorrow (`correct_category`) has not happened yet."""
    found = as_text(value.get("new_category")).lower()
    if found in _CATEGORIES and not value.get("correct_category"):
        yield _change(value, {"category": found})


def components(value: Value) -> Iterator[Report]:
    """The webhook has the texts in words of its own; here they are in the form of a template."""
    body = _body(value.get("message_template_element"))
    if not body:
        return
    made: list[dict[str, Any]] = []
    header = as_text(value.get("message_template_title"))
    if header:
        made.append({"type": "HEADER", "format": "TEXT", "text": header})
    made.append({"type": "BODY", "text": body})
    footer = as_text(value.get("message_template_footer"))
    if footer:
        made.append({"type": "FOOTER", "text": footer})
    buttons = [_button(item) for item in value.items_of("message_template_buttons")]
    if buttons:
        made.append({"type": "BUTTONS", "buttons": buttons})
    yield _change(value, {"components": made})


def _body(value: Any) -> str:
    return value[:_LONGEST_BODY] if isinstance(value, str) else ""


def _button(item: dict[str, Any]) -> dict[str, str]:
    return pick(
        item,
        type="message_template_button_type",
        text="message_template_button_text",
        url="message_template_button_url",
        phone_number="message_template_button_phone_number",
    )


def _reason(value: Value) -> str:
    given = as_text(value.get("reason"))
    why = [
        "" if given == "NONE" else given,
        *pick(value.get("rejection_info"), r="reason", s="recommendation").values(),
        *pick(value.get("other_info"), t="title", d="description").values(),
    ]
    return ": ".join(part for part in why if part)[:500]


def _change(value: Value, values: dict[str, Any]) -> TemplateChange:
    # The webhook writes en-US where the list of templates has en_US.
    language = as_text(value.get("message_template_language"))
    return TemplateChange(
        as_text(value.get("message_template_id")),
        as_text(value.get("message_template_name")),
        sorted({language, language.replace("-", "_")}),
        values,
    )
