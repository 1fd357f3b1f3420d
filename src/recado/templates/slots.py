"""What a template leaves open: its slots, by a key that forms and requests use.

    header            a file, a place or a product       header.1, header.name   a header's variable
    body.1, body.name a variable of the body             buttons.0               what button 0 needs
    offer             when a limited-time offer ends     cards.2.body.1 …        the same, of a card

Components are in Meta's form, as templates are listed:
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

Component = dict[str, Any]
SlotKind = Literal[
    "text", "image", "video", "document", "location", "product",
    "url", "code", "payload", "sections", "thumbnail", "flow", "minutes", "moment",
    "order",
]  # fmt: skip

VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_WHATSAPP = {"www.whatsapp.com", "whatsapp.com", "api.whatsapp.com"}
#: A header's format → what its slot takes.
HEADER_FILES: dict[str, SlotKind] = {
    "IMAGE": "image",
    "GIF": "video",
    "VIDEO": "video",
    "DOCUMENT": "document",
    "LOCATION": "location",
    "PRODUCT": "product",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """`label` is the text around it; `example` what was given to Meta with the template."""

    key: str
    kind: SlotKind
    required: bool = True
    label: str = ""
    example: str = ""


def slots_of(components: Sequence[Component], prefix: str = "") -> list[Slot]:
    """Every slot of a template, in the order of the message."""
    return [slot for component in components for slot in _slots(component, prefix)]


def variables_in(text: str) -> list[str]:
    """The names of a text's variables, each once, in order; numbers in theirs, for a parameter's
    place in the list is its number."""
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def kind_of(component: Component) -> str:
    return str(component.get("type") or "").upper()


def buttons_of(component: Component) -> list[Component]:
    return [_as_made(button) for button in objects_in(component.get("buttons"))]


def _as_made(button: Component) -> Component:
    """A one-time code's button is made as OTP, and listed as a link that holds the rest:
    https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"""
    if kind_of(button) != "URL":
        return button
    try:
        link = urlsplit(str(button.get("url") or ""))
        given = parse_qs(link.query, max_num_fields=50)
    except ValueError:
        return button
    if link.hostname not in _WHATSAPP or not link.path.startswith("/otp/"):
        return button
    kind = given.get("otp_type", ["COPY_CODE"])[0].upper()
    return {"type": "OTP", "otp_type": kind, "text": button.get("text") or ""}


def cards_of(component: Component) -> list[list[Component]]:
    return [objects_in(card.get("components")) for card in objects_in(component.get("cards"))]


def objects_in(value: Any) -> list[Component]:
    """What a vendor gave as a list of objects, without what is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _slots(component: Component, prefix: str) -> Iterator[Slot]:
    match kind_of(component):
        case "HEADER":
            yield from _header_slots(component, prefix)
        case "BODY":
            text = str(component.get("text") or "")
            examples = _examples(component, "body_text")
            for name in variables_in(text):
                yield Slot(f"{prefix}body.{name}", "text", True, text, examples.get(name, ""))
        case "BUTTONS":
            for index, button in enumerate(buttons_of(component)):
                yield from _button_slots(button, f"{prefix}buttons.{index}")
        case "LIMITED_TIME_OFFER":
            offer = component.get("limited_time_offer")
            if isinstance(offer, dict) and offer.get("has_expiration"):
                yield Slot(f"{prefix}offer", "moment", True, str(offer.get("text") or ""))
        case "CAROUSEL":
            for index, card in enumerate(cards_of(component)):
                yield from slots_of(card, f"{prefix}cards.{index}.")


def _header_slots(component: Component, prefix: str) -> Iterator[Slot]:
    kind = HEADER_FILES.get(str(component.get("format") or "TEXT").upper())
    if kind is not None:
        yield Slot(f"{prefix}header", kind)
        return
    text = str(component.get("text") or "")
    examples = _examples(component, "header_text")
    for name in variables_in(text):
        yield Slot(f"{prefix}header.{name}", "text", True, text, examples.get(name, ""))


def _button_slots(button: Component, key: str) -> Iterator[Slot]:
    label = str(button.get("text") or "")
    example = button.get("example")
    shown = str(example[0] if isinstance(example, list) and example else example or "")
    match kind_of(button):
        case "URL" if VARIABLE.search(str(button.get("url") or "")):
            yield Slot(key, "url", True, str(button["url"]), shown)
        case "COPY_CODE":
            yield Slot(key, "code", True, label, shown)
        case "OTP":  # the code that stands in the body, unless another one is given
            yield Slot(key, "code", False, label)
        case "QUICK_REPLY":
            yield Slot(key, "payload", False, label)
        case "ORDER_DETAILS":
            yield Slot(key, "order", True, label)
        case "MPM":
            yield Slot(key, "sections", True, label)
        case "CATALOG" | "SPM":
            yield Slot(key, "thumbnail", False, label)
        case "FLOW":
            yield Slot(key, "flow", False, label)
        case "VOICE_CALL":
            yield Slot(key, "minutes", False, label)


def _examples(component: Component, name: str) -> dict[str, str]:
    """The examples given with a text, by the variable's name."""
    given = component.get("example")
    if not isinstance(given, dict):
        return {}
    named = given.get(f"{name}_named_params")
    if isinstance(named, list):
        return {str(it.get("param_name")): str(it.get("example", "")) for it in objects_in(named)}
    listed = given.get(name)
    first = listed[0] if isinstance(listed, list) and listed else None
    values = first if isinstance(first, list) else listed
    if not isinstance(values, list):
        return {}
    return {str(number): str(value) for number, value in enumerate(values, start=1)}
