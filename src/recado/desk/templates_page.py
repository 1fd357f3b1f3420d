"""Templates: what the vendor has approved, and sending one from a conversation."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from recado.conversations.held import cancel_held
from recado.conversations.queries import get_conversation
from recado.desk.composer import MAX_KEY
from recado.desk.conversation import read_panes, takes_from_whom
from recado.desk.shown import preview_of
from recado.desk.visit import Visit
from recado.errors import NotFound, RecadoError
from recado.lines.standing import list_standings
from recado.security.audit import record
from recado.sending.once import claim, fulfil
from recado.sending.speak import say
from recado.store import Tx
from recado.templates.catalogue import TemplateView, list_templates
from recado.templates.fill import try_fill
from recado.templates.render import render
from recado.templates.sync import sync_templates

#: In the form, what a slot is called: `slot:body.1`.
SLOT = "slot:"


async def show(visit: Visit) -> Response:
    """`GET /templates`: by line, with how each reads."""
    runtime = visit.runtime
    lines = [
        line
        for line in await runtime.lines.all()
        if "templates" in runtime.channels[line.channel].capabilities.features
    ]

    def work(tx: Tx) -> dict[str, Any]:
        found = list_templates(tx)
        by_line = {line.id: [it for it in found if it.line_id == line.id] for line in lines}
        return {"templates": by_line, "states": read_states(tx)}

    context = await runtime.store.read(work)
    chosen = sorted(lines, key=lambda line: line.name)
    return visit.render("templates.html", lines=chosen, preview_of=preview_of, **context)


def read_states(tx: Tx) -> dict[str, dict[str, Any]]:
    """Of each line, how its last synchronisation went."""
    return {
        id: standing.state.get("templates") or {} for id, standing in list_standings(tx).items()
    }


async def sync(visit: Visit) -> Response:
    """`POST /templates/{id}/sync`: ask the vendor of the line `id` now."""
    line = await visit.runtime.lines.get(visit.request.path_params["id"])
    actor = visit.user.actor
    try:
        count = await sync_templates(visit.runtime, line)
    except RecadoError:  # the page shows it
        return visit.done("/templates")
    await visit.runtime.store.write(lambda tx: record(tx, actor, "templates.synced", line.id))
    return visit.done(
        "/templates", visit.ngettext("{count} template.", "{count} templates.", count)
    )


async def choose(visit: Visit) -> Response:
    """`GET /conversations/{id}/template?template=…`: the form in the composer; empty to close."""
    id = visit.request.path_params["id"]
    query = visit.request.query_params
    if "close" in query:
        return visit.render("parts/template_panel.html", conversation_id=id, panel=None)
    found = await _approved(visit, id)
    chosen = _named(found, query.get("template", "")) or (found[0] if found else None)
    panel = {"templates": found, "chosen": chosen, **_shown(chosen, {})}
    return visit.render("parts/template_panel.html", conversation_id=id, panel=panel)


async def preview(visit: Visit) -> Response:
    """`POST /conversations/{id}/template/preview`: how it reads with what is filled in so far."""
    id = visit.request.path_params["id"]
    chosen = _named(await _approved(visit, id), await visit.field("template"))
    if chosen is None:
        raise NotFound("This template is gone. Choose another one.")
    shown = _shown(chosen, await _values(visit))
    return visit.render("parts/template_preview.html", **shown)


async def send(visit: Visit) -> Response:
    """`POST /conversations/{id}/template`: send it; the sender takes the word."""
    id, user, runtime = visit.request.path_params["id"], visit.user, visit.runtime
    name, _, language = (await visit.field("template")).rpartition("|")
    given = {"name": name, "language": language, "parameters": await _values(visit)}
    key, takes_from = (await visit.field("key"))[:MAX_KEY], await takes_from_whom(visit)
    scope = ("desk", user.user_id, id, key) if key else None

    def work(tx: Tx) -> None:
        claimed = claim(tx, id, scope, msgspec.json.encode(given), actor=user.actor)
        if claimed.before is not None:
            return
        message = say(
            tx,
            runtime,
            id,
            text="",
            type="template",
            content={"template": given},
            actor=user.actor,
            user_id=user.user_id,
            takes_from=takes_from,
        )
        fulfil(tx, claimed, messages=[message["id"]])

    await runtime.store.write(work)
    panes = await read_panes(visit, id)
    return visit.render("parts/template_sent.html", conversation_id=id, panel=None, **panes)


async def cancel(visit: Visit) -> Response:
    """`POST /messages/{id}/cancel`: take a held message back."""
    id, actor = visit.request.path_params["id"], visit.user.actor
    conversation_id = await visit.runtime.store.write(lambda tx: cancel_held(tx, id, actor=actor))
    return visit.render("parts/live.html", **await read_panes(visit, conversation_id))


async def _approved(visit: Visit, conversation_id: str) -> list[TemplateView]:
    """What may be sent there; those in the contact's language come first."""

    def work(tx: Tx) -> list[TemplateView]:
        view = get_conversation(tx, conversation_id)
        found = [it for it in list_templates(tx, view.line_id) if it.status == "approved"]
        return sorted(found, key=lambda it: (it.language[:2] != view.language, it.name))

    return await visit.runtime.store.read(work)


def _named(templates: list[TemplateView], key: str) -> TemplateView | None:
    """`key` is "name|language", as the form has it."""
    return next((it for it in templates if f"{it.name}|{it.language}" == key), None)


async def _values(visit: Visit) -> dict[str, Any]:
    form = await visit.form()
    return {
        key.removeprefix(SLOT): value.strip()
        for key, value in form.items()
        if key.startswith(SLOT) and isinstance(value, str) and value.strip()
    }


def _shown(chosen: TemplateView | None, values: dict[str, Any]) -> dict[str, Any]:
    if chosen is None:
        return {"offer": None, "problems": []}
    components, problems = try_fill(chosen.components, values)
    told = problems if values else []
    return {"offer": preview_of(render(chosen.components, components)), "problems": told}
