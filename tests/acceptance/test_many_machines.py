"""Services apart, killed and cut off: nothing is lost, nothing is answered twice.

Two ingest, two assistant and two sending processes on PostgreSQL, with each queue for several
machines. While contacts write in bursts, with duplicates, to either ingest, every process is
killed (SIGKILL) several times, the broker is killed and restarted, and the database crashes and is
away for 20 s: both are the test's own.
RECADO_TEST_MESSAGES says how many messages (default 5,000, of 300 contacts).
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import aiohttp
import pytest

from tests.support.cluster import Engine, Machines, machines
from tests.support.crowd import Crowd, check_everything, settled
from tests.support.graph import GraphStub
from tests.support.graph_statuses import StatusPlan
from tests.support.payloads import SECRET
from tests.support.process import Api

pytestmark = pytest.mark.acceptance

CONTACTS = 300
MESSAGES = int(os.environ.get("RECADO_TEST_MESSAGES", "5000"))
SERVICES = (
    *("ingest-1", "ingest-2"),
    *("assistant-1", "assistant-2"),
    *("sending-1", "sending-2"),
    "conversations-1",
)
KILLS_EACH = 2
#: How long the contacts write, roughly; what is left after the trouble goes out in a hurry.
WRITING_SECONDS = 40
BROKER_AWAY_SECONDS = 4
DATABASE_AWAY_SECONDS = 20


@pytest.mark.timeout(3600)  # what hangs; `settled` says when nothing moves any more
@pytest.mark.parametrize("engine", ["nats", "rabbitmq", "sql"])
async def test_nothing_is_lost_or_doubled_while_machines_die_and_are_cut_off(
    engine: Engine, tmp_path: Path
) -> None:
    plan = StatusPlan(delay_seconds=0.05, shuffled=True)
    settings = {"RECADO_QUIET_SECONDS": "0.2", "RECADO_UNKNOWN_GRACE_SECONDS": "30"}
    async with machines(tmp_path, engine, SERVICES, settings, own_servers=True) as cluster:
        webhook = f"{cluster.urls('ingest')[0]}/webhooks/whatsapp"
        async with (
            GraphStub(webhook=webhook, secret=SECRET, plan=plan) as graph,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
        ):
            for process in cluster.processes.values():
                process.configure(WHATSAPP_API_URL=graph.url)
            await cluster.start()
            each = max(1, MESSAGES // CONTACTS)
            pause = WRITING_SECONDS / (each / 1.5 + 1)
            crowd = Crowd(
                session,
                cluster.urls("ingest"),
                contacts=CONTACTS,
                messages_each=each,
                groups=30,
                pause_seconds=(pause * 0.5, pause * 1.5),
            )
            writing = asyncio.create_task(crowd.send_everything())
            await make_trouble(cluster, crowd)
            crowd.hurry.set()
            await writing
            api = Api(session, cluster.urls("conversations")[0])
            await crowd.say_thanks()
            try:
                await settled(api, graph)
            except AssertionError as error:
                error.add_note(str(await api.get("stats")))
                error.add_note(await cluster.what_they_wait_for())
                error.add_note(await cluster.what_the_broker_holds())
                raise
            await check_everything(api, graph, crowd)
            assert min(cluster.kills[name] for name in SERVICES[:-1]) >= KILLS_EACH


async def make_trouble(cluster: Machines, crowd: Crowd) -> None:
    """Deaths, the broker restarted, deaths, the database away, deaths."""
    dice = random.Random(13)
    mortal = [*SERVICES[:-1]] * KILLS_EACH
    dice.shuffle(mortal)
    third = len(mortal) // 3
    await kill_in_turn(cluster, mortal[:third], dice)
    if cluster.broker is not None:
        async with cluster.broker.outage():
            await asyncio.sleep(BROKER_AWAY_SECONDS)
    await kill_in_turn(cluster, mortal[third : 2 * third], dice)
    async with cluster.database.outage():
        if cluster.broker is not None:
            await ingest_goes_on(cluster, crowd)
        await asyncio.sleep(DATABASE_AWAY_SECONDS)
    await kill_in_turn(cluster, mortal[2 * third :], dice)


async def kill_in_turn(cluster: Machines, names: list[str], dice: random.Random) -> None:
    """Each while those before it are still starting."""
    restarts: dict[str, asyncio.Task[None]] = {}
    for name in names:
        await asyncio.sleep(dice.uniform(0.1, 1.0))
        if name in restarts:
            await restarts[name]
        restarts[name] = asyncio.create_task(cluster.restart(name))
    await asyncio.gather(*restarts.values())


async def ingest_goes_on(cluster: Machines, crowd: Crowd) -> None:
    """With a broker the webhooks' edge needs no database, not even to start."""
    await cluster.restart("ingest-1")
    # Somebody else: of those who are writing, a message may be on its way again at this moment.
    await crowd.say(CONTACTS, "¿hay alguien?", id="wamid.outage")
