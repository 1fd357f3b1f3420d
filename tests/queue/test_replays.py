"""Thousands of dead letters are replayed in slices: once, in order, and on after a death."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from recado.app.services import SERVICES
from recado.errors import NotFound
from recado.queue.dead_letters import REPLAY_BATCH, DeadLetters, Progress
from recado.queue.replays import Replay, Replays, begin_in, keep_replaying
from recado.queue.sql.queue import SqlQueue
from recado.store import Store
from tests.support.letters import bury, in_order, published
from tests.support.runtime import make_runtime
from tests.support.waiting import until

MANY = 2_345


async def begun(store: Store, queue: str | None = None) -> Replay:
    return await store.write(lambda tx: begin_in(tx, queue))


async def finish(replays: Replays) -> None:
    while await replays.step():
        pass


async def test_thousands_are_replayed_in_slices_that_say_how_far_it_is(
    stores: list[Store],
) -> None:
    await bury(stores[0], MANY)
    letters = DeadLetters(stores[0], SqlQueue(stores[0]))
    steps = [step async for step in letters.replay_all()]
    assert steps[0] == Progress(0, MANY)
    assert steps[-1] == Progress(MANY, 0)
    assert all(step.replayed + step.left == MANY for step in steps)
    slices = [after.replayed - before.replayed for before, after in pairwise(steps)]
    assert max(slices) == REPLAY_BATCH
    assert await published(stores[0]) == in_order(MANY)


async def test_several_replays_at_once_replay_each_once_and_overtake_nobody(
    stores: list[Store],
) -> None:
    await bury(stores[0], MANY)
    for _ in range(3):
        await begun(stores[0])
    letters = [DeadLetters(store, SqlQueue(store)) for store in stores]

    async def by_hand(of: DeadLetters) -> int:
        return [step async for step in of.replay_all()][-1].replayed

    in_background = [finish(Replays(store, SqlQueue(store))) for store in stores * 2]
    await asyncio.gather(*in_background, *(by_hand(it) for it in letters))
    assert await published(stores[0]) == in_order(MANY)
    assert await letters[0].count_open() == 0


async def test_what_a_dead_process_leaves_goes_on_from_there_in_another(
    stores: list[Store],
) -> None:
    await bury(stores[0], MANY)
    replay = await begun(stores[0])
    first, second = (Replays(store, SqlQueue(store)) for store in stores)
    for _ in range(4):
        await first.step()
    # It is cut off in the midst of a slice.
    cut = asyncio.create_task(first.step())
    await asyncio.sleep(0)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    under_way = await second.current()
    assert under_way is not None
    assert under_way.replayed in {4 * REPLAY_BATCH, 5 * REPLAY_BATCH}
    assert under_way.left == MANY - under_way.replayed
    await finish(second)
    done = await second.get(replay.id)
    assert (done.replayed, done.left) == (MANY, 0)
    assert done.finished_at is not None
    assert await second.current() is None
    assert await published(stores[0]) == in_order(MANY)


async def test_what_dies_again_meanwhile_waits_for_the_next_replay(stores: list[Store]) -> None:
    store = stores[0]
    queue, letters = SqlQueue(store), DeadLetters(store, SqlQueue(store))
    await bury(store, 150)
    await bury(store, 30, queue="media")
    replay = await begun(store, "work")
    replays = Replays(store, queue)
    await replays.step()
    await bury(store, 5)  # as old as the first ones by their clock: they are not passed over twice
    await finish(replays)
    assert (await replays.get(replay.id)).replayed == 150
    assert await letters.count_open() == 35
    assert await letters.count_open(most=10) == 11
    assert await published(store, "media") == {}


async def test_those_that_are_ticked_go_in_the_order_in_which_they_died(
    stores: list[Store],
) -> None:
    store = stores[0]
    letters = DeadLetters(store, SqlQueue(store))
    await bury(store, 40, lanes=2)
    ids = [letter.id for letter in (await letters.list(limit=30)).items]
    await letters.drop(ids[0])
    assert await letters.replay_these([*ids, "nothing", ids[3]]) == 29
    assert await letters.replay_these(ids) == 0
    assert await letters.replay_these([]) == 0
    assert await published(store) == {
        "lane-0": list(range(10, 40, 2)),
        "lane-1": list(range(11, 39, 2)),
    }


async def test_a_replay_of_nothing_is_over_at_once(stores: list[Store]) -> None:
    replay = await begun(stores[0])
    assert (replay.total, replay.left) == (0, 0)
    assert replay.finished_at is not None
    replays = Replays(stores[0], SqlQueue(stores[0]))
    assert await replays.step() is False
    with pytest.raises(NotFound):
        await replays.get("nothing")


async def test_whoever_hosts_maintenance_does_what_was_asked_for(tmp_path: Path) -> None:
    assert keep_replaying in SERVICES["maintenance"].background
    async with make_runtime(tmp_path) as runtime:
        await bury(runtime.store, 250)
        worker = asyncio.create_task(keep_replaying(runtime))
        replay = await begun(runtime.store)
        replays = Replays(runtime.store, runtime.queue)

        async def is_done() -> bool:
            return (await replays.get(replay.id)).finished_at is not None

        await until(is_done)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        assert await published(runtime.store) == in_order(250)
