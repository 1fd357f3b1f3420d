"""A clock that is set while people write costs nobody an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import text, update

from recado.conversations.model import Message
from recado.store import Tx, now
from tests.support.flow import running_flow
from tests.support.payloads import text_message


async def test_who_wrote_before_the_clock_was_set_back_is_answered_now(tmp_path: Path) -> None:
    async with running_flow(
        tmp_path, RECADO_QUIET_SECONDS="30", RECADO_QUIET_MAX_SECONDS="30"
    ) as flow:
        await flow.receive(text_message("hola, ¿a qué hora abren?"))
        async with asyncio.timeout(60):
            while not await flow.messages(direction="inbound"):
                await asyncio.sleep(0.01)

        def clock_was_ahead(tx: Tx) -> None:
            tx.execute(update(Message).values(created_at=now() + 3600))
            tx.execute(text("UPDATE job SET ready_at = 0 WHERE lease IS NULL"))

        await flow.runtime.store.write(clock_was_ahead)
        async with asyncio.timeout(60):
            while not flow.graph.received:
                await asyncio.sleep(0.01)
