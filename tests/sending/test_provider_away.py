"""While a provider is away nothing is asked of it in vain, and all goes out when it is back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from recado.app.probes import breakers
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.graph import Behaviour
from tests.support.payloads import text_message

PEOPLE = 6


async def ask(flow: Flow) -> None:
    flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
    await flow.receive(
        *(text_message(f"hola {number}", sender=f"1650555{number:04}") for number in range(PEOPLE))
    )


async def until_state(flow: Flow, state: str) -> None:
    async with asyncio.timeout(60):
        while state not in breakers(flow.runtime).values():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "broken",
    [
        Behaviour(status=503, error=131057, times=PEOPLE + 2),
        Behaviour(error=133004, times=PEOPLE + 2),
    ],
    ids=["a server's error", "a refusal"],
)
async def test_messages_wait_for_a_provider_that_is_away_and_none_is_lost(
    tmp_path: Path, broken: Behaviour
) -> None:
    async with running_flow(tmp_path, RECADO_BREAKER_SECONDS="1") as flow:
        flow.graph.script(broken)
        await ask(flow)
        await until_state(flow, "open")
        await flow.until_sent(PEOPLE)
        await flow.quiet()
        assert sorted(flow.sent) == [f"Answer to: hola {number}" for number in range(PEOPLE)]
        assert flow.graph.stats()["refused"] == PEOPLE + 2
        assert "open" not in breakers(flow.runtime).values()
        rows = await flow.messages(direction="outbound")
        assert {row.status for row in rows} == {"sent"}


async def test_one_recipient_who_breaks_the_provider_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with running_flow(tmp_path, RECADO_UNKNOWN_GRACE_SECONDS="0.2") as flow:
        flow.graph.script(Behaviour(lose=True, to="16505550000", times=20))
        await ask(flow)
        await flow.until_sent(PEOPLE - 1)
        assert set(breakers(flow.runtime).values()) == {"closed"}
