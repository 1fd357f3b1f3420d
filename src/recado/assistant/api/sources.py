"""The admin API of where knowledge comes from: pages of the web, and what a source holds."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.assistant.knowledge import KnowledgeSourceView
from recado.assistant.knowledge.base import MOST_TITLE
from recado.assistant.knowledge.pages import LONGEST_ADDRESS
from recado.assistant.knowledge.shown import PassageView
from recado.assistant.knowledge.shown import list_passages as passages_of
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.security.audit import record

router = APIRouter(tags=["knowledge"])


class NewPage(Body):
    """A page of the web; `refresh` daily: it is read again by itself, once a day."""

    url: Annotated[
        Text,
        Field(min_length=1, max_length=LONGEST_ADDRESS, examples=["https://example.com/faq"]),
    ]
    refresh: Literal["never", "daily"] = "never"


@router.post(
    "/knowledge/pages",
    status_code=201,
    summary="Teach a page of the web",
    responses=answers(KnowledgeSourceView, 400, 422, status=201),
)
async def add_page(new: NewPage, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Only what is public is read, over TLS, and where the site's robots.txt allows it. A page that
    is known already is read again."""
    added = await runtime.pages.add(new.url, refresh=new.refresh)
    detail = {"name": added.name}
    await runtime.store.write(
        lambda tx: record(tx, caller.actor, "knowledge.add", added.id, detail)
    )
    return json_response(added, 201)


@router.get(
    "/knowledge/{source_id}",
    summary="Show a source",
    responses=answers(KnowledgeSourceView, 404),
)
async def get_knowledge(source_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(await runtime.knowledge.get(source_id))


class Offer(Body):
    """What is left out stays as it is."""

    sendable: (
        Annotated[bool, Field(description="Customers who ask for it may be sent the file itself")]
        | None
    ) = None
    title: (
        Annotated[
            Text,
            Field(max_length=MOST_TITLE, description="What they are told it is; empty: its name"),
        ]
        | None
    ) = None


@router.patch(
    "/knowledge/{source_id}",
    summary="Say whether customers may be sent a source's file",
    responses=answers(KnowledgeSourceView, 400, 404, 422),
)
async def offer_knowledge(
    source_id: IdPath, offer: Offer, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """By the assistant, to whoever asks for the file itself. Nothing is sent that is not marked."""
    changed = await runtime.knowledge.offer(source_id, sendable=offer.sendable, title=offer.title)
    detail = {"name": changed.name, "sendable": changed.sendable, "title": changed.title}
    await runtime.store.write(
        lambda tx: record(tx, caller.actor, "knowledge.offer", changed.id, detail)
    )
    return json_response(changed)


@router.post(
    "/knowledge/{source_id}/refresh",
    summary="Read a page again",
    responses=answers(KnowledgeSourceView, 400, 404),
)
async def look_at_page(source_id: IdPath, runtime: RuntimeDep) -> Response:
    """Now. What is wrong with it stands in `page.problem`; what it said before stays known."""
    return json_response(await runtime.pages.look_again(source_id))


@router.get(
    "/knowledge/{source_id}/passages",
    summary="List a source's passages",
    responses=answers(PassageView, 400, 404, 422, paged=True),
)
async def list_passages(
    source_id: IdPath,
    runtime: RuntimeDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query()] = None,
) -> Response:
    """What the assistant can quote of it, in order."""
    return json_response(
        await runtime.store.read(lambda tx: passages_of(tx, source_id, limit=limit, cursor=cursor))
    )
