"""How a message may go: freely, as a template, or not before the contact writes again.

Where a channel has a window, a business writes freely for 24 hours after the customer's last
message; outside it only approved templates go. The 72 free hours after a click-to-WhatsApp ad
change what a message costs, not what may be sent.
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
(customer service windows) and …/whatsapp/pricing (free entry point windows).

A line's rule (`settings["outside_window"]`) names the template that stands in:

    {"template": "answer", "language": "contact", "parameters": ["{{name}}", "{{text}}"]}

A rule that uses {{text}} carries the message itself. Any other is an invitation to write: it goes
once, and the message is held until the contact does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, overload

from sqlalchemy import BindParameter, ColumnElement, Row, func, select
from sqlalchemy.orm import InstrumentedAttribute

from recado.channels.port import Line
from recado.conversations.asked import has_stopped_marketing, is_marketing
from recado.conversations.contacts import recipient_of
from recado.conversations.model import Contact, Conversation, Message
from recado.conversations.queries import WINDOW_SECONDS
from recado.errors import NotFound, Unprocessable
from recado.store import Tx
from recado.templates.catalogue import compose
from recado.templates.one_line import one_line

#: `message.route` of what goes freely.
WINDOW_OPEN = {"as": "session", "why": "window_open"}
#: The name of the rule in a line's settings.
RULE = "outside_window"
TEXT, NAME = "{{text}}", "{{name}}"
_WORDS = re.compile(r"\{\{(?:text|name)\}\}")


@dataclass(frozen=True, slots=True)
class Route:
    """How a message goes, and what then stands in its row. `why` is a key for words:

    window_open       freely, inside the 24 hours
    chosen            somebody chose this template
    window_closed     more than 24 hours have passed: the rule's template, or held
    provider_window   the provider says so
    marketing_stopped  the person wants no marketing: held until they want it again
    rule_failed       the rule's template cannot be sent (`detail` says why): held
    """

    way: Literal["session", "template", "held"]
    why: str
    type: str
    text: str
    content: dict[str, Any]
    detail: str = ""
    #: A template that invites the contact to write: its text and content.
    invitation: tuple[str, dict[str, Any]] | None = None

    def record(self) -> dict[str, Any]:
        """`message.route`."""
        found: dict[str, Any] = {"as": self.way, "why": self.why}
        if self.way == "template" and isinstance(self.content.get("template"), dict):
            template = self.content["template"]
            found["template"] = {key: template.get(key) for key in ("name", "language", "category")}
        if self.detail:
            found["detail"] = self.detail
        return found


@overload
def in_window(last_inbound_at: float, moment: float) -> bool: ...


@overload
def in_window(
    last_inbound_at: InstrumentedAttribute[float | None], moment: BindParameter[float]
) -> ColumnElement[bool]: ...


def in_window(last_inbound_at: Any, moment: Any) -> Any:
    """Whether the contact has written in the 24 hours before `moment`; of columns, the condition
    that says so."""
    return moment < last_inbound_at + WINDOW_SECONDS


def choose_route(tx: Tx, line: Line, row: Row[Any], moment: float) -> Route:
    """How the message of `row` (with its conversation's `last_inbound_at`) goes at `moment`."""
    given = _as_written(row)
    if given.type == "template":
        chosen = replace(given, way="template", why="chosen")
        return _unless_stopped(tx, row, chosen)
    last, refused_at = row.last_inbound_at, _refused_at(row)
    is_open = last is not None and in_window(last, moment) and refused_at <= last
    # Of what goes by Direct Send, Meta makes a template itself: no window holds it back.
    if is_open or given.content.get("direct_send"):
        return given
    # It looks closed: look again, at all of the contact's conversations, with the writers of this
    # one kept waiting, so that nothing is held that a message just coming in would release.
    last = _last_inbound_at(tx, row)
    if last is not None and in_window(last, moment) and refused_at <= last:
        return given
    why = "provider_window" if refused_at > (last or 0.0) else "window_closed"
    held = replace(given, way="held", why=why)
    rule = line.settings.get(RULE)
    if not isinstance(rule, dict) or not rule.get("template") or given.type == "reaction":
        return held
    try:
        return _by_rule(tx, line, row, held, rule, last or 0.0)
    except (NotFound, Unprocessable) as error:
        return replace(held, why="rule_failed", detail=error.detail)


def _unless_stopped(tx: Tx, row: Row[Any], route: Route) -> Route:
    """Marketing does not go to whom has stopped it, since it was queued perhaps."""
    if is_marketing(route.content) and has_stopped_marketing(tx, row.contact_id):
        return replace(route, way="held", why="marketing_stopped")
    return route


def _by_rule(
    tx: Tx, line: Line, row: Row[Any], held: Route, rule: dict[str, Any], since: float
) -> Route:
    parameters = rule.get("parameters") or {}
    carries = _mentions(parameters, TEXT)
    if carries and (held.type != "text" or not held.text):
        raise Unprocessable("The rule's template carries texts only.")
    words = {TEXT: one_line(held.text), NAME: one_line(_name(tx, row.contact_id))}
    language = rule.get("language")
    asked = {"name": rule["template"], "parameters": _filled_in(parameters, words)}
    if language and language != "contact":
        asked["language"] = language
    text, content = compose(tx, line.id, asked, language=row.language)
    if not carries:
        invited = _was_invited(tx, row.conversation_id, since)
        if is_marketing(content) and has_stopped_marketing(tx, row.contact_id):
            return replace(held, why="marketing_stopped")
        return held if invited else replace(held, invitation=(text, content))
    if is_marketing(content) and has_stopped_marketing(tx, row.contact_id):
        return replace(held, why="marketing_stopped")
    original = {"type": held.type, "text": held.text, "content": held.content}
    return replace(
        held,
        way="template",
        type="template",
        text=text,
        content={**content, "original": original},
    )


def _as_written(row: Row[Any]) -> Route:
    """The message before a rule put it into a template."""
    content = row.content or {}
    original = content.get("original")
    if isinstance(original, dict):
        return Route("session", "window_open", **original)
    return Route("session", "window_open", row.type, row.text, content)


def _refused_at(row: Row[Any]) -> float:
    """When the provider last said that the window is closed."""
    route = row.route or {}
    return float(route.get("refused_at") or 0.0)


def _last_inbound_at(tx: Tx, row: Row[Any]) -> float | None:
    """Of all the contact's conversations on the line. Keeps their writers waiting."""
    of_contact = (
        Conversation.line_id == row.line_id,
        Conversation.contact_id == row.contact_id,
    )
    locked = tx.all(
        select(Conversation.last_inbound_at)
        .where(*of_contact)
        .order_by(Conversation.id)
        .with_for_update()
    )
    return max((it.last_inbound_at for it in locked if it.last_inbound_at), default=None)


def _was_invited(tx: Tx, conversation_id: str, since: float) -> bool:
    """Has the contact been asked to write since they last did?"""
    sent = tx.all(
        select(Message.content).where(
            Message.conversation_id == conversation_id,
            Message.type == "template",
            Message.direction == "outbound",
            Message.status != "failed",
            Message.created_at > since,
        )
    )
    return any((it.content or {}).get("invitation") for it in sent)


def _name(tx: Tx, contact_id: str) -> str:
    """What to call the contact: the name, else the address."""
    name = tx.scalar(select(func.trim(Contact.name)).where(Contact.id == contact_id))
    if name:
        return str(name)
    known = recipient_of(tx, contact_id)
    username = known.of("username")
    return f"@{username}" if username else known.of("phone") or "👋"


def _mentions(value: Any, word: str) -> bool:
    if isinstance(value, dict):
        return any(_mentions(item, word) for item in value.values())
    if isinstance(value, list):
        return any(_mentions(item, word) for item in value)
    return isinstance(value, str) and word in value


def _filled_in(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled_in(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_in(item, words) for item in value]
    if isinstance(value, str):
        return _WORDS.sub(lambda match: words[match[0]], value)
    return value
