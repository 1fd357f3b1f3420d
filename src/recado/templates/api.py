"""The admin API of message templates, and of writing to somebody first."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.conversations.api.messages import (
    IdempotencyKey,
    NewMessageTo,
    say_to_once,
    shown_content,
)
from recado.conversations.held import cancel_held
from recado.conversations.queries import get_message
from recado.conversations.views import MessageView
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, JsonObject, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.store import Tx
from recado.store.paging import Page
from recado.templates.catalogue import TemplateView, fill_in, find_template, list_templates
from recado.templates.sync import sync_templates

router = APIRouter(tags=["templates"])


class TemplatesView(msgspec.Struct, frozen=True):
    """How many templates the vendor has now."""

    line_id: str
    count: int


class PreviewView(msgspec.Struct, frozen=True):
    """A filled-in template: what is sent (`components`, in Meta's form), and what is shown."""

    name: str
    language: str
    components: list[dict[str, Any]]
    preview: dict[str, Any]


class NewPreview(Body):
    """`parameters` are simple values by the template's slots; or give `components` as they go."""

    language: Annotated[Text, Field(max_length=20, examples=["es_MX"])] = ""
    parameters: JsonObject = Field(
        default_factory=dict, examples=[{"body": ["Ana"], "buttons": {"0": "order/4711"}}]
    )
    components: list[JsonObject] | None = None


@router.get(
    "/lines/{line_id}/templates",
    summary="List a line's templates",
    responses=answers(TemplateView, 404, paged=True),
)
async def list_line_templates(
    line_id: IdPath,
    runtime: RuntimeDep,
    name: Annotated[Text | None, Query(max_length=512, description="Only those called so")] = None,
) -> Response:
    """As they were when they were last synchronised, all on one page."""
    await runtime.lines.get(line_id)
    found = await runtime.store.read(lambda tx: list_templates(tx, line_id))
    chosen = [template for template in found if name is None or template.name == name]
    return json_response(Page(chosen, None))


@router.post(
    "/lines/{line_id}/templates/sync",
    summary="Synchronise a line's templates",
    responses=answers(TemplatesView, 404, 409, 422, 502),
)
async def sync_line_templates(line_id: IdPath, runtime: RuntimeDep) -> Response:
    """Ask the vendor now; it is asked once an hour anyway."""
    line = await runtime.lines.get(line_id)
    return json_response(TemplatesView(line.id, await sync_templates(runtime, line)))


@router.post(
    "/lines/{line_id}/templates/{name}/preview",
    summary="Preview a template",
    responses=answers(PreviewView, 404, 422),
)
async def preview_template(
    line_id: IdPath, name: Text, new: NewPreview, runtime: RuntimeDep
) -> Response:
    """What the person would see, and whether a value is missing."""
    await runtime.lines.get(line_id)

    def work(tx: Tx) -> PreviewView:
        template = find_template(tx, line_id, name, new.language)
        components, preview = fill_in(
            template, parameters=new.parameters, components=new.components
        )
        return PreviewView(template.name, template.language, components, preview)

    return json_response(await runtime.store.read(work))


@router.post(
    "/lines/{line_id}/messages",
    status_code=201,
    summary="Write to somebody",
    responses=answers(MessageView, 400, 404, 409, 422, status=201),
)
async def write_to(
    line_id: IdPath,
    new: NewMessageTo,
    runtime: RuntimeDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """To a phone number or another identity, whether or not they have written yet. Outside the
    24 hours a template goes at once; another message follows the line's rule, or waits."""
    line = await runtime.lines.get(line_id)
    content = await shown_content(runtime, line.channel, new)
    message = await runtime.store.write(
        lambda tx: say_to_once(tx, runtime, line, new, caller, idempotency_key, content=content)
    )
    return json_response(message, 201)


@router.post(
    "/messages/{message_id}/cancel",
    summary="Take a held message back",
    responses=answers(MessageView, 404, 409),
)
async def cancel_message(message_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Only what waits for the contact to write can be taken back."""

    def work(tx: Tx) -> MessageView:
        cancel_held(tx, message_id, actor=caller.actor)
        return get_message(tx, message_id)

    return json_response(await runtime.store.write(work))
