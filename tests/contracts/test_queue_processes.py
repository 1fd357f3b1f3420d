"""The queue's promises with real processes, some of them killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from recado.queue import NewJob, Queue, QueueSpec
from recado.queue.dead_letters import DeadLetters
from tests.support.queue_consumer import ConsumerPlan
from tests.support.queue_engines import QueueEngine, receive_one
from tests.support.sqs_server import MOTO_MISORDERS

ROOT = Path(__file__).parent.parent.parent
WORK = QueueSpec("work")

pytestmark = pytest.mark.acceptance

Start = Callable[..., Awaitable[asyncio.subprocess.Process]]


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[tuple[str, str, str, int, int]]:
        """What was done, in which lane, the job, its receives, and the process that did it."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        parts = (line.split() for line in lines)
        return [
            (what, lane, body, int(receives), int(process))
            for what, lane, body, receives, process in parts
        ]

    def has(self, *wanted: object) -> bool:
        return any(entry[: len(wanted)] == wanted for entry in self.entries())


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.txt")


@pytest.fixture
async def start(engine: QueueEngine, journal: Journal) -> AsyncIterator[Start]:
    """Start a consumer process; what is left of them is killed afterwards."""
    processes: list[asyncio.subprocess.Process] = []

    async def start(**plan: object) -> asyncio.subprocess.Process:
        whole = ConsumerPlan(
            store_url=engine.store_url,
            queue_url=engine.queue_url,
            journal=str(journal.path),
            **plan,  # type: ignore[arg-type]
        )
        arguments = [sys.executable, "-m", "tests.support.queue_consumer"]
        process = await asyncio.create_subprocess_exec(
            *arguments, msgspec.json.encode(whole).decode(), cwd=ROOT
        )
        processes.append(process)
        started = journal.path.with_name(f"{journal.path.name}.{process.pid}")
        await until(lambda: started.exists() or process.returncode is not None)
        return process

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 240) -> None:
    async with asyncio.timeout(seconds):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.05)


async def test_order_survives_retries_a_crash_and_a_deployment(
    engine: QueueEngine, queue: Queue, journal: Journal, start: Start
) -> None:
    if engine.name == "sqs":
        pytest.skip(MOTO_MISORDERS)
    lanes, length = 6, 25
    for number in range(length):
        await queue.publish(
            [NewJob("work", f"lane-{lane}", b"%d" % number) for lane in range(lanes)]
        )
    crashes, stops, stays = [await start(lease_seconds=6.0, fail_rate=0.2) for _ in range(3)]
    await until(lambda: len(journal.entries()) > 60)
    crashes.kill()
    await until(lambda: len(journal.entries()) > 120)
    stops.terminate()
    assert await stops.wait() == 0

    async def empty() -> bool:
        return await queue.depth() == {}

    await until(empty)
    stays.terminate()
    assert await stays.wait() == 0
    done: defaultdict[str, list[int]] = defaultdict(list)
    doers: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for what, lane, body, _, process in journal.entries():
        if what == "done":
            done[lane].append(int(body))
            doers[lane, int(body)].append(process)
    for lane, numbers in done.items():
        assert sorted(set(numbers)) == list(range(length)), lane
        skipped = [pair for pair in pairwise(numbers) if pair[1] > pair[0] + 1]
        assert skipped == [], f"{lane}: {numbers}"
    assert len(done) == lanes
    # What was done but not yet acked when its process was killed is done again, and nothing else.
    assert {its[0] for its in doers.values() if len(its) > 1} <= {crashes.pid}
    assert await DeadLetters(engine.store, queue).count_open() == 0


async def test_a_killed_workers_job_passes_on_when_its_lease_ends(
    queue: Queue, journal: Journal, start: Start
) -> None:
    await queue.publish([NewJob("work", "ana", b"slow")])
    process = await start(lease_seconds=1.5, hangs_on="slow")
    await until(lambda: journal.has("begin", "ana", "slow", 1))
    process.kill()
    await process.wait()
    again = await receive_one(queue, WORK)
    assert (again.body, again.receives) == (b"slow", 2)


async def test_a_long_jobs_lease_is_kept_for_as_long_as_its_worker_lives(
    queue: Queue, journal: Journal, start: Start
) -> None:
    await queue.publish([NewJob("work", "ana", b"slow")])
    await start(lease_seconds=3.0, hangs_on="slow")
    await until(lambda: journal.has("begin", "ana", "slow", 1))
    assert await queue.receive(WORK, 1, wait_seconds=5) == []


async def test_a_job_that_kills_its_worker_each_time_is_put_aside(
    engine: QueueEngine, queue: Queue, journal: Journal, start: Start
) -> None:
    await queue.publish([NewJob("work", "ana", body) for body in (b"poison", b"next")])
    for _ in range(2):
        process = await start(lease_seconds=1.0, max_receives=2, dies_on="poison")
        assert await process.wait() == -signal.SIGKILL
    await start(lease_seconds=1.0, max_receives=2, dies_on="poison")
    await until(lambda: journal.has("done", "ana", "next", 1))
    tries = [entry for entry in journal.entries() if entry[2] == "poison"]
    assert [entry[:4] for entry in tries] == [
        ("begin", "ana", "poison", 1),
        ("begin", "ana", "poison", 2),
    ]
    [letter] = (await DeadLetters(engine.store, queue).list()).items
    assert letter.body == b"poison"
    assert "died" in letter.cause


async def test_a_stopped_process_hands_its_unfinished_job_back_uncounted(
    queue: Queue, journal: Journal, start: Start
) -> None:
    await queue.publish([NewJob("work", "ana", b"slow")])
    process = await start(lease_seconds=600, hangs_on="slow")
    await until(lambda: journal.has("begin", "ana", "slow", 1))
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == os.EX_OK
    again = await receive_one(queue, WORK)
    assert (again.body, again.receives) == (b"slow", 1)


async def test_a_restarted_process_goes_on_at_once_with_what_it_held(
    queue: Queue, journal: Journal, start: Start
) -> None:
    await queue.publish([NewJob("work", "ana", b"slow")])
    process = await start(node="here", lease_seconds=600, hangs_on="slow")
    await until(lambda: journal.has("begin", "ana", "slow", 1))
    process.kill()
    await process.wait()
    await start(node="here", lease_seconds=600)
    await until(lambda: journal.has("done", "ana", "slow", 1))
