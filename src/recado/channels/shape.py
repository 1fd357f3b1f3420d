"""The keys that an outgoing message's `content` may have, and of what kind their values are: what
nobody reads is not dropped in silence and what is of another kind is not turned into text, it is
named.

How long a value may be, and which go together, is each channel's to say; `ANY` is handed on as the
vendor defines it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

ANY = None


class Leaf(NamedTuple):
    """A value: what it is in words, and as JSON has it."""

    says: str
    kinds: tuple[type, ...]


TEXT = Leaf("a text", (str,))
ID = Leaf("a text or a number", (str, int))
FLAG = Leaf("true or false", (bool,))
NUMBER = Leaf("a number", (int, float, str))
WHOLE = Leaf("a whole number", (int,))
OBJECT = Leaf("an object", (dict,))
#: A mapping of known keys, a list of one shape, a value, or ANY.
Shape = dict[str, Any] | list[Any] | Leaf | None


def _keys(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, ANY)


def _texts(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, TEXT)


#: Where a file comes from.
SOURCE: dict[str, Shape] = {**_texts("media_id", "link", "url"), "id": ID}
#: With what a file that came may have, so that it can be sent on as it is.
FILE: dict[str, Shape] = {
    **SOURCE,
    **_texts("filename", "caption", "mime_type", "sha256"),
    **_keys("size_bytes"),
}
HEADER: dict[str, Shape] = {"type": TEXT, "text": TEXT, "image": SOURCE, "video": SOURCE}
HEADER |= {"document": {**SOURCE, "filename": TEXT}}
BUTTONS: Shape = [_texts("id", "title")]
ROWS: Shape = [_texts("id", "title", "description")]
IMPORTER: Shape = {
    **_texts("address_line1", "address_line2", "city", "zone_code"),
    **_texts("postal_code", "country_code"),
}
ITEMS: Shape = [
    {
        **_keys("amount", "quantity", "sale_amount"),
        **_texts("name", "country_of_origin", "importer_name"),
        "id": ID,
        "importer_address": IMPORTER,
    }
]
ORDER: Shape = {
    **_keys("subtotal", "tax", "shipping", "discount"),
    "catalog_id": ID,
    "items": ITEMS,
    "expiration": {"timestamp": ID, "description": TEXT},
}
BENEFICIARY: Shape = _texts(
    *("name", "address_line1", "address_line2", "city", "state", "country", "postal_code")
)
_AROUND: dict[str, Shape] = {"type": TEXT, "header": HEADER, "footer": TEXT}

INTERACTIVE: dict[str, dict[str, Shape]] = {
    "button": {"buttons": BUTTONS},
    "list": {"button": TEXT, "sections": [{"title": TEXT, "rows": ROWS}]},
    "cta_url": _texts("label", "url"),
    "flow": {
        **_texts("label", "flow_id", "flow_name", "token", "mode", "action", "screen"),
        "data": OBJECT,
    },
    "product": _texts("catalog_id", "product_id"),
    "product_list": {"catalog_id": TEXT, "sections": [{"title": TEXT, "product_ids": [ID]}]},
    "catalog": _texts("product_id"),
    "location_request": {},
    "voice_call": {**_texts("label", "payload"), "ttl_minutes": WHOLE},
    "call_permission_request": {},
    "address": {
        "country": TEXT,
        "values": OBJECT,
        "saved_addresses": [OBJECT],
        "validation_errors": OBJECT,
    },
    "carousel": {
        "cards": [
            {**_texts("text", "label", "url"), "image": SOURCE, "video": SOURCE, "buttons": BUTTONS}
        ]
    },
    "request_contact_info": {},
    "order_details": {
        **_keys("reference_id", "currency", "total", "goods"),
        **_texts("payment_type", "payment_configuration"),
        "payment_settings": [OBJECT],
        "order": ORDER,
        "beneficiaries": [BENEFICIARY],
    },
    "order_status": {**_texts("reference_id", "status", "description"), "payment": OBJECT},
}
#: A contact's card, as Meta's pages have it.
CARD: Shape = {
    "name": _texts(
        *("formatted_name", "first_name", "last_name", "middle_name", "prefix", "suffix")
    ),
    "addresses": [_texts("street", "city", "state", "zip", "country", "country_code", "type")],
    "birthday": TEXT,
    "emails": [_texts("email", "type")],
    "org": _texts("company", "department", "title"),
    "phones": [_texts("phone", "type", "wa_id")],
    "urls": [_texts("url", "type")],
}
DIRECT_SEND = _keys("category", "ttl_seconds", "template_name")
CONTENT: dict[str, dict[str, Shape]] = {
    "text": {"preview_url": FLAG, "direct_send": DIRECT_SEND},
    **{kind: {"media": FILE} for kind in ("image", "video", "document")},
    "audio": {"media": {**FILE, "voice": FLAG}},
    "sticker": {"media": {**FILE, "animated": FLAG}},
    "location": {
        "location": {"latitude": NUMBER, "longitude": NUMBER, **_texts("name", "address")}
    },
    "contacts": {"contacts": [CARD]},
    "reaction": {"reaction": {**_texts("message_id", "emoji"), "from_me": FLAG}},
    "template": {
        "template": {
            **_keys("name", "language", "parameters", "components", "category"),
            **_keys("provider_id", "sid", "variables"),
            "marketing": _keys("activity_sharing", "product_policy"),
        }
    },
}


def unknown_keys(type: str, content: dict[str, Any]) -> list[str]:
    """The keys of an outgoing `content` that nobody knows, as paths: `interactive.buttons[0].tip`.

    Of a type that is not known itself there are none to know: its channel refuses it.
    """
    return list(_unknown(content, _shape_of(type, content), ""))


def misfits(type: str, content: dict[str, Any]) -> list[str]:
    """The values of another kind than is wanted, in words: "`media.voice` must be true or false".

    A null is as if the key was not there.
    """
    return list(_misfits(content, _shape_of(type, content), ""))


def _shape_of(type: str, content: dict[str, Any]) -> Shape:
    if type != "interactive":
        return CONTENT.get(type, ANY)
    given = content.get("interactive")
    kind = given.get("type") if isinstance(given, dict) else None
    known = INTERACTIVE.get(kind) if isinstance(kind, str) else None
    inner: Shape = ANY if known is None else {**_AROUND, **known}
    return {"interactive": inner, "direct_send": DIRECT_SEND}


def _unknown(value: Any, shape: Shape, path: str) -> Iterator[str]:
    known = shape if isinstance(shape, dict) else {}
    if isinstance(shape, dict) and isinstance(value, dict):
        yield from (_named(path, key) for key in value if key not in known)
    for named, inner, kind in _parts(value, shape, path):
        yield from _unknown(inner, kind, named)


def _misfits(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if value is None or shape is ANY:
        return
    if wanted := _wanted(value, shape):
        yield f"`{path}` must be {wanted}"
    for named, inner, kind in _parts(value, shape, path):
        yield from _misfits(inner, kind, named)


def _wanted(value: Any, shape: Shape) -> str:
    """What the value must be; "" when it is that."""
    if isinstance(shape, Leaf):
        # In Python, though not in JSON, true is a number.
        fits = isinstance(value, shape.kinds) and (shape is FLAG or not isinstance(value, bool))
        return "" if fits else shape.says
    if isinstance(shape, list):
        return "" if isinstance(value, list) else "a list"
    return "" if isinstance(value, dict) else OBJECT.says


def _parts(value: Any, shape: Shape, path: str) -> Iterator[tuple[str, Any, Shape]]:
    """What is in a value, each with its path and the shape that it should have."""
    if isinstance(shape, dict) and isinstance(value, dict):
        for key, inner in value.items():
            if key in shape:
                yield _named(path, key), inner, shape[key]
    elif isinstance(shape, list) and isinstance(value, list):
        for index, inner in enumerate(value):
            yield f"{path}[{index}]", inner, shape[0]


def _named(path: str, key: str) -> str:
    return f"{path}.{key}" if path else str(key)
