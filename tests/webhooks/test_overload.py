"""Too much at once is refused before memory grows, and taken when it comes again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.types import Message

from recado.errors import BadRequest, ServiceUnavailable, TooLarge
from recado.queue.model import JobRow
from recado.resilience.load import Load
from recado.webhooks.arrivals import Arrivals
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message, webhook

AT_ONCE = 20


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Flow]:
    """Only the edge, with little room."""
    async with running_flow(
        tmp_path,
        workers=False,
        RECADO_WEBHOOK_MOST_AT_ONCE=str(AT_ONCE),
        RECADO_WEBHOOK_MOST_MEGABYTES="1",
    ) as flow:
        yield flow


async def stored(flow: Flow) -> int:
    count = select(func.count()).select_from(JobRow)
    return int(await flow.runtime.store.read(lambda tx: tx.scalar(count)))


def under_way(flow: Flow) -> float | None:
    return flow.runtime.metrics.registry.get_sample_value("recado_webhooks_under_way")


def body_of(number: int) -> bytes:
    return webhook(messages=[text_message(f"message {number}", id=f"wamid.{number}")])


async def test_a_flood_is_cut_at_its_bound_and_nothing_of_it_is_lost(edge: Flow) -> None:
    bodies = {number: body_of(number) for number in range(10 * AT_ONCE)}
    waiting, refused = dict(bodies), 0
    async with asyncio.timeout(60):
        while waiting:  # as a vendor does: what was not accepted comes again
            numbers = list(waiting)
            answers = await asyncio.gather(*(edge.post(waiting[it]) for it in numbers))
            for number, answer in zip(numbers, answers, strict=True):
                if answer.status_code == 200:
                    del waiting[number]
                else:
                    assert answer.status_code == 503
                    assert int(answer.headers["retry-after"]) > 0
                    refused += 1
    assert refused > 0
    assert await stored(edge) == len(bodies)
    assert under_way(edge) == 0


async def trickle(body: bytes, gate: asyncio.Event) -> AsyncIterator[bytes]:
    half = len(body) // 2
    yield body[:half]
    await gate.wait()
    yield body[half:]


async def test_who_sends_slowly_makes_room_for_what_is_here(edge: Flow) -> None:
    """Too much at once is in memory: the slow one is let go, and comes again."""
    gate, big = asyncio.Event(), webhook(messages=[text_message("x" * 1_500_000, id="wamid.big")])
    slow = asyncio.create_task(edge.post(big, parts=trickle(big, gate)))
    async with asyncio.timeout(60):
        while not under_way(edge):
            await asyncio.sleep(0.01)
    assert (await edge.post(body_of(1))).status_code == 200  # a small one still fits
    other = webhook(messages=[text_message("y" * 500_000, id="wamid.other")])
    assert (await edge.post(other)).status_code == 200
    let_go = await slow
    assert (let_go.status_code, bool(let_go.headers["retry-after"])) == (503, True)
    gate.set()
    again = await edge.post(big, parts=trickle(big, gate))
    assert again.status_code == 200  # larger than the bound, and alone: it is taken
    assert await stored(edge) == 3
    assert under_way(edge) == 0


def test_what_was_held_is_given_back_however_a_request_ends() -> None:
    load = Load(most_requests=1, most_bytes=100)
    with suppress(ValueError), load.request() as held:
        held.take(60)
        assert (load.requests, load.bytes) == (1, 60)
        with pytest.raises(ServiceUnavailable), load.request() as another:
            another.take(1)
        raise ValueError("a mistake")
    assert (load.requests, load.bytes) == (0, 0)


class Body:
    """What comes of a request's body: `parts` at once, the rest when `rest` is set."""

    def __init__(self, *parts: bytes) -> None:
        self.left = list(parts)
        self.rest = asyncio.Event()

    async def receive(self) -> Message:
        if self.left:
            return {"type": "http.request", "body": self.left.pop(0), "more_body": True}
        await self.rest.wait()
        return {"type": "http.request", "body": b"}", "more_body": False}


@pytest.mark.parametrize("parts", [[], [b"{"], [b"{", b'"object"']])
async def test_who_announces_a_body_and_sends_no_more_is_let_go(parts: list[bytes]) -> None:
    arrivals = Arrivals(10, 100, seconds=0.01)
    with pytest.raises(BadRequest):
        await arrivals.read({"content-length": "99"}, Body(*parts).receive, 1000)
    assert (arrivals.bodies, arrivals.bytes) == (0, 0)


async def test_of_too_many_that_send_slowly_the_oldest_is_let_go() -> None:
    arrivals, bodies = Arrivals(2, 100), [Body(b"x" * 10) for _ in range(3)]
    reading = []
    for body in bodies:
        reading.append(asyncio.ensure_future(arrivals.read({}, body.receive, 1000)))
        await asyncio.sleep(0)
    with pytest.raises(ServiceUnavailable):
        await reading[0]
    assert (arrivals.bodies, arrivals.bytes) == (2, 20)
    for body in bodies:
        body.rest.set()
    assert await asyncio.gather(*reading[1:]) == [b"x" * 10 + b"}"] * 2
    assert (arrivals.bodies, arrivals.bytes) == (0, 0)


@pytest.mark.parametrize(
    ("length", "most"), [("1001", 1000), ("9" * 5000, 10**9), ("\u00b2", 1000), ("-1", 1000)]
)
async def test_a_body_is_as_large_as_it_is_whatever_is_announced(length: str, most: int) -> None:
    with pytest.raises(TooLarge):
        await Arrivals(2, 100).read({"content-length": length}, Body(b"x" * 1001).receive, most)
