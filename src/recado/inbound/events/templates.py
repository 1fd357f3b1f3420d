"""Reports about message templates: their rows say it at once, not with the next synchronisation.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference, its
pages message_template_status_update, …_quality_update, …_components_update and
template_category_update.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, or_, update

from recado.inbound.events.news import News, as_text, pick
from recado.store import Tx
from recado.templates.model import Template

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


def status(tx: Tx, news: News) -> None:
    found = _STATUSES.get(as_text(news.value.get("event")).upper())
    if found is None:
        return
    reason = _reason(news) if found != "approved" else ""
    values: dict[str, Any] = {"status": found, "reason": reason}
    category = as_text(news.value.get("message_template_category")).lower()
    if category in _CATEGORIES:
        values["category"] = category
    _update(tx, news, values)


def quality(tx: Tx, news: News) -> None:
    score = as_text(news.value.get("new_quality_score"))
    if score:
        _update(tx, news, {"quality": score.lower()})


def category(tx: Tx, news: News) -> None:
    """A change that is announced for tomorrow (`correct_category`) has not happened yet."""
    found = as_text(news.value.get("new_category")).lower()
    if found in _CATEGORIES and not news.value.get("correct_category"):
        _update(tx, news, {"category": found})


def components(tx: Tx, news: News) -> None:
    """The webhook has the texts in words of its own; here they are in the form of a template."""
    body = _body(news.value.get("message_template_element"))
    if not body:
        return
    made: list[dict[str, Any]] = []
    header = as_text(news.value.get("message_template_title"))
    if header:
        made.append({"type": "HEADER", "format": "TEXT", "text": header})
    made.append({"type": "BODY", "text": body})
    footer = as_text(news.value.get("message_template_footer"))
    if footer:
        made.append({"type": "FOOTER", "text": footer})
    buttons = [_button(item) for item in news.items("message_template_buttons")]
    if buttons:
        made.append({"type": "BUTTONS", "buttons": buttons})
    _update(tx, news, {"components": made})


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


def _reason(news: News) -> str:
    given = as_text(news.value.get("reason"))
    why = [
        "" if given == "NONE" else given,
        *pick(news.value.get("rejection_info"), r="reason", s="recommendation").values(),
        *pick(news.value.get("other_info"), t="title", d="description").values(),
    ]
    return ": ".join(part for part in why if part)[:500]


def _update(tx: Tx, news: News, values: dict[str, Any]) -> None:
    provider_id = as_text(news.value.get("message_template_id"))
    name = as_text(news.value.get("message_template_name"))
    # The webhook writes en-US where the list of templates has en_US.
    language = as_text(news.value.get("message_template_language"))
    written = {language, language.replace("-", "_")}
    by_name = and_(Template.name == name, Template.language.in_(sorted(written)))
    named = or_(Template.provider_id == provider_id, by_name) if provider_id else by_name
    lines = [line.id for line in news.lines]
    tx.execute(update(Template).where(Template.line_id.in_(lines), named).values(**values))
