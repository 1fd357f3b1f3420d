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
    required = {*common["required"], *part["required"]} - {"to"}
    if "template" in properties:
        components = properties["template"]["properties"]["components"]
        del components["items"]["properties"]["index"]["pattern"]
    if "interactive" in properties:
        _add_cta_url(properties["interactive"]["properties"])
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
