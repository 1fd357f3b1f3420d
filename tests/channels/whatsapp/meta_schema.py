"""Meta's own schema of POST /{Version}/{Phone-Number-ID}/messages, to hold our bodies against.

`meta_messages_v23.json` is that part of Meta's OpenAPI description (github.com/facebook/openapi,
business-messaging-api_v23.0.yaml; MIT, see meta_messages_v23.LICENSE), one schema a message type
with its references resolved and its descriptions left out. To make it anew from the whole file:

    python -m tests.channels.whatsapp.meta_schema business-messaging-api_v23.0.yaml
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

Json = dict[str, Any]

FILE = Path(__file__).with_name("meta_messages_v23.json")
_DOCS = "developers.facebook.com/documentation/business-messaging/whatsapp/"

#: Where the description of v23 contradicts itself or is behind Meta's pages: what, and the source.
EXEMPTIONS = {
    "closed parts": "every type is `allOf` of the common properties and of a part that forbids "
    "any other property, so that no body passes, Meta's examples included: both are merged",
    "callback data": f"biz_opaque_callback_data: {_DOCS}webhooks/reference/messages/status",
    "recipient": "`recipient` (a user id) in place of `to`: " + _DOCS + "business-scoped-user-ids",
    "button index": "a pattern that refuses 0, which is the description's own example",
    "orders": "order_details and order_status, of which the description has examples and no "
    f"schema: {_DOCS}payments/payments-br/orders",
    "contact requests": f"request_contact_info: {_DOCS}business-scoped-user-ids",
    "direct send": f"category, ttl_seconds, direct_send_config: {_DOCS}direct-send",
    "newer interactive types": f"location requests, addresses, calls, carousels: {_DOCS}messages/"
    "location-request-messages, address-messages, interactive-media-carousel-messages and "
    f"{_DOCS}calling/call-button-messages-deep-links",
    "newer template components": f"copy codes, flows, products, offers and carousels: {_DOCS}"
    f"templates/marketing-templates; orders: {_DOCS}payments/payments-in/orderdetailstemplate, "
    "orderstatustemplate",
    "cta_url": f"interactive type: {_DOCS}messages/interactive-cta-url-messages",
}


def problems(body: Json) -> list[str]:
    """What Meta's schema holds against a request body. Empty: nothing."""
    validator = jsonschema.Draft202012Validator(_schemas()[body["type"]])
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


@cache
def _schemas() -> dict[str, Json]:
    schemas: dict[str, Json] = json.loads(FILE.read_text())
    return {kind: _mended(schema) for kind, schema in schemas.items()}


def _mended(schema: Json) -> Json:
    """The schema with the EXEMPTIONS applied, each where it stands and nowhere else."""
    common, part = schema["allOf"]
    properties = {**common["properties"], **part["properties"]}
    properties["biz_opaque_callback_data"] = {"type": "string", "maxLength": 512}
    properties["recipient"] = {"type": "string"}
    if "text" in properties or "interactive" in properties:
        _add_direct_send(properties)
    required = {*common["required"], *part["required"]} - {"to"}
    if "template" in properties:
        components = properties["template"]["properties"]["components"]
        _add_components(components["items"]["properties"])
    if "interactive" in properties:
        _add_cta_url(properties["interactive"]["properties"])
        _add_newer(properties["interactive"]["properties"])
        _add_orders(properties["interactive"]["properties"])
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(required),
        "oneOf": [{"required": ["to"]}, {"required": ["recipient"]}],
        "properties": properties,
    }


def _add_cta_url(interactive: Json) -> None:
    interactive["type"]["enum"].append("cta_url")
    interactive["action"]["oneOf"].append(
        {
            "required": ["name", "parameters"],
            "properties": {
                "name": {"enum": ["cta_url"]},
                "parameters": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["display_text", "url"],
                    "properties": {
                        "display_text": {"type": "string", "maxLength": 20},
                        "url": {"type": "string"},
                    },
                },
            },
        }
    )


def _add_direct_send(properties: Json) -> None:
    properties["category"] = {"enum": ["utility", "authentication"]}
    properties["ttl_seconds"] = {"type": "integer", "minimum": 30, "maximum": 43200}
    name = {"type": "string", "pattern": "^[a-z0-9_]{1,512}$"}
    properties["direct_send_config"] = _closed({"template_name": name}, "template_name")


def _add_orders(interactive: Json) -> None:
    interactive["type"]["enum"] += ["order_details", "order_status", "request_contact_info"]
    text = {"type": "string", "minLength": 1}
    reference = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,35}$"}
    number = {"type": "integer", "minimum": 0}
    amount = _closed({"value": number, "offset": {"const": 100}}, "value", "offset")
    words = {"type": "string", "minLength": 1, "maxLength": 60}
    told = _closed({**amount["properties"], "description": words}, "value", "offset")
    less = {**told["properties"], "discount_program_name": words}
    item = _closed(
        {
            **dict.fromkeys(("country_of_origin", "importer_name"), text),
            "importer_address": {"type": "object"},
            "retailer_id": text,
            "name": {**text, "maxLength": 60},
            "amount": amount,
            "sale_amount": amount,
            "quantity": {"type": "integer", "minimum": 1},
        },
        *("name", "amount", "quantity"),
    )
    order = _closed(
        {
            "status": {"const": "pending"},
            "catalog_id": text,
            "items": {"type": "array", "items": item, "minItems": 1, "maxItems": 999},
            "subtotal": amount,
            **dict.fromkeys(("tax", "shipping"), told),
            "discount": _closed(less, "value", "offset"),
            "expiration": _closed(
                {"timestamp": {"type": "string", "pattern": "^[0-9]+$"}, "description": text},
                "timestamp",
            ),
        },
        *("status", "items", "subtotal", "tax"),
    )
    details = _closed(
        {
            "reference_id": reference,
            "type": {"enum": ["digital-goods", "physical-goods"]},
            "payment_type": text,
            "payment_configuration": text,
            "payment_settings": {"type": "array", "minItems": 1},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "total_amount": amount,
            "order": order,
            "beneficiaries": {"type": "array", "items": {"type": "object"}, "minItems": 1},
        },
        *("reference_id", "type", "currency", "total_amount"),
    )
    state = _closed(
        {"status": text, "description": {**text, "maxLength": 120}},
        "status",
    )
    status = _closed(
        {"reference_id": reference, "order": state, "payment": {"type": "object"}},
        *("reference_id", "order"),
    )
    for name, parameters in (("review_and_pay", details), ("review_order", status)):
        action = {"name": {"const": name}, "parameters": parameters}
        interactive["action"]["oneOf"].append(_closed(action, "name", "parameters"))
    asking = _closed({"name": {"const": "request_contact_info"}}, "name")
    interactive["action"]["oneOf"].append(asking)


def _add_newer(interactive: Json) -> None:
    """Types that the description does not have yet, as their pages show them."""
    interactive["type"]["enum"] += [
        *("location_request_message", "address_message", "voice_call", "carousel")
    ]
    text = {"type": "string", "minLength": 1}
    call = {"display_text": {**text, "maxLength": 20}, "payload": {**text, "maxLength": 512}}
    call["ttl_minutes"] = {"type": "integer", "minimum": 1, "maximum": 43200}
    reply = _closed({"id": text, "title": {**text, "maxLength": 20}}, "id", "title")
    button = _closed({"type": {"enum": ["quick_reply"]}, "quick_reply": reply}, "quick_reply")
    card_actions = [
        next(it for it in interactive["action"]["oneOf"] if _names(it) == ["cta_url"]),
        _closed({"buttons": {"type": "array", "items": button, "minItems": 1}}, "buttons"),
    ]
    card = _closed(
        {
            "card_index": {"type": "integer"},
            "type": {"enum": ["cta_url", "quick_reply"]},
            "header": {"properties": {"type": {"enum": ["image", "video"]}}},
            "body": _closed({"text": {**text, "maxLength": 160}}, "text"),
            "action": {"oneOf": card_actions},
        },
        *("card_index", "type", "header", "action"),
    )
    interactive["action"]["oneOf"] += [
        _closed({"name": {"enum": ["send_location"]}}, "name"),
        _closed({"name": {"enum": ["voice_call"]}, "parameters": _closed(call)}, "name"),
        _closed(
            {
                "name": {"enum": ["address_message"]},
                "parameters": {"required": ["country"], "properties": {"country": text}},
            },
            *("name", "parameters"),
        ),
        _closed(
            {"cards": {"type": "array", "items": card, "minItems": 2, "maxItems": 10}}, "cards"
        ),
    ]


def _add_components(component: Json) -> None:
    del component["index"]["pattern"]
    component["type"]["enum"] += ["carousel", "limited_time_offer", "order_status"]
    component["sub_type"]["enum"] += ["copy_code", "flow", "mpm", "voice_call", "order_details"]


def _closed(properties: Json, *required: str) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


def _names(action: Json) -> list[str]:
    found: list[str] = action.get("properties", {}).get("name", {}).get("enum", [])
    return found


def _trim(description: Json) -> dict[str, Json]:
    kinds = description["components"]["schemas"]["Message"]["discriminator"]["mapping"]
    return {kind: _resolved({"$ref": ref}, description) for kind, ref in kinds.items()}


def _resolved(value: Any, description: Json) -> Any:
    if isinstance(value, list):
        return [_resolved(item, description) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        target = description
        for step in value["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return _resolved(target, description)
    return {
        key: _resolved(item, description)
        for key, item in value.items()
        if key not in ("example", "discriminator")
        and not (key == "description" and isinstance(item, str))
    }


if __name__ == "__main__":
    whole = yaml.safe_load(Path(sys.argv[1]).read_text())
    FILE.write_text(json.dumps(_trim(whole), indent=1, sort_keys=True) + "\n")
