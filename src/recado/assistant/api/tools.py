"""The admin API of tools: what the assistant looks up and does, and the ledger of its calls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.assistant.tools import NewTool, ToolView, registry
from recado.assistant.tools.mcp import McpConfig, Offered
from recado.assistant.tools.offers import offered_by, tool_of_offer
from recado.assistant.tools.openapi import (
    Operation,
    operations_of,
    read_description,
    tool_of,
)
from recado.assistant.tools.results import told
from recado.assistant.tools.schema import check_arguments
from recado.assistant.tools.views import ToolCallView, list_calls
from recado.errors import ToolError, Unprocessable
from recado.http.answers import answers, json_response
from recado.http.fields import LIMIT, Body, Cursor, IdPath, JsonObject, Limit, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.security.audit import record
from recado.store import Tx, new_id
from recado.store.paging import Page

router = APIRouter(tags=["tools"])

Name = Annotated[Text, Field(min_length=1, max_length=63, examples=["order_status"])]
ByLanguage = dict[Literal["es", "pt", "en"], Annotated[Text, Field(max_length=2000)]]
Secret = Annotated[Text, Field(max_length=4000, description="Only written, never read")]
Characters = Annotated[
    list[Text], Field(max_length=1000, description="Ids or names; null is all of them")
]
Examples = Annotated[
    list[Text], Field(max_length=50, examples=[["¿dónde está mi pedido {number}?"]])
]
ToolKind = Literal["http", "mcp", "python", "template"]
ToolEffect = Literal["reads", "changes"]


class ToolBody(Body):
    name: Name
    title: Text = ""
    description: Text = ""
    kind: ToolKind = "http"
    effect: ToolEffect = "reads"
    confirms: bool | None = Field(None, description="Left out: as `changes` does")
    honours_keys: bool = Field(
        True, description="The other side does a thing once under one idempotency key"
    )
    timeout_seconds: float = Field(10.0, ge=0.5, le=60)
    parameters: JsonObject = Field(default_factory=dict)
    config: JsonObject = Field(
        default_factory=dict,
        examples=[{"method": "GET", "url": "https://shop.example/orders/{{ number }}"}],
    )
    examples: Examples = Field(default_factory=list)
    confirmations: ByLanguage = Field(default_factory=dict)
    answers: ByLanguage = Field(
        default_factory=dict, examples=[{"es": "Tu pedido {{ number }} está {{ status }}."}]
    )
    characters: Characters | None = None
    enabled: bool = True
    secret: Secret = ""


class ToolChange(Body):
    """What is left out stays as it is."""

    name: Name | None = None
    title: Text | None = None
    description: Text | None = None
    effect: ToolEffect | None = None
    confirms: bool | None = None
    honours_keys: bool | None = None
    timeout_seconds: float | None = None
    parameters: JsonObject | None = None
    config: JsonObject | None = None
    examples: Examples | None = None
    confirmations: ByLanguage | None = None
    answers: ByLanguage | None = None
    characters: Characters | None = None
    enabled: bool | None = None
    secret: Secret | None = None


class Description(Body):
    """An OpenAPI description, as text (JSON or YAML) or as an object."""

    description: Text | JsonObject
    operations: list[Text] = Field(
        default_factory=list, max_length=100, description="Ids of those that become tools"
    )
    base_url: Text = Field("", description="The server, where the description names none")
    secret: Secret = ""
    characters: Characters | None = None


class McpServer(Body):
    """An MCP server: at an address, or started by a command where RECADO_MCP_STDIO allows it."""

    url: Text = ""
    command: list[Text] = Field(default_factory=list, max_length=50)
    env: dict[Text, Text] = Field(default_factory=dict)
    tools: list[Text] = Field(default_factory=list, max_length=100)
    secret: Secret = ""
    characters: Characters | None = None


class Trial(Body):
    arguments: JsonObject = Field(default_factory=dict)


class TrialView(msgspec.Struct, frozen=True):
    """What a tool answered when it was tried. `told` is what a contact would hear, by language."""

    ok: bool
    result: Any
    error: str
    told: dict[str, str]


@router.get("/tools", summary="List the tools", responses=answers(ToolView, paged=True))
async def list_tools(runtime: RuntimeDep) -> Response:
    """By name, on one page."""
    return json_response(Page(await runtime.store.read(registry.list_tools), None))


@router.post(
    "/tools",
    status_code=201,
    summary="Add a tool",
    responses=answers(ToolView, 400, 409, 422, status=201),
)
async def add_tool(new: ToolBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    asked = msgspec.convert(new.model_dump(), NewTool)
    return json_response(await _add(runtime, caller, asked), 201)


@router.post(
    "/tools/openapi/operations",
    summary="Read an OpenAPI description",
    responses=answers(Operation, 422, paged=True),
)
async def read_openapi(given: Description) -> Response:
    """What the described API can do; nothing is stored."""
    return json_response(Page(operations_of(_document(given)), None))


@router.post(
    "/tools/openapi",
    status_code=201,
    summary="Make tools of an OpenAPI description",
    responses=answers(ToolView, 409, 422, status=201, paged=True),
)
async def add_openapi_tools(given: Description, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """One of each operation that is named, all or none."""
    document = _document(given)
    if not given.operations:
        raise Unprocessable("Name the operations that become tools.")
    shared = {
        "secret": given.secret,
        "characters": None if given.characters is None else tuple(given.characters),
    }
    made = [
        msgspec.structs.replace(tool_of(document, it, base_url=given.base_url), **shared)
        for it in given.operations
    ]
    sealed = runtime.tools.sealed(given.secret)

    def work(tx: Tx) -> list[ToolView]:
        return [_added(tx, caller, new, sealed) for new in made]

    views = await runtime.store.write(work)
    runtime.tools.forget()
    return json_response(Page(views, None), 201)


@router.post(
    "/tools/mcp/offered",
    summary="Look at an MCP server",
    responses=answers(Offered, 422, 502, paged=True),
)
async def read_mcp_server(given: McpServer, runtime: RuntimeDep) -> Response:
    """What the server offers; nothing is stored."""
    found = await offered_by(runtime.tool_calls, _server(given), secret=given.secret)
    return json_response(Page(found, None))


@router.post(
    "/tools/mcp",
    status_code=201,
    summary="Make tools of an MCP server",
    responses=answers(ToolView, 409, 422, 502, status=201, paged=True),
)
async def add_mcp_tools(given: McpServer, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """One of each that is named, all or none. What is not said to read only changes things."""
    server = _server(given)
    found = await offered_by(runtime.tool_calls, server, secret=given.secret)
    offered = {it.name: it for it in found}
    if not given.tools or (unknown := set(given.tools) - set(offered)):
        missing = ", ".join(sorted(unknown)) if given.tools else ""
        raise Unprocessable(f"Name tools that the server offers. {missing}")
    characters = None if given.characters is None else tuple(given.characters)
    made = [tool_of_offer(server, offered[name], characters) for name in given.tools]
    sealed = runtime.tools.sealed(given.secret)
    views = await runtime.store.write(lambda tx: [_added(tx, caller, new, sealed) for new in made])
    runtime.tools.forget()
    return json_response(Page(views, None), 201)


@router.get("/tools/{tool_id}", summary="Get a tool", responses=answers(ToolView, 404))
async def get_tool(tool_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(await runtime.store.read(lambda tx: registry.get_tool(tx, tool_id)))


@router.patch(
    "/tools/{tool_id}", summary="Change a tool", responses=answers(ToolView, 400, 404, 409, 422)
)
async def change_tool(
    tool_id: IdPath, change: ToolChange, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """Null is "all of them" for `characters`, and no value for anything else."""
    changes = change.model_dump(exclude_unset=True)
    secret = changes.pop("secret", None)
    changes = {k: v for k, v in changes.items() if v is not None or k == "characters"}
    sealed = None if secret is None else runtime.tools.sealed(secret)

    def work(tx: Tx) -> ToolView:
        view = registry.change_tool(tx, tool_id, changes, sealed)
        fields = sorted({*changes, *(["secret"] if sealed is not None else [])})
        record(tx, caller.actor, "tool.change", view.id, {"fields": fields})
        return view

    view = await runtime.store.write(work)
    runtime.tools.forget()
    return json_response(view)


@router.delete("/tools/{tool_id}", summary="Remove a tool", responses=answers(ToolView, 404))
async def remove_tool(tool_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Answers with what was removed. Its calls stay in the ledger."""

    def work(tx: Tx) -> ToolView:
        view = registry.remove_tool(tx, tool_id)
        record(tx, caller.actor, "tool.remove", view.id, {"name": view.name})
        return view

    view = await runtime.store.write(work)
    runtime.tools.forget()
    return json_response(view)


@router.post("/tools/{tool_id}/try", summary="Try a tool", responses=answers(TrialView, 404, 422))
async def try_tool(
    tool_id: IdPath, trial: Trial, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """It is really called, once, also one that changes things, and stands in the audit log."""
    view = await runtime.store.read(lambda tx: registry.get_tool(tx, tool_id))
    return json_response(await tried(runtime, caller.actor, view, trial.arguments))


@router.get(
    "/tool-calls",
    summary="List the calls of tools",
    responses=answers(ToolCallView, 400, paged=True),
)
async def list_tool_calls(
    runtime: RuntimeDep,
    conversation: Annotated[Text, Query(description="Of this conversation")] = "",
    tool: Annotated[Text, Query(description="Of the tool of this name")] = "",
    state: Annotated[Text, Query(description="In this state")] = "",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """The newest first."""
    page = await runtime.store.read(
        lambda tx: list_calls(
            tx, conversation_id=conversation, tool=tool, state=state, limit=limit, cursor=cursor
        )
    )
    return json_response(page)


async def tried(
    runtime: RuntimeDep, actor: str, tool: ToolView, given: dict[str, Any]
) -> TrialView:
    """A tool called with these arguments, beside any conversation. Raises Unprocessable."""
    arguments, wrong = check_arguments(given, tool.parameters)
    if wrong:
        raise Unprocessable(" ".join(wrong))
    await runtime.store.write(
        lambda tx: record(tx, actor, "tool.try", tool.id, {"name": tool.name})
    )
    secret = await runtime.tools.secret_of(tool)
    try:
        result = await runtime.tool_calls.ask(tool, arguments, secret=secret, key=new_id())
    except ToolError as error:
        return TrialView(False, None, runtime.tool_calls.safe(error.detail, secret), {})
    heard = {code: told(tool, arguments, result, code) for code in tool.answers}
    return TrialView(True, result, "", heard)


def _server(given: McpServer) -> McpConfig:
    return McpConfig(url=given.url, command=list(given.command), env=dict(given.env))


def _document(given: Description) -> dict[str, Any]:
    text = given.description
    return read_description(text if isinstance(text, str) else msgspec.json.encode(text).decode())


async def _add(runtime: RuntimeDep, caller: CallerDep, new: NewTool) -> ToolView:
    sealed = runtime.tools.sealed(new.secret)
    view = await runtime.store.write(lambda tx: _added(tx, caller, new, sealed))
    runtime.tools.forget()
    return view


def _added(tx: Tx, caller: CallerDep, new: NewTool, sealed: str) -> ToolView:
    view = registry.add_tool(tx, new, sealed)
    record(tx, caller.actor, "tool.add", view.id, {"name": view.name})
    return view
