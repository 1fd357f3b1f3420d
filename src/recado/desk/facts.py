"""What is known about a contact: written down, corrected and erased beside their conversation."""

from __future__ import annotations

from starlette.responses import Response

from recado.conversations.facts.keeping import correct_fact, erase_fact, write_fact
from recado.desk.conversation import render_live
from recado.desk.visit import Visit


async def write(visit: Visit) -> Response:
    """`POST /contacts/{id}/facts`: `kind` and `value`."""
    contact, actor = visit.request.path_params["id"], visit.user.actor
    kind, value = await visit.field("kind"), await visit.field("value")
    await visit.runtime.store.write(lambda tx: write_fact(tx, contact, kind, value, actor=actor))
    return await _shown(visit)


async def correct(visit: Visit) -> Response:
    """`POST /contacts/{id}/facts/{fact}`: `value` holds from now on."""
    contact, fact = visit.request.path_params["id"], visit.request.path_params["fact"]
    value, actor = await visit.field("value"), visit.user.actor
    await visit.runtime.store.write(lambda tx: correct_fact(tx, contact, fact, value, actor=actor))
    return await _shown(visit)


async def erase(visit: Visit) -> Response:
    """`POST /contacts/{id}/facts/{fact}/erase`."""
    contact, fact = visit.request.path_params["id"], visit.request.path_params["fact"]
    actor = visit.user.actor
    await visit.runtime.store.write(lambda tx: erase_fact(tx, contact, fact, actor=actor))
    return await _shown(visit)


async def _shown(visit: Visit) -> Response:
    return await render_live(visit, await visit.field("conversation"))
