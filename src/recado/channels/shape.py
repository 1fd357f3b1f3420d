"""The keys that an outgoing message's `content` may have: what nobody reads is not dropped in
silence, it is named.

What the values must be is each channel's to say; `ANY` is handed on as the vendor defines it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ANY = None
#: A mapping of known keys, a list of one shape, or ANY.
Shape = dict[str, Any] | list[Any] | None


def _keys(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, ANY)


FILE = _keys(
    *("id", "media_id", "link", "url", "filename", "caption", "voice", "animated"),
    *("mime_type", "size_bytes", "sha256"),
)
HEADER: dict[str, Shape] = {"type": ANY, "text": ANY, "image": FILE, "video": FILE}
HEADER |= {"document": FILE}
BUTTONS: Shape = [_keys("id", "title")]
ROWS: Shape = [_keys("id", "title", "description")]
ITEMS: Shape = [_keys("id", "name", "amount", "quantity", "sale_amount")]
ORDER: Shape = {**_keys("subtotal", "tax", "shipping", "discount", "catalog_id"), "items": ITEMS}
_AROUND: dict[str, Shape] = {"type": ANY, "header": HEADER, "footer": ANY}

INTERACTIVE: dict[str, dict[str, Shape]] = {
    "button": {"buttons": BUTTONS},
    "list": {"button": ANY, "sections": [{"title": ANY, "rows": ROWS}]},
    "cta_url": _keys("label", "url"),
    "flow": _keys("label", "flow_id", "flow_name", "token", "mode", "action", "screen", "data"),
    "product": _keys("catalog_id", "product_id"),
    "product_list": {"catalog_id": ANY, "sections": [_keys("title", "product_ids")]},
    "catalog": _keys("product_id"),
    "location_request": {},
    "voice_call": _keys("label", "ttl_minutes", "payload"),
    "call_permission_request": {},
    "address": _keys("country", "values", "saved_addresses", "validation_errors"),
    "carousel": {
        "cards": [
            {**_keys("text", "label", "url"), "image": FILE, "video": FILE, "buttons": BUTTONS}
        ]
    },
    "request_contact_info": {},
    "order_details": {
        **_keys("reference_id", "currency", "total", "goods"),
        **_keys("payment_type", "payment_configuration", "payment_settings"),
        "order": ORDER,
    },
    "order_status": _keys("reference_id", "status", "description", "payment"),
}
_MEDIA: dict[str, Shape] = {"media": FILE}
DIRECT_SEND = _keys("category", "ttl_seconds", "template_name")
CONTENT: dict[str, dict[str, Shape]] = {
    "text": {"preview_url": ANY, "direct_send": DIRECT_SEND},
    **dict.fromkeys(("image", "video", "audio", "document", "sticker"), _MEDIA),
    "location": {"location": _keys("latitude", "longitude", "name", "address")},
    "contacts": {"contacts": ANY},
    "reaction": {"reaction": _keys("message_id", "emoji", "from_me")},
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
    if type == "interactive":
        given = content.get("interactive")
        kind = given.get("type") if isinstance(given, dict) else None
        known = INTERACTIVE.get(kind) if isinstance(kind, str) else None
        inner: Shape = ANY if known is None else {**_AROUND, **known}
        shape: Shape = {"interactive": inner, "direct_send": DIRECT_SEND}
    elif type in CONTENT:
        shape = CONTENT[type]
    else:
        return []
    return list(_unknown(content, shape, ""))


def _unknown(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(shape, dict) and isinstance(value, dict):
        for key, inner in value.items():
            named = f"{path}.{key}" if path else str(key)
            if key not in shape:
                yield named
            else:
                yield from _unknown(inner, shape[key], named)
    elif isinstance(shape, list) and isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unknown(inner, shape[0], f"{path}[{index}]")
