"""The read side: lists page to the end, find what a person looks for, and use their indices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from recado.assistant.model import Turn
from recado.conversations.messages import append_message
from recado.conversations.model import Conversation
from recado.conversations.ownership import log_event
from recado.conversations.queries import (
    contact_by_identity,
    contact_view,
    get_conversation,
    get_message,
    get_turn,
    list_all_messages,
    list_conversations,
    list_escalations,
    list_events,
    list_messages,
)
from recado.errors import BadRequest, NotFound
from recado.escalation.model import Escalation
from recado.media.model import Media
from recado.security.model import User
from recado.store import Store, Tx, new_id, now, open_store
from recado.store.migrate import migrate
from recado.store.paging import decode_cursor, encode_cursor
from tests.support.conversations import add_conversation, add_line, columns
from tests.support.engines import postgresql_url


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with AsyncExitStack() as stack:
        url = f"sqlite:///{tmp_path}/recado.db"
        if request.param == "postgresql":
            url = await stack.enter_async_context(postgresql_url())
        store = open_store(url, sync="off")
        stack.push_async_callback(store.close)
        await migrate(store)
        yield store


async def test_conversations_come_by_last_activity_newest_first(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        line = add_line(tx)
        ids = [add_conversation(tx, line, name=name) for name in ("Ana", "Bruno", "Carla")]
        say(tx, ids[0], "hola otra vez")
        return ids

    ana, bruno, carla = await store.write(work)
    page = await store.read(list_conversations)
    assert [item.id for item in page.items] == [ana, carla, bruno]
    assert page.next is None
    assert page.items[0].last_preview == "hola otra vez"


async def test_paging_shows_each_conversation_once_while_others_arrive(store: Store) -> None:
    def fill(tx: Tx) -> tuple[str, list[str]]:
        line = add_line(tx)
        return line, [add_conversation(tx, line, name=f"n{i}") for i in range(23)]

    line, ids = await store.write(fill)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        after = cursor
        page = await store.read(lambda tx: list_conversations(tx, limit=5, cursor=after))  # noqa: B023
        seen += [item.id for item in page.items]
        cursor = page.next
        if cursor is None:
            break
        await store.write(lambda tx: add_conversation(tx, line, name="new"))
    assert seen == list(reversed(ids))


async def test_conversations_with_the_same_activity_are_all_paged(store: Store) -> None:
    def fill(tx: Tx) -> set[str]:
        line = add_line(tx)
        ids = {add_conversation(tx, line, name=f"n{i}") for i in range(7)}
        tx.execute(update(Conversation).values(last_activity_at=1000.0))
        return ids

    ids = await store.write(fill)
    pages = await all_pages(
        store, lambda tx, cursor: list_conversations(tx, limit=2, cursor=cursor)
    )
    assert sorted(item.id for item in pages) == sorted(ids)


async def test_a_conversation_shows_who_it_is_with_and_who_has_it(store: Store) -> None:
    def work(tx: Tx) -> tuple[str, str]:
        line = add_line(tx, name="Ventas")
        conversation = add_conversation(
            tx, line, name="Ana", identities=(("bsuid", "CO.1"), ("phone", "573001234567"))
        )
        user = add_user(tx, "Marta")
        say(tx, conversation, "quiero hablar con alguien")
        tx.execute(
            update(Conversation).values(state="human", assignee_id=user, tags=["vip", "pedido"])
        )
        add_escalation(tx, conversation, state="closed", summary="antes")
        add_escalation(tx, conversation, state="taken", summary="ahora")
        return conversation, user

    conversation_id, user = await store.write(work)
    view = await store.read(lambda tx: get_conversation(tx, conversation_id))
    assert (view.contact_name, view.line_name, view.channel) == ("Ana", "Ventas", "whatsapp")
    assert [(i.kind, i.value) for i in view.identities] == [
        ("phone", "573001234567"),
        ("bsuid", "CO.1"),
    ]
    assert (view.assignee_id, view.assignee_name) == (user, "Marta")
    assert view.tags == ("vip", "pedido")
    assert view.escalation is not None
    assert view.escalation.summary == "ahora"
    assert view.last_inbound_at is not None
    assert view.window_ends_at == view.last_inbound_at + 24 * 3600


async def test_filters_narrow_the_list(store: Store) -> None:
    def work(tx: Tx) -> dict[str, str]:
        one, two = add_line(tx), add_line(tx)
        user = add_user(tx, "Marta")
        made = {name: add_conversation(tx, one, name=name) for name in ("bot", "mine", "old")}
        made["other_line"] = add_conversation(tx, two, name="other")
        values: dict[str, dict[str, Any]] = {
            "mine": {"state": "human", "assignee_id": user},
            "old": {"archived_at": now()},
            "other_line": {"state": "waiting"},
        }
        for name, changes in values.items():
            tx.execute(update(Conversation).where(Conversation.id == made[name]).values(**changes))
        gone = add_conversation(tx, one, name="deleted")
        tx.execute(update(Conversation).where(Conversation.id == gone).values(deleted_at=now()))
        return {**made, "line_two": two, "user": user}

    made = await store.write(work)

    async def ids(**filters: Any) -> set[str]:
        page = await store.read(lambda tx: list_conversations(tx, **filters))
        return {item.id for item in page.items}

    assert await ids() == {made["bot"], made["mine"], made["other_line"]}
    assert await ids(state="waiting") == {made["other_line"]}
    assert await ids(line_id=made["line_two"]) == {made["other_line"]}
    assert await ids(assignee_id=made["user"]) == {made["mine"]}
    assert await ids(archived=True) == {made["old"]}
    contact = (await store.read(lambda tx: get_conversation(tx, made["bot"]))).contact_id
    assert await ids(contact_id=contact) == {made["bot"]}
    with pytest.raises(BadRequest, match="waiting"):
        await ids(state="sleeping")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ñandú", {"ÑANDÚ Pérez"}),
        ("pérez", {"ÑANDÚ Pérez"}),
        ("300 123", {"ÑANDÚ Pérez"}),
        ("+57 (300) 123-4567", {"ÑANDÚ Pérez"}),
        ("CAKE", {"John"}),
        ("100%", {"O'Hara 100%"}),
        ("_", {"under_score"}),
        ("O'Hara", {"O'Hara 100%"}),
        ("'; DROP TABLE message; --", set()),
        ("%", {"O'Hara 100%"}),
        ("  ", {"ÑANDÚ Pérez", "John", "O'Hara 100%", "under_score"}),
        ("🎂", {"John"}),
    ],
)
async def test_search_finds_what_a_person_types(store: Store, search: str, found: set[str]) -> None:
    def work(tx: Tx) -> None:
        line = add_line(tx)
        add_conversation(tx, line, name="ÑANDÚ Pérez", identities=(("phone", "573001234567"),))
        add_conversation(tx, line, name="O'Hara 100%", identities=(("phone", "551199"),))
        add_conversation(tx, line, name="under_score", identities=(("username", "uno"),))
        say(tx, add_conversation(tx, line, name="John"), "gluten-free cake 🎂?")

    await store.write(work)
    page = await store.read(lambda tx: list_conversations(tx, search=search))
    assert {item.contact_name for item in page.items} == found


async def test_messages_are_read_backwards_and_forwards_in_their_order(store: Store) -> None:
    def work(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        for number in range(1, 11):
            say(tx, conversation, f"m{number}")
        return conversation

    conversation_id = await store.write(work)

    async def texts(**bounds: Any) -> list[str]:
        found = await store.read(lambda tx: list_messages(tx, conversation_id, **bounds))
        return [message.text for message in found]

    assert await texts(limit=3) == ["m8", "m9", "m10"]
    assert await texts(before=8, limit=3) == ["m5", "m6", "m7"]
    assert await texts(after=8) == ["m9", "m10"]
    assert await texts(after=0, limit=2) == ["m1", "m2"]
    assert await texts(after=10) == []


async def test_all_messages_are_paged_both_ways_while_new_ones_arrive(store: Store) -> None:
    def work(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        for number in range(12):
            say(tx, conversation, f"m{number}")
        return conversation

    conversation_id = await store.write(work)
    expected = [f"m{number}" for number in range(12)]

    async def read(order: Any) -> list[str]:
        seen: list[str] = []
        cursor: str | None = None
        for turn in range(100):
            after = cursor
            page = await store.read(
                lambda tx: list_all_messages(tx, order=order, limit=5, cursor=after)  # noqa: B023
            )
            seen += [message.text for message in page.items]
            cursor = page.next
            if cursor is None:
                return seen
            if turn == 0:
                await store.write(lambda tx: say(tx, conversation_id, f"late {order}"))
        raise AssertionError("the list never ends")

    assert await read("desc") == expected[::-1]
    assert await read("asc") == [*expected, "late desc", "late asc"]


async def test_since_and_direction_narrow_all_messages(store: Store) -> None:
    def work(tx: Tx) -> tuple[list[float], str]:
        conversation = add_conversation(tx, add_line(tx))
        moments = [say(tx, conversation, f"m{n}")["created_at"] for n in range(4)]
        append_message(
            tx, conversation, direction="outbound", author="agent", type="text", text="hello"
        )
        line = add_line(tx)
        say(tx, add_conversation(tx, line), "elsewhere")
        return moments, line

    moments, line = await store.write(work)

    async def texts(**filters: Any) -> list[str]:
        page = await store.read(lambda tx: list_all_messages(tx, order="asc", **filters))
        return [message.text for message in page.items]

    assert await texts(since=moments[2]) == ["m2", "m3", "hello", "elsewhere"]
    assert await texts(since=moments[2], direction="inbound") == ["m2", "m3", "elsewhere"]
    assert await texts(direction="outbound") == ["hello"]
    assert await texts(line_id=line) == ["elsewhere"]
    assert await texts(since=now() + 60) == []
    assert await texts(since=-1e300) == await texts(since=1e-300) == await texts()
    assert await texts(since=1e300) == []
    with pytest.raises(BadRequest):
        await texts(direction="sideways")


async def test_a_message_shows_its_file_its_author_and_its_raw_form_on_request(
    store: Store,
) -> None:
    def work(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        media: dict[str, Any] = {"id": new_id(), "mime_type": "image/jpeg", "filename": "torta.jpg"}
        media |= {"size_bytes": 12, "state": "stored", "text": "", "description": "a cake"}
        tx.execute(insert(Media), columns(Media, created_at=now(), line_id="", **media))
        message = append_message(
            tx, conversation, direction="inbound", author="agent", type="image",
            media_id=media["id"], author_user_id=add_user(tx, "Marta"), raw={"id": "wamid.1"},
        )  # fmt: skip
        return str(message["id"])

    message_id = await store.write(work)
    view = await store.read(lambda tx: get_message(tx, message_id))
    assert view.media is not None
    assert (view.media.filename, view.media.description) == ("torta.jpg", "a cake")
    assert view.author_name == "Marta"
    assert view.raw is None
    assert (view.content, view.in_reply_to, view.error) == ({}, (), None)
    shown = await store.read(lambda tx: get_message(tx, message_id, raw=True))
    assert shown.raw == {"id": "wamid.1"}


async def test_the_log_stands_between_the_messages(store: Store) -> None:
    def work(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        for after, name in ((1, "handed_over"), (3, "taken_over"), (5, "handed_back")):
            log_event(tx, conversation, name, actor="api", after=after, detail={"n": after})
        return conversation

    conversation_id = await store.write(work)
    events = await store.read(lambda tx: list_events(tx, conversation_id))
    assert [event.name for event in events] == ["handed_over", "taken_over", "handed_back"]
    later = await store.read(lambda tx: list_events(tx, conversation_id, from_position=3))
    assert [(event.name, event.detail) for event in later] == [
        ("taken_over", {"n": 3}),
        ("handed_back", {"n": 5}),
    ]


async def test_a_turn_tells_what_it_answered_from(store: Store) -> None:
    def work(tx: Tx) -> str:
        turn = {"id": new_id(), "sources": [{"quote": "9 a 18"}], "reasons": [], "score": 12}
        tx.execute(insert(Turn), columns(Turn, conversation_id="c", outcome="replied", **turn))
        return str(turn["id"])

    turn_id = await store.write(work)
    turn = await store.read(lambda tx: get_turn(tx, turn_id))
    assert (turn.outcome, turn.score, turn.sources) == ("replied", 12, ({"quote": "9 a 18"},))


async def test_a_contact_is_found_by_any_of_its_names(store: Store) -> None:
    def work(tx: Tx) -> str:
        conversation = add_conversation(
            tx, add_line(tx), name="Ana",
            identities=(("phone", "573001234567"), ("bsuid", "CO.99"), ("username", "ana.p")),
        )  # fmt: skip
        return get_conversation(tx, conversation).contact_id

    contact_id = await store.write(work)
    spellings = ("573001234567", "+57 300 123 4567", " 573001234567", "CO.99", "ana.p", "@ana.p")
    for value in spellings:
        found = await store.read(lambda tx: contact_by_identity(tx, value))  # noqa: B023
        assert found is not None, value
        assert (found.id, found.name, len(found.identities)) == (contact_id, "Ana", 3)
    for value in ("57300123456", "' OR 1=1 --", "", "%"):
        assert await store.read(lambda tx: contact_by_identity(tx, value)) is None  # noqa: B023


async def test_a_contact_is_found_by_every_form_of_its_number(store: Store) -> None:
    def work(tx: Tx) -> str:
        identities = (("phone", "559281723241"),)
        conversation = add_conversation(tx, add_line(tx), identities=identities)
        return get_conversation(tx, conversation).contact_id

    contact_id = await store.write(work)
    for value in ("559281723241", "5592981723241", "+55 92 98172-3241", " 5592981723241"):
        found = await store.read(lambda tx: contact_by_identity(tx, value))  # noqa: B023
        assert found is not None, value
        assert found.id == contact_id


async def test_escalations_are_paged_newest_first(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        conversation = add_conversation(tx, add_line(tx))
        states = ("open", "closed", "open", "taken", "open")
        return [add_escalation(tx, conversation, state=state) for state in states]

    ids = await store.write(work)
    shown = await all_pages(store, lambda tx, cursor: list_escalations(tx, limit=2, cursor=cursor))
    assert [item.id for item in shown] == ids[::-1]
    page = await store.read(lambda tx: list_escalations(tx, state="open"))
    assert [item.id for item in page.items] == [ids[4], ids[2], ids[0]]


async def test_what_is_not_there_is_said_to_be_missing(store: Store) -> None:
    for query in (get_conversation, get_message, get_turn, contact_view):
        with pytest.raises(NotFound):
            await store.read(lambda tx: query(tx, "nothing"))  # noqa: B023


async def test_a_cursor_that_was_altered_or_is_of_another_list_is_refused(store: Store) -> None:
    def work(tx: Tx) -> None:
        line = add_line(tx)
        for number in range(3):
            add_conversation(tx, line, name=f"n{number}")

    await store.write(work)
    cursor = (await store.read(lambda tx: list_conversations(tx, limit=1))).next
    assert cursor is not None
    altered = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    spoilt = [altered, cursor[1:], "x", "ñ", "=", "AAAA", "null", "a" * 5000, "\x00"]
    for bad in spoilt:
        with pytest.raises(BadRequest, match=r"[Cc]ursor"):
            await store.read(lambda tx: list_conversations(tx, cursor=bad))  # noqa: B023
    for other in ({"state": "bot"}, {"search": "n"}, {"archived": True}):
        with pytest.raises(BadRequest, match=r"[Cc]ursor"):
            await store.read(lambda tx: list_conversations(tx, cursor=cursor, **other))  # noqa: B023
    with pytest.raises(BadRequest, match=r"[Cc]ursor"):
        await store.read(lambda tx: list_all_messages(tx, cursor=cursor))


def test_a_cursor_keeps_its_key_and_its_types() -> None:
    cursor = encode_cursor(("list",), (1700000000.123456, "id"))
    assert decode_cursor(cursor, ("list",), float, str) == (1700000000.123456, "id")
    with pytest.raises(BadRequest):
        decode_cursor(cursor, ("list",), str, str)


@pytest.mark.parametrize("limit", [0, -1, 501])
async def test_a_limit_out_of_range_is_refused(store: Store, limit: int) -> None:
    with pytest.raises(BadRequest, match="1 to 500"):
        await store.read(lambda tx: list_conversations(tx, limit=limit))


HOT: dict[str, Callable[[Tx], Any]] = {
    "inbox": list_conversations,
    "inbox, next page": lambda tx: list_conversations(
        tx, cursor=encode_cursor(("conversations", *[None] * 5, False), (1.0, "x"))
    ),
    "waiting": lambda tx: list_conversations(tx, state="waiting"),
    "mine": lambda tx: list_conversations(tx, assignee_id="u"),
    "a line's": lambda tx: list_conversations(tx, line_id="l"),
    "a contact's": lambda tx: list_conversations(tx, contact_id="c"),
    "one": lambda tx: list_conversations(tx, limit=1),
    "messages": lambda tx: list_messages(tx, "c"),
    "messages before": lambda tx: list_messages(tx, "c", before=9),
    "messages after": lambda tx: list_messages(tx, "c", after=9),
    "all messages": list_all_messages,
    "all messages since": lambda tx: list_all_messages(tx, since=1.7e9, order="asc"),
    "events": lambda tx: list_events(tx, "c"),
    "contact": lambda tx: contact_by_identity(tx, "573001234567"),
    "escalations": list_escalations,
}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", HOT)
async def test_hot_queries_walk_an_index_and_sort_nothing(store: Store, name: str) -> None:
    def seed(tx: Tx) -> None:
        say(tx, add_conversation(tx, add_line(tx)), "hola")

    def plans(tx: Tx) -> list[tuple[str, str]]:
        statements: list[tuple[str, Any]] = []

        def remember(_c: Any, _cursor: Any, sql: str, params: Any, *_: Any) -> None:
            statements.append((sql, params))

        event.listen(tx.connection, "before_cursor_execute", remember)
        HOT[name](tx)
        event.remove(tx.connection, "before_cursor_execute", remember)
        return [
            (sql, str(row[-1]))
            for sql, params in statements
            for row in tx.sql(f"EXPLAIN QUERY PLAN {sql}", params).all()
        ]

    await store.write(seed)
    steps = await store.read(plans)
    assert any("INDEX" in step for _, step in steps)
    assert not [step for _, step in steps if step.startswith("SCAN") and "INDEX" not in step]
    if name != "a contact's":  # a handful of rows, whose number does not grow with the business
        assert not [s for sql, s in steps if "LIMIT" in sql and s == "USE TEMP B-TREE FOR ORDER BY"]


async def all_pages(store: Store, query: Callable[[Tx, str | None], Any]) -> list[Any]:
    """Every item, page by page."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        after = cursor
        page = await store.read(lambda tx: query(tx, after))  # noqa: B023
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def say(tx: Tx, conversation_id: str, words: str) -> dict[str, Any]:
    return append_message(
        tx, conversation_id, direction="inbound", author="contact", type="text", text=words
    )


def add_user(tx: Tx, name: str) -> str:
    user = {"id": new_id(), "email": f"{name}@example.com", "name": name, "role": "agent"}
    tx.execute(insert(User), columns(User, created_at=now(), **user))
    return user["id"]


def add_escalation(tx: Tx, conversation_id: str, *, state: str, summary: str = "") -> str:
    values = {"id": new_id(), "conversation_id": conversation_id, "state": state}
    row = columns(Escalation, summary=summary, due_at=now(), created_at=now(), **values)
    tx.execute(insert(Escalation), row | {"reasons": [{"code": "x"}]})
    return values["id"]
