"""Messages to tap, as Evolution takes them; `content["interactive"]` is as in
channels/whatsapp/interactive.py: of its types, button, list and cta_url.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recado.channels.evolution.lenient import Json, filled, obj
from recado.channels.evolution.requests import BUSINESS, Context, Request, link_of, refuse_on
from recado.channels.messages import OutboundMessage
from recado.channels.whatsapp.limits import at_most, required, unlike, within
from recado.errors import SendRejected


def interactive(message: OutboundMessage, context: Context) -> Request:
    """Raises SendRejected: an unknown type, or a limit is broken."""
    given = required(message.content, "interactive", dict)
    kind = given.get("type")
    builder = ACTIONS.get(kind) if isinstance(kind, str) else None
    if builder is None:
        raise SendRejected(f"Evolution API has no interactive messages of type {kind}")
    header = obj(given.get("header"))
    if header and "text" not in header:
        raise SendRejected("Evolution API takes no picture or file above buttons: send it apart")
    return builder(message, given, context)


def _buttons(message: OutboundMessage, given: Json, context: Context) -> Request:
    buttons = at_most("buttons", _objects(given, "buttons"))
    replies = [
        {
            "type": "reply",
            "id": within("button id", button.get("id")),
            "displayText": within("button title", button.get("title")),
        }
        for button in buttons
    ]
    unlike([reply["id"] for reply in replies], "button ids")
    unlike([reply["displayText"] for reply in replies], "button titles")
    return Request("sendButtons", _framed(message, given, context) | {"buttons": replies})


def _link_button(message: OutboundMessage, given: Json, context: Context) -> Request:
    refuse_on(BUSINESS, context, "link buttons")
    button = {
        "type": "url",
        "displayText": within("link label", given.get("label")),
        "url": link_of({"link": given.get("url")}),
    }
    return Request("sendButtons", _framed(message, given, context) | {"buttons": [button]})


def _framed(message: OutboundMessage, given: Json, context: Context) -> Json:
    """Evolution draws the title in bold above the description; on the Cloud API it sends the title
    alone, so there all the text is the title."""
    body = within("body", message.text)
    header = _optional("header", obj(given.get("header")).get("text"))
    if context.integration == BUSINESS:
        return {"title": f"*{header}*\n\n{body}" if header else body}
    framed = {"title": header, "description": body} if header else {"title": body}
    return framed | filled(footer=_optional("footer", given.get("footer")))


def _optional(limit: str, value: Any) -> str:
    return within(limit, value) if value else ""


def _list(message: OutboundMessage, given: Json, context: Context) -> Request:
    header = _optional("header", obj(given.get("header")).get("text"))
    footer = _optional("footer", given.get("footer"))
    if context.integration == BUSINESS and not (header and footer):
        raise SendRejected(
            "On an instance with WHATSAPP-BUSINESS a list needs a header and a footer. A WhatsApp"
            " line of its own needs neither."
        )
    sections = at_most("sections", _objects(given, "sections"))
    label = within("list button", given.get("button"))
    titles = [_optional("section title", it.get("title")) or label for it in sections]
    rows = [_rows(it) for it in sections]
    every = at_most("rows", [row for some in rows for row in some])
    unlike([row["rowId"] for row in every], "row ids")
    return Request(
        "sendList",
        {
            "title": header,
            "description": within("text", message.text),
            "buttonText": label,
            "footerText": footer,
            "sections": [{"title": t, "rows": r} for t, r in zip(titles, rows, strict=True)],
        },
    )


def _rows(section: Json) -> list[Json]:
    return [
        {
            "rowId": within("row id", row.get("id")),
            "title": within("row title", row.get("title")),
            **filled(description=_optional("row description", row.get("description"))),
        }
        for row in _objects(section, "rows")
    ]


def _objects(given: Json, key: str) -> list[Json]:
    found = required(given, key, list)
    if not all(isinstance(item, dict) for item in found):
        raise SendRejected(f"`{key}` must be a list of objects")
    return found


ACTIONS: dict[str, Callable[[OutboundMessage, Json, Context], Request]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link_button,
}
