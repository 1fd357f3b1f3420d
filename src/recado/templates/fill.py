"""Simple values → the `components` of a message, as Meta takes them.

    {"body": ["Ana", "12:30"]}                        positional variables, in order
    {"body": {"name": "Ana"}, "header": {"link": …}}  by name; a file: link, id or media_id
    {"buttons": {"0": "order/4711"}}                  what a button needs, by its index
    {"cards": [{"header": …, "buttons": …}]}          a carousel, card by card
    {"order_status": {"reference_id": …, …}}          how an order goes on (orders.py)
    {"body.1": "Ana", "buttons.0": "order/4711"}      the same by the slots' keys (slots.py)

Source: developers.facebook.com/documentation/business-messaging/whatsapp/templates/components and,
for each button, the page of the template type (coupon, catalog, multi-product, flow, offer).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recado.channels.whatsapp.limits import placed
from recado.errors import SendRejected, Unprocessable
from recado.templates.one_line import problem_of
from recado.templates.orders import STATUS, pay_button, status_component
from recado.templates.slots import (
    HEADER_FILES,
    Component,
    Slot,
    buttons_of,
    cards_of,
    kind_of,
    slots_of,
    variables_in,
)

Values = Mapping[str, Any]
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
#: How long a button that calls may live.
MOST_MINUTES = 43_200
#: Of the year 2001: a smaller number is in seconds.
_FIRST_MILLISECOND = 10**12
#: A one-time code has so many characters at most.
LONGEST_CODE = 15


def fill(components: Sequence[Component], values: Values) -> list[Component]:
    """The `components` of a message that sends this template with these values.

    Raises Unprocessable, naming every value that is missing, wrong, or of no use to the template.
    """
    built, problems = try_fill(components, values)
    if problems:
        raise Unprocessable(f"The template's values: {'; '.join(problems)}.")
    return built


def try_fill(components: Sequence[Component], values: Values) -> tuple[list[Component], list[str]]:
    """What can be made of these values so far, and what is missing or wrong with them."""
    filling = _Filling(components, flatten(values))
    return filling.run(), sorted(filling.problems)


def flatten(values: Values, prefix: str = "") -> dict[str, Any]:
    """Nested values by the keys of the slots that they are for."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        key = f"{prefix}{name}"
        if name == "cards" and isinstance(value, list):
            for index, card in enumerate(value):
                flat |= flatten(card, f"{key}.{index}.") if isinstance(card, Mapping) else {}
        elif name == "cards" and isinstance(value, Mapping):
            for index, card in value.items():
                flat |= flatten(card, f"{key}.{index}.") if isinstance(card, Mapping) else {}
        elif name in ("body", "header", "buttons") and isinstance(value, list):
            start = 0 if name == "buttons" else 1
            flat |= {f"{key}.{number}": item for number, item in enumerate(value, start)}
        elif name in ("body", "buttons") and isinstance(value, Mapping):
            flat |= {f"{key}.{inner}": item for inner, item in value.items()}
        elif name == "body":
            flat[f"{key}.1"] = value
        else:
            flat[key] = value
    return flat


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


class _Filling:
    def __init__(self, components: Sequence[Component], values: dict[str, Any]) -> None:
        self._components = components
        self._slots = {slot.key: slot for slot in slots_of(components)}
        self._values = self._settled(values)
        self.problems: list[str] = []

    def run(self) -> list[Component]:
        for key in self._values.keys() - self._slots.keys() - {STATUS}:
            self.problems.append(f"it has no {key}")
        built = self._level(self._components, "")
        if STATUS in self._values:
            told = self._order(lambda _, value: status_component(value), "", self._values[STATUS])
            built += [told] if told else []
        return built

    def _order(
        self, make: Callable[[str, Any], Component], key: str, value: Any
    ) -> Component | None:
        try:
            return make(key, value)
        except SendRejected as error:
            self.problems.append(error.detail)
            return None

    def _settled(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values by their slots: a header's single variable may be given as `header`."""
        settled = {key: value for key, value in values.items() if not _is_blank(value)}
        for key in [key for key in settled if key.endswith("header")]:
            value = settled[key]
            names = [slot for slot in self._slots if slot.startswith(f"{key}.")]
            if key in self._slots or not names:
                continue
            del settled[key]
            if isinstance(value, Mapping):
                settled |= {f"{key}.{name}": inner for name, inner in value.items()}
            else:
                settled[names[0]] = value
        return settled

    def _level(self, components: Sequence[Component], prefix: str) -> list[Component]:
        built: list[Component] = []
        for component in components:
            match kind_of(component):
                case "HEADER":
                    built += self._header(component, prefix)
                case "BODY":
                    parameters = self._texts(component, f"{prefix}body")
                    built += [{"type": "body", "parameters": parameters}] if parameters else []
                case "BUTTONS":
                    built += self._buttons(component, prefix)
                case "LIMITED_TIME_OFFER":
                    built += self._offer(f"{prefix}offer")
                case "CAROUSEL":
                    built.append({"type": "carousel", "cards": self._cards(component, prefix)})
        return built

    def _texts(self, component: Component, key: str) -> list[Component]:
        parameters: list[Component] = []
        for name in variables_in(str(component.get("text") or "")):
            value = self._take(f"{key}.{name}")
            if value is not None:
                named = {} if name.isdigit() else {"parameter_name": name}
                text = self._line(f"{key}.{name}", value)
                parameters.append({"type": "text", **named, "text": text})
        return parameters

    def _header(self, component: Component, prefix: str) -> list[Component]:
        kind = HEADER_FILES.get(str(component.get("format") or "TEXT").upper())
        if kind is None:
            parameters = self._texts(component, f"{prefix}header")
        else:
            value = self._take(f"{prefix}header")
            made = None if value is None else self._header_value(f"{prefix}header", kind, value)
            parameters = [made] if made else []
        return [{"type": "header", "parameters": parameters}] if parameters else []

    def _header_value(self, key: str, kind: str, value: Any) -> Component | None:
        if kind == "location":
            return self._place(key, value)
        if kind == "product":
            if isinstance(value, Mapping) and value.get("product_retailer_id"):
                return {"type": "product", "product": dict(value)}
            self.problems.append(f"{key} needs a product_retailer_id (and a catalog_id)")
            return None
        given = {"link": value} if isinstance(value, str) else value
        link = given.get("link") or given.get("url") if isinstance(given, Mapping) else None
        if isinstance(given, Mapping) and given.get("media_id"):  # kept here, uploaded when it goes
            file: Component = {"media_id": str(given["media_id"])}
        elif isinstance(given, Mapping) and given.get("id"):
            file = {"id": str(given["id"])}
        elif isinstance(link, str) and _LINK.match(link):
            file = {"link": link}
        else:
            self.problems.append(f"{key} needs the {kind}: a link (https://…) or a media id")
            return None
        if kind == "document" and given.get("filename"):
            file["filename"] = str(given["filename"])
        return {"type": kind, kind: file}

    def _place(self, key: str, value: Any) -> Component | None:
        if isinstance(value, str):  # "latitude, longitude, name, address"
            parts = [part.strip() for part in value.split(",", 3)]
            value = dict(zip(("latitude", "longitude", "name", "address"), parts, strict=False))
        given = value if isinstance(value, Mapping) else {}
        try:
            latitude, longitude = map(float, placed(given))
        except SendRejected:
            self.problems.append(
                f"{key} needs a place: latitude (±90), longitude (±180), name, address"
            )
            return None
        place: Component = {"latitude": str(latitude), "longitude": str(longitude)}
        for name in ("name", "address"):
            if given.get(name):
                place[name] = self._line(f"{key}.{name}", given[name])
        return {"type": "location", "location": place}

    def _buttons(self, component: Component, prefix: str) -> list[Component]:
        built: list[Component] = []
        for index, button in enumerate(buttons_of(component)):
            key = f"{prefix}buttons.{index}"
            if key not in self._slots:
                continue
            value = self._take(key)
            if value is None and kind_of(button) == "OTP":
                value = next((v for k, v in self._values.items() if k.startswith("body.")), None)
            if value is not None:
                made = self._button(self._slots[key], kind_of(button), value)
                built += [{"type": "button", "index": str(index), **made}] if made else []
        return built

    def _button(self, slot: Slot, kind: str, value: Any) -> Component | None:
        if slot.kind == "url" or kind == "OTP":
            text = self._line(slot.key, value)
            if kind == "OTP" and len(text) > LONGEST_CODE:
                most = f"a one-time code has {LONGEST_CODE} at most"
                self.problems.append(f"{slot.key} has {len(text)} characters: {most}")
            return _parameter("url", "text", "text", text)
        match slot.kind:
            case "code":
                code = self._line(slot.key, value)
                made = _parameter("copy_code", "coupon_code", "coupon_code", code)
            case "payload":
                made = _parameter("quick_reply", "payload", "payload", str(value))
            case "thumbnail":
                made = _action("catalog", {"thumbnail_product_retailer_id": str(value)})
            case "flow":
                made = _action("flow", {"flow_token": value} if isinstance(value, str) else value)
            case "minutes":
                return self._minutes(slot, value)
            case "order":
                return self._order(pay_button, slot.key, value)
            case _:
                return self._products(slot, value)
        return made

    def _minutes(self, slot: Slot, value: Any) -> Component | None:
        minutes = _natural(value)
        if minutes is None or not 1 <= minutes <= MOST_MINUTES:
            self.problems.append(
                f"{slot.key} is for how many minutes one may call, {MOST_MINUTES} at most"
            )
            return None
        return _parameter("voice_call", "ttl_minutes", "ttl_minutes", minutes)

    def _products(self, slot: Slot, value: Any) -> Component | None:
        given = value if isinstance(value, Mapping) else {}
        sections = given.get("sections")
        if not sections or not given.get("thumbnail_product_retailer_id"):
            self.problems.append(
                f"{slot.key} needs a thumbnail_product_retailer_id and sections of products"
            )
            return None
        return _action("mpm", dict(given))

    def _offer(self, key: str) -> list[Component]:
        value = self._take(key)
        if value is None:
            return []
        ends = _natural(value)
        if ends is None or ends < _FIRST_MILLISECOND:
            self.problems.append(f"{key} is when the offer ends, in milliseconds of Unix time")
            return []
        offer = {"expiration_time_ms": ends}
        parameter = {"type": "limited_time_offer", "limited_time_offer": offer}
        return [{"type": "limited_time_offer", "parameters": [parameter]}]

    def _cards(self, component: Component, prefix: str) -> list[Component]:
        return [
            {"card_index": index, "components": self._level(card, f"{prefix}cards.{index}.")}
            for index, card in enumerate(cards_of(component))
        ]

    def _line(self, key: str, value: Any) -> str:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            self.problems.append(f"{key} is a text or a number")
        elif problem := problem_of(key, value):
            self.problems.append(problem)
        return str(value).strip()

    def _take(self, key: str) -> Any:
        value = self._values.get(key)
        slot = self._slots.get(key)
        if value is None and slot is not None and slot.required:
            self.problems.append(f"{key} is missing")
        return value


def _natural(value: Any) -> int | None:
    """The number that a value is; None: none, or one of more digits than any time has."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _parameter(sub_type: str, kind: str, key: str, value: Any) -> Component:
    return {"sub_type": sub_type, "parameters": [{"type": kind, key: value}]}


def _action(sub_type: str, action: Component) -> Component:
    return {"sub_type": sub_type, "parameters": [{"type": "action", "action": action}]}
