"""Sessions in Redis: seen by every machine, and never needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from recado.assistant.port import ContextMessage
from recado.cache.redis import RedisCache
from recado.turns.sessions import Session, SharedSessions
from tests.support.engines import redis_cache, require_engine
from tests.support.process import free_port

SESSION = Session(
    first=1,
    through=2,
    said=(
        (1, ContextMessage("user", "¿a qué hora abren?", 1.5)),
        (2, ContextMessage("assistant", "A las 8.", 2.5, confidence=0.9)),
    ),
    summary="",
    summarised_to=0,
)


@pytest.fixture
async def cache() -> AsyncIterator[RedisCache]:
    require_engine("redis")
    cache = redis_cache()
    yield cache
    await cache.close()


async def test_another_machine_sees_the_session(cache: RedisCache) -> None:
    conversation = uuid4().hex
    here, there = SharedSessions(cache), SharedSessions(redis_cache())
    await here.put(conversation, SESSION)
    assert await there.get(conversation) == SESSION
    await there.drop(conversation)
    assert await here.get(conversation) is None


async def test_a_session_ends_by_itself(cache: RedisCache) -> None:
    conversation = uuid4().hex
    sessions = SharedSessions(cache, seconds=60)
    await sessions.put(conversation, SESSION)
    left = await cache.evaluate(
        "return redis.call('PTTL', KEYS[1])", [f"recado:session:{conversation}"], []
    )
    assert 0 < left <= 60_000
    await sessions.drop(conversation)


async def test_what_nobody_can_read_is_no_session(cache: RedisCache) -> None:
    conversation = uuid4().hex
    await cache.put(f"recado:session:{conversation}", b"of another version", 60)
    assert await SharedSessions(cache).get(conversation) is None
    await cache.drop(f"recado:session:{conversation}")


async def test_without_redis_every_session_is_read_anew_and_nothing_fails() -> None:
    away = RedisCache(f"redis://127.0.0.1:{free_port()}/0")
    sessions = SharedSessions(away)
    await sessions.put("a", SESSION)
    assert await sessions.get("a") is None
    await sessions.drop("a")
    await away.close()
