"""What the API answers with: views as JSON, and how OpenAPI describes them."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from recado.http.times import to_iso
from recado.store.paging import Page

_encode = msgspec.json.Encoder().encode


def json_response(value: Any, status: int = 200) -> Response:
    """A view, a page of views or plain data. Fields of views named `…_at` become ISO 8601."""
    return Response(_encode(to_plain(value)), status, media_type="application/json")


def to_plain(value: Any, field: str = "") -> Any:
    """`value` with its structs as dicts. What was stored as JSON stays exactly as it is."""
    if isinstance(value, Page):
        return {"items": [to_plain(item) for item in value.items], "next": value.next}
    if isinstance(value, msgspec.Struct):
        return {name: to_plain(getattr(value, name), name) for name in value.__struct_fields__}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, float) and field.endswith("_at"):
        return to_iso(value)
    return value


Responses = dict[int | str, dict[str, Any]]


def schema_name(view: str) -> str:
    """A view's name in OpenAPI: `MessageView` is `Message`."""
    return view.removesuffix("View")


def answers(
    view: type[msgspec.Struct], *errors: int, status: int = 200, paged: bool = False
) -> Responses:
    """A route's `responses`: the view (or a page of views), and the problems it may end in."""
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{schema_name(view.__name__)}"}
    if paged:
        following = {
            "type": ["string", "null"],
            "description": "Pass it as `cursor` for the page that follows; null on the last.",
        }
        schema = {
            "type": "object",
            "properties": {"items": {"type": "array", "items": schema}, "next": following},
            "required": ["items", "next"],
        }
    found: Responses = {
        status: {
            "description": "A page" if paged else schema_name(view.__name__),
            "content": {"application/json": {"schema": schema}},
        }
    }
    return found | {error: PROBLEMS[error] for error in errors}


def done(*errors: int) -> Responses:
    """The `responses` of a route that answers 204, and the problems it may end in."""
    found: Responses = {204: {"description": "Done"}}
    return found | {error: PROBLEMS[error] for error in errors}


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


PROBLEMS: dict[int, dict[str, Any]] = {
    400: _problem("The request cannot be read, or a cursor does not belong to the list"),
    401: _problem("The key is missing or wrong"),
    403: _problem("The token's user has a role that does not include this"),
    404: _problem("There is no such thing"),
    409: _problem("In conflict with the present state"),
    413: _problem("Too large"),
    422: _problem("A value is not what the field accepts; `errors` lists each"),
    502: _problem("The provider refused, or gave no answer; `detail` says what to do"),
    503: _problem("A dependency is not available; retry"),
}


class FieldError(msgspec.Struct, frozen=True):
    """`field` is the path to the value, such as `body.text`."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True):
    """What went wrong (RFC 9457). `detail` says what to do about it; `type` stays the same for
    the same kind of problem."""

    type: str
    title: str
    status: int
    detail: str
    trace_id: str
    errors: tuple[FieldError, ...] = ()
