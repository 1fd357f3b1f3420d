"""The admin API's contacts: found by a name of theirs, and told apart by a person."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.channels.messages import Identity
from recado.conversations import queries
from recado.conversations.same_person import Settled, join_by_hand, keep_apart, settle
from recado.conversations.views import ContactView
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.store import Tx
from recado.store.paging import Page

router = APIRouter(tags=["conversations"])


class Claimed(Body):
    """A conflict of the contact's, as `attributes.conflicts` has it."""

    kind: Annotated[
        Literal["phone", "bsuid", "provider"], Field(description="Of the identity claimed")
    ]
    value: Annotated[Text, Field(min_length=1, max_length=256, examples=["573001234567"])]


@router.get("/contacts", summary="Find a contact", responses=answers(ContactView, 422, paged=True))
async def find_contact(
    runtime: RuntimeDep,
    identity: Annotated[
        Text,
        Query(
            min_length=1,
            max_length=256,
            description="A phone number in any usual spelling, a BSUID, a username, or the"
            " channel's own id",
            examples=["+57 300 123 4567", "BR.1502576394655843"],
        ),
    ],
) -> Response:
    """A page with the one contact of that identity, or an empty one."""
    found = await runtime.store.read(lambda tx: queries.contact_by_identity(tx, identity))
    return json_response(Page([found] if found else [], None))


@router.get("/contacts/{contact_id}", summary="Get a contact", responses=answers(ContactView, 404))
async def get_contact(contact_id: IdPath, runtime: RuntimeDep) -> Response:
    return json_response(await runtime.store.read(lambda tx: queries.contact_view(tx, contact_id)))


@router.post(
    "/contacts/{contact_id}/join",
    summary="Settle a conflict: the same person",
    responses=answers(ContactView, 404, 422),
)
async def join_contact(
    contact_id: IdPath, claimed: Claimed, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """The contact that has the identity, and this one, are one from now on: the older one, which
    is answered. Where nobody has it yet, it replaces what this one had of its kind."""

    def work(tx: Tx) -> Settled:
        identity = Identity(claimed.kind, claimed.value)
        return join_by_hand(tx, contact_id, identity, actor=caller.actor)

    settled = await settle(runtime, work)
    return json_response(
        await runtime.store.read(lambda tx: queries.contact_view(tx, settled.contact_id))
    )


@router.post(
    "/contacts/{contact_id}/apart",
    summary="Settle a conflict: not the same",
    responses=answers(ContactView, 404, 422),
)
async def keep_contact_apart(
    contact_id: IdPath, claimed: Claimed, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """The contacts stay two, and are not shown as a conflict about that identity again."""

    def work(tx: Tx) -> Settled:
        identity = Identity(claimed.kind, claimed.value)
        return keep_apart(tx, contact_id, identity, actor=caller.actor)

    await settle(runtime, work)
    return json_response(await runtime.store.read(lambda tx: queries.contact_view(tx, contact_id)))
