"""Rates that several machines keep together, in a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from recado.app.wiring import open_channels
from recado.cache.redis import RedisCache
from recado.channels.port import Line
from recado.errors import SendThrottled
from recado.sending.rates import Rates
from recado.settings import load_settings
from recado.store import new_id
from tests.support.engines import redis_cache, require_engine
from tests.support.process import free_port

pytestmark = pytest.mark.engine


@pytest.fixture
async def machines() -> AsyncIterator[list[Rates]]:
    """Two, that send for the same lines."""
    require_engine("redis")
    caches = [redis_cache() for _ in range(2)]
    settings = load_settings(None, WHATSAPP_API_URL="https://graph.facebook.com")
    yield [Rates(settings, open_channels(settings), cache) for cache in caches]
    for cache in caches:
        await cache.close()


def a_line(**settings: float) -> Line:
    return Line(id=new_id(), channel="whatsapp", address="1", name="", settings=settings)


async def granted(machines: list[Rates], line: Line, contacts: list[str]) -> int:
    """How many of the messages may go, when the machines take turns."""
    waits = [
        await machines[at % len(machines)].take(line, contact)
        for at, contact in enumerate(contacts)
    ]
    return waits.count(0)


async def test_two_machines_send_no_more_for_a_line_than_one_may(machines: list[Rates]) -> None:
    line = a_line(rate_per_second=0.01)
    people = [new_id() for _ in range(4)]
    assert await granted(machines, line, people) == 1
    waits = [await machine.take(line, new_id()) for machine in machines]
    assert all(50 < wait <= 100 for wait in waits)
    assert await granted(machines, a_line(rate_per_second=0.01), people) == 1, "another line"


async def test_two_machines_keep_the_interval_to_one_person(machines: list[Rates]) -> None:
    line, person = a_line(), new_id()
    assert await granted(machines, line, [person] * 50) == 45
    assert 0 < await machines[1].take(line, person) <= 6
    assert await machines[1].take(line, new_id()) == 0, "others are not kept waiting"


async def test_what_is_refused_for_one_limit_takes_nothing_from_the_other(
    machines: list[Rates],
) -> None:
    line, person = a_line(rate_per_second=60), new_id()
    assert await granted(machines, line, [person] * 60) == 45
    assert await granted(machines, line, [new_id() for _ in range(10)]) == 10


async def test_a_line_that_one_machine_was_told_to_rest_rests_for_all(
    machines: list[Rates],
) -> None:
    line, person = a_line(), new_id()
    error = SendThrottled("slower", code=130429, retry_after_seconds=60)
    await machines[0].throttled(line, person, error)
    assert 30 < await machines[1].take(line, new_id()) <= 60


async def test_a_person_that_must_wait_keeps_nobody_else_waiting(machines: list[Rates]) -> None:
    line, person = a_line(), new_id()
    error = SendThrottled("slower", code=131056, retry_after_seconds=60)
    await machines[0].throttled(line, person, error)
    assert 30 < await machines[1].take(line, person) <= 60
    assert await machines[1].take(line, new_id()) == 0


async def test_without_a_limit_only_rests_count(machines: list[Rates]) -> None:
    settings = load_settings(None, WHATSAPP_API_URL="http://127.0.0.1:1")
    cache = redis_cache()
    rates, line, person = Rates(settings, open_channels(settings), cache), a_line(), new_id()
    assert await granted([rates], line, [person] * 200) == 200
    await machines[0].throttled(line, person, SendThrottled("slower", retry_after_seconds=60))
    assert await rates.take(line, person) > 30
    await cache.close()


async def test_while_redis_is_away_each_machine_keeps_the_rates_by_itself() -> None:
    settings = load_settings(None)
    cache = RedisCache(f"redis://127.0.0.1:{free_port()}/0")
    rates, line, person = Rates(settings, open_channels(settings), cache), a_line(), new_id()
    assert await granted([rates], line, [person] * 50) == 45
    await rates.throttled(line, person, SendThrottled("slower", retry_after_seconds=60))
    assert await rates.take(line, new_id()) > 30
    await cache.close()
