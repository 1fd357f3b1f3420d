"""Tools: what the assistant looks up and does in other systems; added, tried, switched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.responses import Response

from recado.assistant.characters import list_characters
from recado.assistant.tools import NewTool, ToolView, registry
from recado.assistant.tools.definition import LANGUAGES
from recado.assistant.tools.http import AUTH_TYPES, METHODS, HttpConfig, outgoing
from recado.assistant.tools.mcp import McpConfig, Offered
from recado.assistant.tools.offers import offered_by, tool_of_offer
from recado.assistant.tools.openapi import operations_of, read_description, tool_of
from recado.assistant.tools.results import told
from recado.assistant.tools.schema import check_arguments
from recado.assistant.tools.secrets import INSTEAD
from recado.assistant.tools.template import KIND as TEMPLATE
from recado.desk.template_tool import sendable
from recado.desk.tool_form import EMPTY, tool_from, values_of
from recado.desk.visit import Visit
from recado.errors import RequestError, ToolError
from recado.security.audit import record
from recado.store import Tx, new_id

_AUTH_WORDS = {
    "none": "None",
    "bearer": "Bearer token",
    "basic": "Name and password",
    "header": "A header",
    "query": "In the address",
}


async def show(visit: Visit) -> Response:
    """`GET /tools`"""

    def work(tx: Tx) -> dict[str, Any]:
        names = {it.id: it.name for it in list_characters(tx)}
        return {"tools": registry.list_tools(tx), "names": names, "templates": sendable(tx)}

    return visit.render("tools.html", **await visit.runtime.store.read(work))


async def show_new(visit: Visit) -> Response:
    """`GET /tools/new`: an empty form; of `?template=NAME`, one that sends it."""
    values = values_of(None)
    if name := visit.request.query_params.get("template", ""):
        values |= {"kind": TEMPLATE, "template": name}
    return await _form(visit, None, values)


async def show_one(visit: Visit) -> Response:
    """`GET /tools/{id}`: its form, and a box to try it."""
    tool = await _tool(visit)
    return await _form(visit, tool, values_of(tool))


async def add(visit: Visit) -> Response:
    """`POST /tools`: what is wrong is said beside what was typed."""
    values = await _typed(visit)
    try:
        new = msgspec.convert(tool_from(values), NewTool)
        sealed = visit.runtime.tools.sealed(new.secret)
        view = await visit.runtime.store.write(lambda tx: _added(tx, visit, new, sealed))
    except (RequestError, msgspec.ValidationError) as error:
        return await _form(visit, None, values, _problem(error))
    visit.runtime.tools.forget()
    return visit.done(f"/tools/{view.id}", visit.say("Added. Try it before customers do."))


async def save(visit: Visit) -> Response:
    """`POST /tools/{id}`: the secret stays where the field is left empty."""
    tool, values = await _tool(visit), await _typed(visit)
    try:
        changes = tool_from(values, tool)
        secret = changes.pop("secret")
        sealed = visit.runtime.tools.sealed(secret) if secret else None
        await visit.runtime.store.write(lambda tx: _changed(tx, visit, tool.id, changes, sealed))
    except RequestError as error:
        return await _form(visit, tool, values, _problem(error))
    visit.runtime.tools.forget()
    return visit.done(f"/tools/{tool.id}", visit.say("Saved."))


async def remove(visit: Visit) -> Response:
    """`POST /tools/{id}/remove`"""
    tool = await _tool(visit)

    def work(tx: Tx) -> None:
        registry.remove_tool(tx, tool.id)
        record(tx, visit.user.actor, "tool.remove", tool.id, {"name": tool.name})

    await visit.runtime.store.write(work)
    visit.runtime.tools.forget()
    return visit.done("/tools", visit.say("Removed."))


async def try_it(visit: Visit) -> Response:
    """`POST /tools/{id}/try`: it is really called; the request and the answer are shown."""
    tool, runtime = await _tool(visit), visit.runtime
    given = {
        name: it for name in tool.properties if (it := (await visit.field(f"arg.{name}")).strip())
    }
    read = {name: _read_list(tool, name, value) for name, value in given.items()}
    arguments, wrong = check_arguments(read, tool.parameters)
    if wrong:
        return visit.render("parts/tool_trial.html", problem=" ".join(wrong))
    audit = {"name": tool.name}
    await runtime.store.write(lambda tx: record(tx, visit.user.actor, "tool.try", tool.id, audit))
    secret = await runtime.tools.secret_of(tool)
    context: dict[str, Any] = {"problem": "", "asked": _shown_request(tool, arguments)}
    try:
        result = await runtime.tool_calls.ask(tool, arguments, secret=secret, key=new_id())
    except ToolError as error:
        said = runtime.tool_calls.safe(error.detail, secret)
        return visit.render("parts/tool_trial.html", **context | {"problem": said})
    heard = told(tool, arguments, result, visit.language)
    answer = json.dumps(result, ensure_ascii=False, indent=2)
    return visit.render("parts/tool_trial.html", **context, answer=answer, heard=heard)


async def read_openapi(visit: Visit) -> Response:
    """`POST /tools/openapi`: a description, a file or pasted; then the operations picked."""
    text = await _description(visit)
    try:
        document = read_description(text)
        picked = [str(it) for it in (await visit.form()).getlist("operation")]
        if picked:
            return await _add_operations(visit, document, picked)
        operations, problem = operations_of(document), ""
    except RequestError as error:
        operations, problem = [], error.detail
    return visit.render(
        "tools_openapi.html",
        status=422 if problem else 200,
        operations=operations,
        description=text,
        base_url=await visit.field("base_url"),
        problem=visit.say(problem) if problem else "",
    )


async def _add_operations(visit: Visit, document: Mapping[str, Any], picked: list[str]) -> Response:
    base_url, secret = await visit.field("base_url"), (await visit.field("secret")).strip()
    made = [tool_of(document, it, base_url=base_url) for it in picked[:100]]
    return await _add_all(visit, made, secret)


async def _add_all(visit: Visit, made: list[NewTool], secret: str) -> Response:
    """All or none."""
    sealed = visit.runtime.tools.sealed(secret)

    def work(tx: Tx) -> None:
        for new in made:
            _added(tx, visit, new, sealed)

    await visit.runtime.store.write(work)
    visit.runtime.tools.forget()
    return visit.done("/tools", visit.say("Added. Say how customers ask for them, and try them."))


async def read_mcp(visit: Visit) -> Response:
    """`POST /tools/mcp`: a server's address; then the tools that are picked."""
    url, secret = (await visit.field("url")).strip(), (await visit.field("secret")).strip()
    server, picked = McpConfig(url=url), (await visit.form()).getlist("operation")
    offered: list[Offered] = []
    problem = ""
    try:
        offered = await offered_by(visit.runtime.tool_calls, server, secret=secret)
        made = [tool_of_offer(server, it) for it in offered if it.name in picked]
        if made:
            return await _add_all(visit, made, secret)
    except (RequestError, ToolError) as error:
        problem = error.detail
    return visit.render(
        "tools_mcp.html",
        status=422 if problem else 200,
        url=url,
        offered=offered,
        problem=visit.say(problem) if problem else "",
    )


async def _description(visit: Visit) -> str:
    upload = (await visit.form()).get("file")
    if isinstance(upload, UploadFile) and upload.filename:
        return (await upload.read()).decode("utf-8", "replace")
    return await visit.field("description")


async def _tool(visit: Visit) -> ToolView:
    tool_id = visit.request.path_params["id"]
    return await visit.runtime.store.read(lambda tx: registry.get_tool(tx, tool_id))


def _added(tx: Tx, visit: Visit, new: NewTool, sealed: str) -> ToolView:
    view = registry.add_tool(tx, new, sealed)
    record(tx, visit.user.actor, "tool.add", view.id, {"name": view.name})
    return view


def _changed(
    tx: Tx, visit: Visit, tool_id: str, changes: dict[str, Any], sealed: str | None
) -> None:
    registry.change_tool(tx, tool_id, changes, sealed)
    fields = sorted({*changes, *(["secret"] if sealed is not None else [])})
    record(tx, visit.user.actor, "tool.change", tool_id, {"fields": fields})


def _problem(error: Exception) -> str:
    return error.detail if isinstance(error, RequestError) else str(error)


async def _form(
    visit: Visit, tool: ToolView | None, values: Mapping[str, Any], problem: str = ""
) -> Response:
    def work(tx: Tx) -> dict[str, Any]:
        found = [it for it in sendable(tx) if it.name == values.get("template")]
        return {"characters": list_characters(tx), "chosen": found[0] if found else None}

    return visit.render(
        "tool.html",
        status=422 if problem else 200,
        tool=tool,
        values={**EMPTY, **values},
        **await visit.runtime.store.read(work),
        methods=METHODS,
        auth_types=[(it, _AUTH_WORDS[it]) for it in AUTH_TYPES],
        languages=LANGUAGES,
        problem=visit.say(problem) if problem else "",
    )


async def _typed(visit: Visit) -> dict[str, Any]:
    """The form as it came."""
    form = await visit.form()
    values: dict[str, Any] = {
        name: value.strip() for name, value in form.items() if isinstance(value, str)
    }
    checks = {name: name in values for name in ("confirms", "honours_keys", "enabled")}
    return values | checks | {"used_by": [str(it) for it in form.getlist("used_by") if it]}


def _read_list(tool: ToolView, name: str, value: str) -> Any:
    """What was typed for a parameter: a list has an item a line."""
    if tool.properties[name].get("type") == "array":
        return [line.strip() for line in value.splitlines() if line.strip()]
    return value


def _shown_request(tool: ToolView, arguments: Mapping[str, Any]) -> str:
    """The request as it goes out, without the secret."""
    if tool.kind != "http":
        return json.dumps(arguments, ensure_ascii=False, indent=2)
    form = msgspec.convert(tool.config, HttpConfig)
    try:
        asked = outgoing(form, arguments, secret="secret" if tool.has_secret else "", key="…")
    except ToolError:
        return f"{form.method} {form.url}"
    hidden = outgoing(form, arguments, secret="", key="…")
    headers = {name: hidden.headers.get(name, INSTEAD) for name in asked.headers}
    query = {name: hidden.query.get(name, INSTEAD) for name in asked.query}
    lines = [f"{asked.method} {hidden.url}", *(f"? {k}={v}" for k, v in query.items())]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    body = hidden.body.decode() if hidden.body else ""
    return "\n".join([*lines, *(["", body] if body else [])])
