"""A reaction of the team shows where it arrived, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recado.sending.speak import say
from recado.store import Tx
from tests.support.flow import Flow, running_flow
from tests.support.graph import Behaviour
from tests.support.payloads import status, text_message


async def react(flow: Flow) -> None:
    """A customer writes, and the team puts a thumb on it."""
    await flow.receive(text_message("hola", id="wamid.1"))
    await flow.until_sent(1)
    await flow.quiet()
    conversation = await flow.conversation()

    def work(tx: Tx) -> dict[str, Any]:
        return say(
            tx,
            flow.runtime,
            conversation.id,
            text="",
            type="reaction",
            content={"reaction": {"message_id": "wamid.1", "emoji": "👍"}},
            actor="api",
            user_id=None,
        )

    await flow.write(work)


async def reactions(flow: Flow) -> tuple[dict[str, str], str]:
    """What stands on the customer's message, and the status of the reaction's own."""
    await flow.quiet()
    (target,) = await flow.messages(direction="inbound")
    (own,) = await flow.messages(type="reaction")
    return target.reactions or {}, own.status


async def test_a_reaction_that_was_refused_does_not_stay_on_the_message(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(), Behaviour(error=131026))
        await react(flow)
        assert await reactions(flow) == ({}, "failed")


async def test_a_reaction_stays_until_its_failure_is_reported(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await react(flow)
        assert await reactions(flow) == ({"business": "👍"}, "sent")
        (own,) = await flow.messages(type="reaction")
        await flow.receive(statuses=[status(own.provider_message_id, "failed")])
        assert await reactions(flow) == ({}, "failed")
