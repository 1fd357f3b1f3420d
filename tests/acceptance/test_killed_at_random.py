"""Pull the plug at any moment: nothing is lost, nothing is answered twice.

2,000 messages of 100 contacts come in batched webhooks with duplicates, while the process is
killed (SIGKILL) at random moments and starts again. A stub of the Graph API counts what goes out
and reports statuses, as Meta does: late, and again when we were down.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import aiohttp
import pytest

from tests.support.crowd import Crowd, check_everything, settled
from tests.support.graph import GraphStub
from tests.support.graph_statuses import StatusPlan
from tests.support.payloads import SECRET
from tests.support.process import Api, RecadoProcess

KILLS = 20
#: Statuses come within seconds even after a death, so settling need not wait two minutes.
GRACE_SECONDS = 30


@pytest.mark.acceptance
@pytest.mark.timeout(1800)
async def test_no_message_is_lost_and_no_reply_is_doubled_when_the_process_is_killed(
    database: str, tmp_path: Path
) -> None:
    process = RecadoProcess(tmp_path / "data")
    plan = StatusPlan(delay_seconds=0.05, shuffled=True)
    async with GraphStub(
        webhook=f"{process.url}/webhooks/whatsapp", secret=SECRET, plan=plan
    ) as graph:
        process.configure(
            WHATSAPP_API_URL=graph.url,
            DATABASE_URL=database,
            RECADO_QUIET_SECONDS="0.2",
            RECADO_UNKNOWN_GRACE_SECONDS=str(GRACE_SECONDS),
            LOG_LEVEL="WARNING",
        )
        await process.start()
        try:
            async with aiohttp.ClientSession() as session:
                crowd = Crowd(session, [process.url], contacts=100, messages_each=20)
                sending = asyncio.create_task(crowd.send_everything())
                kills = await kill_at_random(process, until=sending)
                await sending
                api = Api(session, process.url)
                await crowd.say_thanks()
                await settled(api, graph)
                await check_everything(api, graph, crowd)
                assert kills >= KILLS
        finally:
            await process.kill()


async def kill_at_random(process: RecadoProcess, until: asyncio.Task[None]) -> int:
    dice = random.Random(11)
    kills = 0
    while not until.done() or kills < KILLS:
        await asyncio.sleep(dice.uniform(0.05, 1.5))
        await process.kill()
        kills += 1
        await process.start()
        if kills >= KILLS:
            break
    return kills
