"""A template as the person's phone shows it: its definition, with what the message filled in.

{"header": {"type": "image", "media": {"link": …}} or {"type": "text", "text": …},
 "body": …, "footer": …, "offer": {"text", "expires_at"},
 "buttons": [{"type": "url", "text": …, "url": …}], "cards": [the same, card by card]}
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from recado.templates.slots import (
    HEADER_FILES,
    VARIABLE,
    Component,
    buttons_of,
    cards_of,
    kind_of,
    objects_in,
)

Preview = dict[str, Any]

#: What WhatsApp itself writes on buttons that have no text of their own.
DEFAULT_TEXTS = {
    "COPY_CODE": "Copy code",
    "OTP": "Copy code",
    "CATALOG": "View catalog",
    "MPM": "View items",
    "SPM": "View",
    "FLOW": "View flow",
    "VOICE_CALL": "Call now",
    "ORDER_DETAILS": "Review and pay",
    "REQUEST_CONTACT_INFO": "Share contact info",
}
BUTTON_TYPES = {
    "QUICK_REPLY": "reply",
    "PHONE_NUMBER": "phone",
    "OTP": "copy_code",
    "MPM": "products",
    "SPM": "products",
    "VOICE_CALL": "call",
}


def render(components: Sequence[Component], sent: Sequence[Component] = ()) -> Preview:
    """The message that `sent` (its own components) makes of the template's `components`.

    Variables without a value stay as they are written: {{1}}.
    """
    preview: Preview = {"header": None, "body": "", "footer": "", "buttons": []}
    for component in components:
        match kind_of(component):
            case "HEADER":
                preview["header"] = _header(component, _parameters(sent, "header"))
            case "BODY":
                preview["body"] = _written(component, _parameters(sent, "body"))
            case "FOOTER":
                preview["footer"] = _footer(component)
            case "BUTTONS":
                preview["buttons"] = [
                    _button(button, _of_button(sent, index))
                    for index, button in enumerate(buttons_of(component))
                ]
            case "LIMITED_TIME_OFFER":
                preview["offer"] = _offer(component, _parameters(sent, "limited_time_offer"))
            case "CAROUSEL":
                preview["cards"] = [
                    render(card, _of_card(sent, index))
                    for index, card in enumerate(cards_of(component))
                ]
    return preview


def text_of(preview: Preview) -> str:
    """The message's words where only words are shown: lists, notifications, the assistant."""
    header = preview.get("header") or {}
    return str(preview.get("body") or header.get("text") or "")


def _written(component: Component, parameters: Sequence[Component]) -> str:
    return VARIABLE.sub(_value_of(parameters), str(component.get("text") or ""))


def _value_of(parameters: Sequence[Component]) -> Callable[[Any], str]:
    named = {str(it.get("parameter_name")): it for it in parameters if it.get("parameter_name")}

    def value(match: Any) -> str:
        name = match[1]
        parameter = named.get(name)
        if parameter is None and name.isdigit() and 1 <= int(name) <= len(parameters):
            parameter = parameters[int(name) - 1]
        return match[0] if parameter is None else _text(parameter)

    return value


def _text(parameter: Component) -> str:
    kind = str(parameter.get("type") or "text").lower()
    given = parameter.get(kind)
    if isinstance(given, dict):  # currency and date_time bring the words to show
        return str(given.get("fallback_value") or "")
    return str(given if given is not None else parameter.get("text") or "")


def _header(component: Component, parameters: Sequence[Component]) -> Component:
    kind = HEADER_FILES.get(str(component.get("format") or "TEXT").upper())
    if kind is None:
        return {"type": "text", "text": _written(component, parameters)}
    given = parameters[0].get(kind) if parameters else None
    return {"type": kind, "media": given if isinstance(given, dict) else {}}


def _footer(component: Component) -> str:
    minutes = component.get("code_expiration_minutes")
    if component.get("text") or not minutes:
        return str(component.get("text") or "")
    return f"This code expires in {minutes} minutes."


def _button(button: Component, parameters: Sequence[Component]) -> Component:
    kind = kind_of(button)
    shown: Component = {
        "type": BUTTON_TYPES.get(kind, kind.lower()),
        "text": str(button.get("text") or DEFAULT_TEXTS.get(kind, "")),
    }
    if kind == "URL":
        shown["url"] = VARIABLE.sub(_value_of(parameters), str(button.get("url") or ""))
    elif kind == "PHONE_NUMBER":
        shown["phone"] = str(button.get("phone_number") or "")
    elif kind in ("COPY_CODE", "OTP") and parameters:
        shown["code"] = _text(parameters[0])
    elif kind == "QUICK_REPLY" and parameters:
        shown["id"] = _text(parameters[0])
    return shown


def _offer(component: Component, parameters: Sequence[Component]) -> Component:
    offer = component.get("limited_time_offer")
    given = parameters[0].get("limited_time_offer") if parameters else None
    ends = given.get("expiration_time_ms") if isinstance(given, dict) else None
    return {
        "text": str(offer.get("text") or "") if isinstance(offer, dict) else "",
        "expires_at": ends / 1000 if isinstance(ends, int) else None,
    }


def _parameters(sent: Sequence[Component], kind: str) -> list[Component]:
    for component in sent:
        if str(component.get("type") or "").lower() == kind:
            return objects_in(component.get("parameters"))
    return []


def _of_button(sent: Sequence[Component], index: int) -> list[Component]:
    for component in sent:
        is_button = str(component.get("type") or "").lower() == "button"
        if is_button and str(component.get("index")) == str(index):
            return objects_in(component.get("parameters"))
    return []


def _of_card(sent: Sequence[Component], index: int) -> list[Component]:
    for component in sent:
        if str(component.get("type") or "").lower() == "carousel":
            for card in objects_in(component.get("cards")):
                if card.get("card_index") == index:
                    return objects_in(card.get("components"))
    return []
