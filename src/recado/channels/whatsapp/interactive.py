"""Messages to tap: `content["interactive"]`, by its `type`.

    button        buttons: [{id, title}] (3)
    list          button (a label), sections: [{title, rows: [{id, title, description}]}] (10)
    cta_url       label, url
    flow          label, flow_id or flow_name, token, mode, screen, data
    product       catalog_id, product_id
    product_list  catalog_id, sections: [{title, product_ids}] (30 products), header
    catalog       product_id (whose picture is shown; optional)

All may have `header` ({text} or {image|video|document: {id or link}}) and `footer` (a text). The
message's `text` is the body.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/messages, a page a type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recado.channels.port import OutboundMessage
from recado.channels.whatsapp.limits import at_most, required, unlike, within
from recado.errors import SendRejected

Body = dict[str, Any]
_HEADER_MEDIA = ("image", "video", "document")


def interactive(message: OutboundMessage) -> Body:
    """The `interactive` object of a request.

    Raises SendRejected: an unknown type, or one of WhatsApp's limits is broken.
    """
    given = required(message.content, "interactive", dict)
    kind = given.get("type")
    action = ACTIONS.get(kind) if isinstance(kind, str) else None
    if action is None:
        raise SendRejected(f"WhatsApp has no interactive messages of type {kind}")
    body: Body = {"type": "catalog_message" if kind == "catalog" else kind}
    if given.get("header"):
        if kind in ("product", "catalog"):
            raise SendRejected(f"A message of type {kind} has no header")
        body["header"] = _header(given["header"], only_text=kind in ("list", "product_list"))
    elif kind == "product_list":
        raise SendRejected("A product list needs a header")
    if message.text or kind != "product":
        body["body"] = {"text": within(4096 if kind == "list" else 1024, message.text, "The text")}
    if given.get("footer"):
        body["footer"] = {"text": within(60, given["footer"], "The footer")}
    return body | {"action": action(given)}


def _header(header: Any, *, only_text: bool) -> Body:
    if not isinstance(header, dict):
        raise SendRejected("A header is an object with a text or a file")
    if "text" in header:
        return {"type": "text", "text": within(60, header["text"], "The header")}
    for kind in _HEADER_MEDIA:
        file = header.get(kind)
        if isinstance(file, dict) and not only_text:
            link = file.get("link") or file.get("url")
            if not file.get("id") and not link:
                raise SendRejected("The header's file needs an id or a link")
            source = {"id": str(file["id"])} if file.get("id") else {"link": link}
            if kind == "document" and file.get("filename"):
                source["filename"] = file["filename"]
            return {"type": kind, kind: source}
    raise SendRejected("This message's header must be a text" if only_text else "An unknown header")


def _buttons(given: Body) -> Body:
    buttons = at_most(3, _objects(given, "buttons"), "buttons")
    replies = [
        {
            "id": within(256, button.get("id"), "A button's id").strip(),
            "title": within(20, button.get("title"), "A button's title").strip(),
        }
        for button in buttons
    ]
    unlike([reply["id"] for reply in replies], "button ids")
    unlike([reply["title"] for reply in replies], "button titles")
    return {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}


def _list(given: Body) -> Body:
    sections = at_most(10, _objects(given, "sections"), "sections")
    built = [_section(section, len(sections) > 1) for section in sections]
    rows = at_most(10, [row for section in built for row in section["rows"]], "rows in the list")
    unlike([row["id"] for row in rows], "row ids")
    return {"button": within(20, given.get("button"), "The list's button"), "sections": built}


def _section(section: Body, needs_title: bool) -> Body:
    rows = []
    for row in at_most(10, _objects(section, "rows"), "rows in a section"):
        built = {
            "id": within(200, row.get("id"), "A row's id"),
            "title": within(24, row.get("title"), "A row's title"),
        }
        if row.get("description"):
            built["description"] = within(72, row["description"], "A row's description")
        rows.append(built)
    return {**_title(section, needs_title), "rows": rows}


def _title(section: Body, needed: bool) -> Body:
    if not section.get("title") and not needed:
        return {}
    return {"title": within(24, section.get("title"), "A section's title")}


def _cta_url(given: Body) -> Body:
    url = within(2000, given.get("url"), "The link")
    if not url.startswith(("http://", "https://")):
        raise SendRejected("The link must start with http:// or https://")
    label = within(20, given.get("label"), "The link's label")
    return {"name": "cta_url", "parameters": {"display_text": label, "url": url}}


def _flow(given: Body) -> Body:
    parameters: Body = {
        "flow_message_version": "3",
        "flow_cta": within(30, given.get("label"), "The flow's label"),
    }
    name = "flow_id" if given.get("flow_id") else "flow_name"
    parameters[name] = within(512, given.get(name), "The flow's id or name")
    if given.get("token"):
        parameters["flow_token"] = given["token"]
    if given.get("mode"):
        parameters["mode"] = given["mode"]
    if given.get("screen"):
        payload = {"screen": given["screen"]}
        payload |= {"data": given["data"]} if given.get("data") else {}
        parameters |= {"flow_action": "navigate", "flow_action_payload": payload}
    return {"name": "flow", "parameters": parameters}


def _product(given: Body) -> Body:
    return {
        "catalog_id": within(256, given.get("catalog_id"), "The catalogue's id"),
        "product_retailer_id": within(256, given.get("product_id"), "The product's id"),
    }


def _product_list(given: Body) -> Body:
    sections = at_most(10, _objects(given, "sections"), "sections")
    products = [required(section, "product_ids", list) for section in sections]
    at_most(30, [product for section in products for product in section], "products")
    return {
        "catalog_id": within(256, given.get("catalog_id"), "The catalogue's id"),
        "sections": [
            {
                **_title(section, len(sections) > 1),
                "product_items": [{"product_retailer_id": str(id)} for id in ids],
            }
            for section, ids in zip(sections, products, strict=True)
        ],
    }


def _catalog(given: Body) -> Body:
    action: Body = {"name": "catalog_message"}
    if given.get("product_id"):
        action["parameters"] = {"thumbnail_product_retailer_id": given["product_id"]}
    return action


def _objects(given: Body, key: str) -> list[Body]:
    found = required(given, key, list)
    if not all(isinstance(item, dict) for item in found):
        raise SendRejected(f"`{key}` must be a list of objects")
    return found


ACTIONS: dict[str, Callable[[Body], Body]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _cta_url,
    "flow": _flow,
    "product": _product,
    "product_list": _product_list,
    "catalog": _catalog,
}
