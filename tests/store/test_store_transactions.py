"""What every store promises: all or nothing, durable, each caller's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from recado.errors import Conflict, ServiceUnavailable, SettingsError
from recado.events import Event, TurnStarted
from recado.queue.port import NewJob
from recado.store import Followers, Store, Tx, open_store
from tests.support.things import add, ids, start_process


async def test_what_is_written_is_read(store: Store) -> None:
    def work(tx: Tx) -> str:
        add(tx, "a")
        return "result"

    assert await store.write(work) == "result"
    assert await ids(store) == ["a"]


async def test_a_work_that_raises_leaves_nothing(store: Store) -> None:
    def work(tx: Tx) -> None:
        add(tx, "a")
        raise Conflict("as planned")

    with pytest.raises(Conflict, match="as planned"):
        await store.write(work)
    assert await ids(store) == []


@pytest.mark.parametrize("brief", [False, True])
async def test_of_a_crowd_only_the_failing_fail(store: Store, brief: bool) -> None:
    await store.write(lambda _: None)  # a first one opens the database

    def work(tx: Tx, number: int) -> int:
        add(tx, f"{number:03}")
        if number % 3 == 0:
            raise Conflict(str(number))
        if number % 3 == 1:
            add(tx, f"{number:03}")  # the database refuses it
        return number

    outcomes = await asyncio.gather(
        *(store.write(partial(work, number=number), brief=brief) for number in range(150)),
        return_exceptions=True,
    )
    for number, outcome in enumerate(outcomes):
        if number % 3 == 2:
            assert outcome == number
        else:
            name = "Conflict" if number % 3 == 0 else "IntegrityError"
            assert type(outcome).__name__ == name
    assert await ids(store) == [f"{number:03}" for number in range(150) if number % 3 == 2]


async def test_callbacks_run_once_it_is_durable_and_never_otherwise(store: Store) -> None:
    ran: list[str] = []
    inside: list[list[str]] = []

    def work(tx: Tx, id: str, fails: bool) -> None:
        add(tx, id)
        tx.after_commit(lambda: ran.append(id))
        inside.append(list(ran))
        if fails:
            raise Conflict("as planned")

    await store.write(partial(work, id="a", fails=False))
    assert ran == ["a"]
    with pytest.raises(Conflict):
        await store.write(partial(work, id="b", fails=True))
    assert ran == ["a"]
    assert inside[0] == []


async def test_what_a_transaction_announces_and_publishes_goes_with_it_and_never_without(
    store: Store,
) -> None:
    heard: list[Event] = []
    published: list[NewJob] = []

    def publish(tx: Tx, jobs: Sequence[NewJob]) -> None:
        tx.after_commit(lambda: published.extend(jobs))

    store.follow(
        Followers(lambda tx, event: tx.after_commit(partial(heard.append, event)), publish)
    )
    event, jobs = TurnStarted(conversation_id="1"), [NewJob("work", "ana", b"1")] * 2

    def work(tx: Tx, id: str, fails: bool) -> None:
        add(tx, id)
        tx.announce(event)
        tx.publish(*jobs)
        tx.publish()
        assert heard == []
        if fails:
            raise Conflict("as planned")

    with pytest.raises(Conflict):
        await store.write(partial(work, id="a", fails=True))
    assert (heard, published) == ([], [])
    await store.write(partial(work, id="b", fails=False))
    assert (heard, published) == ([event], jobs)


async def test_a_store_without_a_queue_publishes_nothing_in_silence(store: Store) -> None:
    with pytest.raises(RuntimeError, match="without a queue"):
        await store.write(lambda tx: tx.publish(NewJob("work", "ana", b"1")))
    await store.write(lambda tx: tx.announce(TurnStarted(conversation_id="1")))


async def test_a_callback_that_fails_does_not_undo_or_hide_the_write(store: Store) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    ran: list[str] = []

    def fails() -> None:
        raise RuntimeError("as planned")

    def work(tx: Tx) -> None:
        add(tx, "a")
        tx.after_commit(fails)
        tx.after_commit(lambda: ran.append("second"))

    await asyncio.gather(store.write(work), store.write(partial(add, id="b")))
    assert await ids(store) == ["a", "b"]
    assert ran == ["second"]
    assert [str(it["exception"]) for it in reported] == ["as planned"]


async def test_reading_writes_nothing(store: Store) -> None:
    with contextlib.suppress(ServiceUnavailable):  # an engine may refuse instead
        await store.read(partial(add, id="a"))
    assert await ids(store) == []
    assert await store.read(lambda tx: tx.scalar(text("SELECT 1"))) == 1


async def test_one_transaction_reads_what_it_wrote_and_others_do_not(store: Store) -> None:
    seen: list[int] = []

    def work(tx: Tx) -> None:
        add(tx, "a")
        seen.append(tx.scalar(text("SELECT count(*) FROM thing")))
        raise Conflict("as planned")

    with pytest.raises(Conflict):
        await store.write(work)
    assert seen == [1]
    assert await ids(store) == []


async def test_a_cancelled_caller_disturbs_nobody(store: Store) -> None:
    writes = [asyncio.create_task(store.write(partial(add, id=f"{n:03}"))) for n in range(60)]
    await asyncio.sleep(0)
    for write in writes[::2]:
        write.cancel()
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert all(outcome is None for outcome in outcomes[1::2])
    stored = set(await ids(store))
    assert {f"{n:03}" for n in range(1, 60, 2)} <= stored
    await store.write(partial(add, id="after"))


@pytest.mark.parametrize("brief", [False, True])
@pytest.mark.parametrize("error", [StopIteration, GeneratorExit, asyncio.CancelledError])
async def test_whatever_a_work_raises_others_go_on(
    store: Store, error: type[BaseException], brief: bool
) -> None:
    await store.write(lambda _: None)  # a first one opens the database

    def work(tx: Tx) -> None:
        add(tx, "a")
        raise error

    async def caller() -> None:
        await store.write(work, brief=brief)

    outcomes = await asyncio.gather(
        caller(),
        *(store.write(partial(add, id=f"b{n}"), brief=brief) for n in range(3)),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], BaseException)
    assert outcomes[1:] == [None] * 3
    assert await ids(store) == ["b0", "b1", "b2"]
    with pytest.raises(BaseException, match=r".*"):
        await store.read(work)
    assert await ids(store) == ["b0", "b1", "b2"]


@pytest.mark.acceptance
async def test_nothing_that_was_reported_is_lost_with_a_kill(store: Store, store_url: str) -> None:
    process = start_process("write", store_url)
    assert process.stdout is not None
    reported = [await asyncio.to_thread(process.stdout.readline) for _ in range(300)]
    process.kill()
    reported += process.stdout.read().splitlines(keepends=True)
    process.wait()
    # The last line may be cut by the kill.
    confirmed = {line.strip() for line in reported if line.endswith("\n")}
    assert len(confirmed) >= 300
    assert confirmed <= set(await ids(store))


@pytest.mark.parametrize("url", ["mysql://u@h/d", "sqlite://", "sqlite:///:memory:"])
def test_a_database_that_cannot_keep_the_promises_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        open_store(url)
