"""Messages to tap, as contents of Twilio's Content API.

Twilio sends buttons, lists and links only as contents. Within the 24 hours a content needs no
approval by WhatsApp, so one is made for the message and used again for the same words.
Source: www.twilio.com/docs/content/twilio-quick-reply, …/twiliolist-picker,
…/twilio-call-to-action, …/twiliocard
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from recado.channels.messages import OutboundMessage
from recado.channels.twilio.send import link_of, public_link
from recado.channels.whatsapp.interactive import ACTIONS as METAS_ACTIONS
from recado.channels.whatsapp.limits import required, within
from recado.errors import SendRejected

Body = dict[str, Any]

#: Contents that we made ourselves; they are no templates.
OURS = "recado_"


def content_for(message: OutboundMessage) -> Body:
    """What POST /v1/Content takes. The same message always gives the same content.

    Raises SendRejected: a kind that Twilio has only as a template, or a limit is broken.
    """
    given = required(message.content, "interactive", dict)
    kind = given.get("type")
    maker = KINDS.get(kind) if isinstance(kind, str) else None
    if maker is None:
        raise SendRejected(
            f"Twilio sends no interactive messages of type {kind}: make a template of it in the "
            "Content Template Builder and send that"
        )
    # Meta's checks of ids, titles and lengths are WhatsApp's, whoever hands the message on.
    action = METAS_ACTIONS[str(kind)](given)
    types = maker(action, given, message)
    digest = hashlib.sha256(msgspec.json.encode(types, order="deterministic")).hexdigest()
    return {"friendly_name": f"{OURS}{digest[:16]}", "language": "en", "types": types}


def _buttons(action: Body, given: Body, message: OutboundMessage) -> Body:
    replies = [button["reply"] for button in action["buttons"]]
    actions = [
        {"type": "QUICK_REPLY", "title": _plain(reply["title"]), "id": _plain(reply["id"])}
        for reply in replies
    ]
    card = _card(given, message, actions)
    return card or {"twilio/quick-reply": {"body": _body(given, message), "actions": actions}}


def _list(action: Body, given: Body, message: OutboundMessage) -> Body:
    """Twilio's lists have no sections: the rows follow one another."""
    rows = [row for section in action["sections"] for row in section["rows"]]
    items = [
        {
            "item": _plain(row["title"]),
            "id": _plain(row["id"]),
            **({"description": _plain(row["description"])} if row.get("description") else {}),
        }
        for row in rows
    ]
    picker = {"body": _body(given, message), "button": _plain(action["button"]), "items": items}
    return {"twilio/list-picker": picker}


def _cta_url(action: Body, given: Body, message: OutboundMessage) -> Body:
    link = action["parameters"]
    actions = [{"type": "URL", "title": _plain(link["display_text"]), "url": _plain(link["url"])}]
    card = _card(given, message, actions)
    return card or {"twilio/call-to-action": {"body": _body(given, message), "actions": actions}}


def _card(given: Body, message: OutboundMessage, actions: list[Body]) -> Body | None:
    """A header with a file needs a card; None when there is no such header."""
    header = given.get("header")
    file = None
    if isinstance(header, dict):
        file = next((header[k] for k in ("image", "video", "document") if k in header), None)
    if file is None:
        return None
    link = (file.get("link") or file.get("url")) if isinstance(file, dict) else None
    if message.file is not None:
        link = link_of(message)
    card: Body = {
        "title": _plain(within("body", message.text)),
        "media": [public_link(link, "The header's file")],
        "actions": actions,
    }
    if given.get("footer"):
        card["subtitle"] = _plain(within("footer", given["footer"]))
    return {"twilio/card": card}


def _body(given: Body, message: OutboundMessage) -> str:
    """Header, text and footer in one: these contents have no place for the other two."""
    text = within("body", message.text)
    header = given.get("header")
    if isinstance(header, dict) and header.get("text"):
        text = f"*{within('header', header['text'])}*\n\n{text}"
    elif header:
        raise SendRejected("This message's header must be a text")
    if given.get("footer"):
        text = f"{text}\n\n_{within('footer', given['footer'])}_"
    return within("body with header and footer", _plain(text))


def _plain(text: str) -> str:
    """Double braces would be variables."""
    return text.replace("{{", "{ {").replace("}}", "} }")


KINDS: dict[str, Callable[[Body, Body, OutboundMessage], Body]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _cta_url,
}
