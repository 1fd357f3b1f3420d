"""Batches: a crowd shares the way, and each caller gets its own answer."""

from __future__ import annotations

import asyncio

import pytest

from recado.queue.port import Batcher


class Way:
    """Where batches go. It is blocked until `open` is set."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()

    async def send(self, batch: list[int]) -> list[Exception | None]:
        self.batches.append(batch)
        await self.open.wait()
        if 13 in batch:
            raise ConnectionError("all of them")
        return [ValueError(str(item)) if item < 0 else None for item in batch]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_lone_item_goes_at_once_and_a_crowd_goes_together() -> None:
    way = Way()
    batcher = Batcher(way.send, limit=4)
    callers = [asyncio.create_task(batcher.add(1))]
    await settle()
    callers += [asyncio.create_task(batcher.add(item)) for item in range(2, 8)]
    await settle()
    assert way.batches == [[1]]
    way.open.set()
    await asyncio.gather(*callers)
    assert way.batches == [[1], [2, 3, 4, 5], [6, 7]]


async def test_each_caller_gets_its_own_error() -> None:
    way = Way()
    way.open.set()
    batcher = Batcher(way.send)
    outcomes = await asyncio.gather(*map(batcher.add, (1, -2, 3)), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "NoneType",
        "ValueError",
        "NoneType",
    ]


async def test_a_lost_batch_is_everybodys_error_and_the_next_one_goes() -> None:
    way = Way()
    way.open.set()
    batcher = Batcher(way.send)
    outcomes = await asyncio.gather(*map(batcher.add, (1, 13)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionError] * 2
    await batcher.add(2)


async def test_a_caller_that_leaves_does_not_take_the_others_with_it() -> None:
    way = Way()
    batcher = Batcher(way.send)
    leaving, staying = (asyncio.create_task(batcher.add(item)) for item in (1, 2))
    await settle()
    leaving.cancel()
    await settle()
    way.open.set()
    await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert way.batches == [[1, 2]]
