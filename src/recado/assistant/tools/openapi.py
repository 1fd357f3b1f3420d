"""An OpenAPI description (3.0 or 3.1) read into operations, and an operation made
a tool: the same form that a person fills in (http.py).

References are followed inside the document alone, some levels deep; nothing is fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from recado.assistant.tools.definition import NewTool
from recado.assistant.tools.http import METHODS
from recado.assistant.tools.schema import SCALARS
from recado.errors import Unprocessable

MOST_BYTES = 2 * 1024 * 1024
MOST_OPERATIONS = 300
_DEEPEST = 8
_SCHEMES = {"bearer": "bearer", "basic": "basic"}
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the described API can do. `problem` says why no tool can be made of it."""

    id: str
    method: str
    path: str
    summary: str
    effect: str
    problem: str = ""


def read_description(text: str) -> dict[str, Any]:
    """The document. Raises Unprocessable: it is too long, not JSON or YAML, or not OpenAPI 3."""
    if len(text) > MOST_BYTES:
        raise Unprocessable("An OpenAPI description has 2 MB at most.")
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise Unprocessable("The description is nested too deeply.") from error
    except ValueError:
        document = _read_yaml(text)
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise Unprocessable("This is no OpenAPI 3 description (its `openapi` is 3.0 or 3.1).")
    if not isinstance(document.get("paths"), dict):
        raise Unprocessable("The description has no `paths`.")
    return document


def _read_yaml(text: str) -> Any:
    import yaml  # JSON needs none of it

    class Loader(yaml.SafeLoader):
        """Refuses aliases: a few lines of them unfold to gigabytes."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                raise yaml.YAMLError("aliases are not read")
            return super().compose_node(parent, index)

    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a safe loader's child
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unprocessable("The description is neither JSON nor YAML.") from error


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """What the API can do, in the document's order."""
    found = []
    for path, method, operation in _operations(document):
        problem = ""
        try:
            _parameters(document, path, operation)
        except Unprocessable as error:
            problem = error.detail
        found.append(
            Operation(
                id=_id_of(path, method, operation),
                method=method.upper(),
                path=path,
                summary=str(operation.get("summary") or operation.get("description") or "")[:200],
                effect=_effect(method),
                problem=problem,
            )
        )
    return found


def tool_of(document: Mapping[str, Any], operation_id: str, *, base_url: str = "") -> NewTool:
    """The tool that an operation becomes. `base_url` is the server, where the document names none
    or another is meant. Raises Unprocessable."""
    for path, method, operation in _operations(document):
        if _id_of(path, method, operation) == operation_id:
            break
    else:
        raise Unprocessable(f"The description has no operation {operation_id[:100]!r}.")
    places, schema = _parameters(document, path, operation)
    url = _server(document, base_url).rstrip("/") + _PLACE_IN_PATH.sub(r"{{ \1 }}", path)
    title = str(operation.get("summary") or operation_id)
    config: dict[str, Any] = {"method": method.upper(), "url": url, "auth": _auth(document)}
    for kind in ("query", "header"):
        named = {name: f"{{{{ {name} }}}}" for name, place in places.items() if place == kind}
        if named:
            config["headers" if kind == "header" else "query"] = named
    return NewTool(
        name=name_of(operation_id),
        title=title[:80],
        description=str(operation.get("description") or title)[:2000],
        kind="http",
        effect="reads" if _effect(method) == "reads" else "changes",
        parameters=schema,
        config=config,
    )


_PLACE_IN_PATH = re.compile(r"\{([\w.-]{1,64})\}")


def name_of(operation_id: str) -> str:
    """A tool's name from an operation's id: getOrderStatus → get_order_status."""
    spaced = _HUMPS.sub("_", operation_id).lower()
    name = _NOT_IN_NAMES.sub("_", spaced).strip("_")[:63]
    return name if name[:1].isalpha() else f"tool_{name}"[:63]


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    count = 0
    for path, item in document["paths"].items():
        if not isinstance(item, dict):
            continue
        for method, operation in item.items():
            if method.upper() not in METHODS or not isinstance(operation, dict):
                continue
            count += 1
            if count > MOST_OPERATIONS:
                return
            shared = [*_list(item.get("parameters")), *_list(operation.get("parameters"))]
            yield str(path), method, {**operation, "parameters": shared}


def _id_of(path: str, method: str, operation: Mapping[str, Any]) -> str:
    return str(operation.get("operationId") or f"{method}{path}")[:200]


def _effect(method: str) -> str:
    return "reads" if method.upper() in ("GET", "HEAD") else "changes"


def _parameters(
    document: Mapping[str, Any], path: str, operation: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Where each parameter goes (path, query, header, body), and the schema of all.

    Raises Unprocessable: there is something that a tool cannot send.
    """
    places: dict[str, str] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for given in operation["parameters"]:
        parameter = _resolved(document, given)
        name, place = str(parameter.get("name", "")), parameter.get("in")
        if place == "cookie" and parameter.get("required"):
            raise Unprocessable("It needs a cookie.")
        if place not in ("path", "query", "header"):
            continue
        described = _described(document, parameter.get("schema") or {}, parameter)
        properties[name], places[name] = described, str(place)
        if parameter.get("required") or place == "path":
            required.append(name)
    body, needed = _body(document, operation)
    properties |= {name: it for name, it in body.items() if name not in properties}
    places |= {name: "body" for name in body if name not in places}
    required += [name for name in needed if name not in required]
    if missing := set(_PLACE_IN_PATH.findall(path)) - properties.keys():
        raise Unprocessable(f"Its path names {', '.join(sorted(missing))} without describing it.")
    return places, {"type": "object", "properties": properties, "required": required}


def _body(
    document: Mapping[str, Any], operation: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    body = _resolved(document, operation.get("requestBody") or {})
    content = body.get("content") or {}
    if not isinstance(content, dict) or not content:
        return {}, []
    kind = next((it for it in content if "json" in str(it)), None)
    if kind is None:
        if body.get("required"):
            raise Unprocessable("It takes a body that is not JSON.")
        return {}, []
    schema = _resolved(document, (content[kind] or {}).get("schema") or {})
    parts = [_resolved(document, it) for it in _list(schema.get("allOf"))] or [schema]
    found: dict[str, Any] = {}
    required: list[str] = []
    for part in parts:
        needed = [str(it) for it in _list(part.get("required"))]
        for name, it in (part.get("properties") or {}).items():
            try:
                found[str(name)] = _described(document, it, {})
            except Unprocessable:
                if name in needed:
                    raise
                continue  # what may be left out is left out
            if name in needed:
                required.append(str(name))
    return found, required


def _described(
    document: Mapping[str, Any], schema: Any, parameter: Mapping[str, Any]
) -> dict[str, Any]:
    """A parameter's schema without references. Raises Unprocessable: an object, or a choice."""
    read = dict(_resolved(document, schema))
    kind = read.get("type")
    if isinstance(kind, list):
        kind = next((it for it in kind if it != "null"), "string")
    if kind is None and "enum" in read:
        kind = "string"
    if kind == "array":
        read["items"] = _described(document, read.get("items") or {}, {})
    elif kind not in SCALARS:
        raise Unprocessable(
            f"It needs {str(parameter.get('name') or 'an object')[:60]}, which is nested."
        )
    read["type"] = kind
    if parameter.get("description") and not read.get("description"):
        read["description"] = str(parameter["description"])
    read.pop("default", None)
    return read


def _resolved(document: Mapping[str, Any], value: Any, depth: int = 0) -> Mapping[str, Any]:
    """The value that a reference names. Raises Unprocessable: it leads out, or nowhere."""
    if not isinstance(value, dict):
        return {}
    reference = value.get("$ref")
    if reference is None:
        return value
    if not isinstance(reference, str) or not reference.startswith("#/") or depth > _DEEPEST:
        raise Unprocessable("A reference in the description leads out of it.")
    found: Any = document
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return _resolved(document, found, depth + 1)


def _server(document: Mapping[str, Any], base_url: str) -> str:
    servers = _list(document.get("servers"))
    named = servers[0].get("url") if servers and isinstance(servers[0], dict) else ""
    url = base_url.strip() or str(named or "")
    if not url.startswith(("https://", "http://")):
        raise Unprocessable("The description names no server; give its address (https://…).")
    return url


def _auth(document: Mapping[str, Any]) -> dict[str, str]:
    """How the first of the described sign-ins carries the secret."""
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for scheme in schemes.values() if isinstance(schemes, dict) else ():
        read = _resolved(document, scheme)
        if read.get("type") == "apiKey" and read.get("in") in ("header", "query"):
            return {"type": str(read["in"]), "name": str(read.get("name", ""))}
        if read.get("type") == "http" and str(read.get("scheme")).lower() in _SCHEMES:
            return {"type": _SCHEMES[str(read["scheme"]).lower()]}
    return {"type": "bearer"}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
