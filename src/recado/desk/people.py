"""Who is who: a conflict about an identity, settled by a person."""

from __future__ import annotations

from starlette.responses import Response

from recado.channels.messages import Identity, IdentityKind
from recado.conversations.same_person import Settled, join_by_hand, keep_apart, settle
from recado.desk.visit import Visit
from recado.errors import BadRequest
from recado.store import Tx

#: What may be claimed: a username passes from one person to another, and says nothing.
KINDS: dict[str, IdentityKind] = {"phone": "phone", "bsuid": "bsuid", "provider": "provider"}


async def join(visit: Visit) -> Response:
    """`POST /contacts/{id}/join`: whoever has the identity is this same person. Leads to the
    conversation that was open (`conversation`), or to what has become of it."""
    identity, shown = await _identity(visit), await visit.field("conversation")
    contact_id, actor = visit.request.path_params["id"], visit.user.actor

    def work(tx: Tx) -> Settled:
        return join_by_hand(tx, contact_id, identity, actor=actor)

    found = (await settle(visit.runtime, work)).conversation_ids
    to = shown if shown in found else next(iter(found), "")
    message = visit.say("They are one person now.")
    return visit.done(f"/conversations/{to}" if to else "/", message)


async def apart(visit: Visit) -> Response:
    """`POST /contacts/{id}/apart`: they are two, and that is not asked again."""
    identity = await _identity(visit)
    contact_id, actor = visit.request.path_params["id"], visit.user.actor

    def work(tx: Tx) -> Settled:
        return keep_apart(tx, contact_id, identity, actor=actor)

    await settle(visit.runtime, work)
    return visit.nothing(visit.say("They stay two people."))


async def _identity(visit: Visit) -> Identity:
    kind, value = await visit.field("kind"), await visit.field("value")
    if kind not in KINDS:
        raise BadRequest("`kind` is phone, bsuid or provider.")
    return Identity(KINDS[kind], value)
