"""Dead letters: seen, read, replayed and dropped by a person."""

from __future__ import annotations

import json

import pytest

from recado.errors import BadRequest, Conflict, NotFound
from recado.queue import Queue, QueueSpec
from recado.queue.dead_letters import DeadLetters, readable, record_in
from recado.store import Store, Tx
from tests.support.queue_engines import receive_none, receive_one

WORK = QueueSpec("work")


@pytest.fixture
def dead_letters(store: Store, queue: Queue) -> DeadLetters:
    return DeadLetters(store, queue)


async def record(store: Store, body: bytes, queue: str = "work") -> str:
    return await store.write(
        lambda tx: record_in(
            tx, queue=queue, lane="ana", body=body, cause="because", trace_id="trace-1"
        )
    )


async def test_a_webhook_that_nobody_can_parse_is_kept_as_it_came(
    store: Store, dead_letters: DeadLetters
) -> None:
    body = b'{"entry": "not a list"'
    id = await store.write(
        lambda tx: record_in(
            tx,
            queue="inbound",
            lane="line-1",
            body=body,
            cause="UnparsablePayload: entry is no list",
            conversation_id="c1",
        )
    )
    letter = await dead_letters.get(id)
    assert (letter.queue, letter.lane, letter.body) == ("inbound", "line-1", body)
    assert (letter.receives, letter.conversation_id, letter.state) == (0, "c1", "open")
    assert letter.closed_at is None
    assert await dead_letters.count_open() == 1


async def test_a_record_is_undone_with_its_transaction(
    store: Store, dead_letters: DeadLetters
) -> None:
    def work(tx: Tx) -> None:
        record_in(tx, queue="work", lane="ana", body=b"1", cause="because")
        raise Conflict("as planned")

    with pytest.raises(Conflict):
        await store.write(work)
    assert await dead_letters.count_open() == 0


async def test_they_are_listed_newest_first_page_by_page(
    store: Store, dead_letters: DeadLetters
) -> None:
    for number in range(7):
        await record(store, str(number).encode())
    seen: list[bytes] = []
    cursor: str | None = None
    sizes = []
    while True:
        page = await dead_letters.list(limit=3, cursor=cursor)
        sizes.append(len(page.items))
        seen += [letter.body for letter in page.items]
        if page.next is None:
            break
        await record(store, b"newer ones do not shift the pages")
        cursor = page.next
    assert sizes == [3, 3, 1]
    assert seen == [str(number).encode() for number in reversed(range(7))]


async def test_a_made_up_cursor_is_refused(dead_letters: DeadLetters) -> None:
    for cursor in ("x", "!", "W10", "WyJhIiwxXQ"):
        with pytest.raises(BadRequest):
            await dead_letters.list(cursor=cursor)


async def test_a_cursor_of_another_list_is_refused(store: Store, dead_letters: DeadLetters) -> None:
    for number in range(3):
        await record(store, str(number).encode())
    cursor = (await dead_letters.list("open", limit=2)).next
    assert cursor is not None
    assert len((await dead_letters.list("open", limit=2, cursor=cursor)).items) == 1
    with pytest.raises(BadRequest):
        await dead_letters.list("dropped", cursor=cursor)


async def test_they_are_listed_by_state(store: Store, dead_letters: DeadLetters) -> None:
    ids = [await record(store, body) for body in (b"open", b"replayed", b"dropped")]
    await dead_letters.replay(ids[1])
    await dead_letters.drop(ids[2])
    for state in ("open", "replayed", "dropped"):
        [letter] = (await dead_letters.list(state)).items
        assert letter.body == state.encode()
        assert (letter.closed_at is None) == (state == "open")
    assert len((await dead_letters.list(None)).items) == 3
    assert await dead_letters.count_open() == 1


async def test_a_replay_publishes_the_job_as_it_was(
    store: Store, queue: Queue, dead_letters: DeadLetters
) -> None:
    await dead_letters.replay(await record(store, b"\x00 body"))
    delivery = await receive_one(queue, WORK)
    assert (delivery.lane, delivery.body) == ("ana", b"\x00 body")
    assert (delivery.trace_id, delivery.receives) == ("trace-1", 1)


async def test_what_is_closed_stays_closed(
    store: Store, queue: Queue, dead_letters: DeadLetters
) -> None:
    dropped, replayed = await record(store, b"1"), await record(store, b"2")
    await dead_letters.drop(dropped)
    await dead_letters.replay(replayed)
    await queue.ack(await receive_one(queue, WORK))
    for id, state in ((dropped, "dropped"), (replayed, "replayed")):
        for action in (dead_letters.replay, dead_letters.drop):
            with pytest.raises(Conflict, match=state):
                await action(id)
    await receive_none(queue, WORK)


async def test_what_does_not_exist_is_not_found(dead_letters: DeadLetters) -> None:
    for action in (dead_letters.get, dead_letters.replay, dead_letters.drop):
        with pytest.raises(NotFound):
            await action("nothing")


async def replayed(letters: DeadLetters, queue: str | None = None) -> int:
    return [step async for step in letters.replay_all(queue)][-1].replayed


async def test_all_are_replayed_oldest_first(
    store: Store, queue: Queue, dead_letters: DeadLetters
) -> None:
    for number in range(230):
        await record(store, str(number).encode())
    await record(store, b"photo", queue="media")
    assert await replayed(dead_letters, "work") == 230
    for number in range(230):
        delivery = await receive_one(queue, WORK)
        assert delivery.body == str(number).encode()
        await queue.ack(delivery)
    assert await replayed(dead_letters) == 1
    assert await replayed(dead_letters) == 0


def test_json_is_shown_indented() -> None:
    shown = readable('{"text":"¿esta la tienen? 👩‍👧","n":[1,2]}'.encode())
    assert json.loads(shown) == {"text": "¿esta la tienen? 👩‍👧", "n": [1, 2]}
    assert '\n  "text": "¿esta la tienen? 👩‍👧"' in shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"plain text\n", "plain text\n"),
        ("señal".encode(), "señal"),
        (b"\x1b[2Jgone\x07", "\\x1b[2Jgone\\x07"),
        (b'{"a":"\xc2\x9b2J \xe2\x80\xae"}', '{\n  "a": "\\x9b2J \\u202e"\n}'),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"\x00\x01", "\\x00\\x01"),
        (b"", ""),
    ],
)
def test_what_cannot_be_shown_is_escaped(body: bytes, shown: str) -> None:
    assert readable(body) == shown
