"""Messages to tap: `content["interactive"]`, by its `type`.

    button        buttons: [{id, title}] (3)
    list          button (a label), sections: [{title, rows: [{id, title, description}]}] (10)
    cta_url       label, url
    flow          label, flow_id or flow_name, token, mode, action ("navigate" with screen and
                  data, or "data_exchange")
    product       catalog_id, product_id
    product_list  catalog_id, sections: [{title, product_ids}] (30 products), header
    catalog       product_id (whose picture is shown; optional)
    location_request  (asks the person for their location)
    voice_call    label, ttl_minutes, payload (a button that calls the business; all optional)
    call_permission_request  (asks whether the business may call)
    address       country, values, saved_addresses, validation_errors (India, Singapore)
    carousel      cards: [{image or video, text, label and url, or buttons}] (2 to 10)
    request_contact_info  (asks the person for their phone number)
    order_details, order_status  (orders.py)

All may have `header` ({text} or {image|video|document: {id or link}}) and `footer` (a text). The
message's `text` is the body.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/messages, a page a type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recado.channels.messages import OutboundMessage
from recado.channels.whatsapp.limits import (
    at_most,
    linked,
    one_of,
    required,
    unlike,
    within,
    without_emoji,
)
from recado.channels.whatsapp.orders import order_details, order_status
from recado.errors import SendRejected

Body = dict[str, Any]
#: In a card's text.
MOST_BREAKS = 2
#: Where WhatsApp knows what an address is made of.
ADDRESS_COUNTRIES = ("IN", "SG")
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
    body: Body = {"type": VENDOR_TYPES.get(str(kind), kind)}
    if given.get("header"):
        if kind in HEADERLESS:
            raise SendRejected(f"A message of type {kind} has no header")
        body["header"] = _header(given["header"], only_text=kind in ("list", "product_list"))
    elif kind == "product_list":
        raise SendRejected("A product list needs a header")
    if message.text or kind != "product":
        body["body"] = {"text": within("text" if kind == "list" else "body", message.text)}
    if given.get("footer"):
        if kind in FOOTERLESS:
            raise SendRejected(f"A message of type {kind} has no footer")
        body["footer"] = {"text": within("footer", given["footer"])}
    return body | {"action": action(given)}


def _header(header: Any, *, only_text: bool) -> Body:
    if not isinstance(header, dict):
        raise SendRejected("A header is an object with a text or a file")
    given = [kind for kind in ("text", *_HEADER_MEDIA) if header.get(kind) is not None]
    if given and given != [header.get("type", given[0])]:
        raise SendRejected("A header is one text or one file, of its type (interactive.header)")
    if "text" in header:
        return {"type": "text", "text": within("header", header["text"])}
    for kind in _HEADER_MEDIA:
        file = header.get(kind)
        if isinstance(file, dict) and not only_text:
            link = file.get("link") or file.get("url")
            if not file.get("id") and not link:
                raise SendRejected("The header's file needs an id or a link")
            by_id = {"id": str(file["id"])} if file.get("id") else None
            source = by_id or {"link": linked("header link", link)}
            if kind == "document" and file.get("filename"):
                source["filename"] = file["filename"]
            return {"type": kind, kind: source}
    raise SendRejected("This message's header must be a text" if only_text else "An unknown header")


def _buttons(given: Body) -> Body:
    buttons = at_most("buttons", _objects(given, "buttons"))
    replies = [
        {
            "id": within("button id", button.get("id")).strip(),
            "title": within("button title", button.get("title")).strip(),
        }
        for button in buttons
    ]
    unlike([reply["id"] for reply in replies], "button ids")
    unlike([reply["title"] for reply in replies], "button titles")
    return {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}


def _list(given: Body) -> Body:
    sections = at_most("sections", _objects(given, "sections"))
    built = [_section(section, len(sections) > 1) for section in sections]
    rows = at_most("rows", [row for section in built for row in section["rows"]])
    unlike([row["id"] for row in rows], "row ids")
    return {"button": within("list button", given.get("button")), "sections": built}


def _section(section: Body, needs_title: bool) -> Body:
    rows = []
    for row in at_most("section rows", _objects(section, "rows")):
        built = {
            "id": within("row id", row.get("id")),
            "title": within("row title", row.get("title")),
        }
        if row.get("description"):
            built["description"] = within("row description", row["description"])
        rows.append(built)
    return {**_title(section, needs_title), "rows": rows}


def _title(section: Body, needed: bool) -> Body:
    if not section.get("title") and not needed:
        return {}
    return {"title": within("section title", section.get("title"))}


def _cta_url(given: Body) -> Body:
    url = linked("link", given.get("url"))
    label = within("link label", given.get("label"))
    return {"name": "cta_url", "parameters": {"display_text": label, "url": url}}


def _flow(given: Body) -> Body:
    parameters: Body = {
        "flow_message_version": "3",
        "flow_cta": without_emoji("flow label", given.get("label")),
    }
    if given.get("flow_id") and given.get("flow_name"):
        raise SendRejected("A flow has an id or a name: interactive.flow_id or flow_name, not both")
    name = "flow_id" if given.get("flow_id") else "flow_name"
    parameters[name] = within("flow", given.get(name))
    if given.get("token"):
        parameters["flow_token"] = within("flow token", given["token"])
    if given.get("mode"):
        parameters["mode"] = one_of(("draft", "published"), given["mode"], "interactive.mode")
    return {"name": "flow", "parameters": parameters | _flow_action(given)}


def _flow_action(given: Body) -> Body:
    """How the form begins: with a screen that is named here, or by asking the business's endpoint.

    Source: developers.facebook.com/docs/whatsapp/flows/guides/sendingaflow
    """
    action = given.get("action") or ("navigate" if given.get("screen") else None)
    if action is None:
        if given.get("data"):
            raise SendRejected("interactive.data needs its screen (interactive.screen)")
        return {}
    one_of(("navigate", "data_exchange"), action, "interactive.action")
    if action == "data_exchange":
        if given.get("screen") or given.get("data"):
            raise SendRejected(
                "With data_exchange your endpoint names the first screen: leave out"
                " interactive.screen and interactive.data"
            )
        return {"flow_action": action}
    if not given.get("screen"):
        raise SendRejected("A flow that navigates needs its first screen (interactive.screen)")
    payload = {"screen": given["screen"]}
    payload |= {"data": given["data"]} if given.get("data") else {}
    return {"flow_action": action, "flow_action_payload": payload}


def _product(given: Body) -> Body:
    return {
        "catalog_id": within("catalogue id", given.get("catalog_id")),
        "product_retailer_id": within("product id", given.get("product_id")),
    }


def _product_list(given: Body) -> Body:
    sections = at_most("sections", _objects(given, "sections"))
    products = [required(section, "product_ids", list) for section in sections]
    for section in products:
        at_most("products", section)
        for product in section:
            within("product id", str(product))
    at_most("products", [product for section in products for product in section])
    return {
        "catalog_id": within("catalogue id", given.get("catalog_id")),
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


def _location_request(given: Body) -> Body:
    return {"name": "send_location"}


def _voice_call(given: Body) -> Body:
    parameters: Body = {}
    if given.get("label"):
        parameters["display_text"] = within("call label", given["label"])
    minutes = given.get("ttl_minutes")
    if minutes is not None:
        if not isinstance(minutes, int) or not 1 <= minutes <= 43200:
            raise SendRejected("A call button lives for 1 to 43,200 minutes")
        parameters["ttl_minutes"] = minutes
    if given.get("payload"):
        parameters["payload"] = within("call payload", given["payload"])
    return {"name": "voice_call"} | ({"parameters": parameters} if parameters else {})


def _call_permission(given: Body) -> Body:
    return {"name": "call_permission_request"}


def _request_contact_info(given: Body) -> Body:
    """Source: …/whatsapp/business-scoped-user-ids; the button's words are WhatsApp's own."""
    return {"name": "request_contact_info"}


def _address(given: Body) -> Body:
    country = within("country", given.get("country"))
    parameters: Body = {"country": one_of(ADDRESS_COUNTRIES, country, "interactive.country")}
    for key in ("values", "saved_addresses", "validation_errors"):
        if given.get(key):
            parameters[key] = given[key]
    return {"name": "address_message", "parameters": parameters}


def _carousel(given: Body) -> Body:
    cards = at_most("cards", _objects(given, "cards"))
    if len(cards) < 2:
        raise SendRejected("A carousel needs at least two cards")
    built = [_card(card, index) for index, card in enumerate(cards)]
    kinds = {(it["header"]["type"], *_buttons_of(it["action"])) for it in built}
    if len(kinds) > 1:
        raise SendRejected("All cards of a carousel need the same kind of file and of buttons")
    return {"cards": built}


def _card(card: Body, index: int) -> Body:
    if card.get("url") and card.get("buttons"):
        raise SendRejected("A card has a link or buttons, not both (interactive.cards[])")
    built: Body = {
        "card_index": index,
        "type": "cta_url" if card.get("url") else "quick_reply",
        "header": _header(
            {kind: card[kind] for kind in ("image", "video") if kind in card}, only_text=False
        ),
    }
    if card.get("text"):
        text = within("card text", card["text"])
        if text.strip().count("\n") > MOST_BREAKS:
            raise SendRejected(
                f"A card's text has more than {MOST_BREAKS} line breaks (interactive.cards[].text)"
            )
        built["body"] = {"text": text}
    built["action"] = _cta_url(card) if card.get("url") else _card_replies(card)
    return built


def _card_replies(card: Body) -> Body:
    replies = [button["reply"] for button in _buttons(card)["buttons"]]
    return {"buttons": [{"type": "quick_reply", "quick_reply": reply} for reply in replies]}


def _buttons_of(action: Body) -> tuple[str, int]:
    return str(action.get("name", "")), len(action.get("buttons", ()))


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
    "location_request": _location_request,
    "voice_call": _voice_call,
    "call_permission_request": _call_permission,
    "address": _address,
    "carousel": _carousel,
    "request_contact_info": _request_contact_info,
    "order_details": order_details,
    "order_status": order_status,
}
#: What Meta calls them, where it is not the same.
VENDOR_TYPES = {
    "catalog": "catalog_message",
    "location_request": "location_request_message",
    "address": "address_message",
}
HEADERLESS = {
    *("product", "catalog", "location_request", "voice_call"),
    *("call_permission_request", "carousel", "request_contact_info", "order_status"),
}
FOOTERLESS = {
    *("location_request", "voice_call", "call_permission_request", "carousel"),
    "request_contact_info",
}
