"""Too much at once is refused before memory grows, and taken when it comes again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.datastructures import Headers
from starlette.types import Message

from recado.errors import BadRequest, ServiceUnavailable
from recado.ingest.webhooks import read_body
from recado.queue.model import JobRow
from recado.resilience.load import Load
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


async def test_bodies_that_fill_the_memory_keep_others_out_until_they_are_done(edge: Flow) -> None:
    gate, big = asyncio.Event(), webhook(messages=[text_message("x" * 1_500_000, id="wamid.big")])
    slow = asyncio.create_task(edge.post(big, parts=trickle(big, gate)))
    async with asyncio.timeout(60):
        while not under_way(edge):
            await asyncio.sleep(0.01)
    other = webhook(messages=[text_message("y" * 500_000, id="wamid.other")])
    assert (await edge.post(other)).status_code == 503
    assert (await edge.post(body_of(1))).status_code == 200  # a small one still fits
    gate.set()
    assert (await slow).status_code == 200  # larger than the bound, and alone: it is taken
    assert (await edge.post(other)).status_code == 200
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


@pytest.mark.parametrize("parts", [[], [b"{"], [b"{", b'"object"']])
async def test_who_announces_a_body_and_sends_no_more_is_let_go(parts: list[bytes]) -> None:
    left = list(parts)

    async def receive() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(0), "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    load = Load(most_requests=10, most_bytes=100)
    with load.request() as held, pytest.raises(BadRequest):
        await read_body(Headers({"content-length": "99"}), receive, 1000, held, seconds=0.01)
    assert (load.requests, load.bytes) == (0, 0)


def test_a_body_that_comes_in_many_parts_is_bounded_as_one() -> None:
    load = Load(most_requests=10, most_bytes=100)
    with load.request() as one, load.request() as other:
        one.take(60)
        other.take(30)
        with pytest.raises(ServiceUnavailable):
            other.take(30)
        assert load.bytes == 90
    assert load.bytes == 0
