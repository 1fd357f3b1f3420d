"""The inbox with more in it than one look shows."""

from __future__ import annotations

import html
import re
from typing import Any

from sqlalchemy import Engine, event, insert

from recado.escalation.model import Escalation
from recado.store import Tx, new_id, now
from tests.desk.conftest import DeskUser
from tests.support.conversations import columns


async def promise(admin: DeskUser, conversation_id: str, due_at: float) -> None:
    def work(tx: Tx) -> None:
        row = {"id": new_id(), "conversation_id": conversation_id, "state": "open"}
        values = columns(Escalation, due_at=due_at, created_at=now(), priority="normal", **row)
        tx.execute(insert(Escalation), values)

    await admin.runtime.store.write(work)


async def pages(admin: DeskUser, path: str) -> list[list[str]]:
    """The ids of each page of a list, as its last row leads to the next."""
    found = []
    while True:
        page = await admin.page(path, htmx=True)
        found.append(re.findall(r'id="c-(\w+)"', page))
        more = re.search(r'id="more"[^>]*hx-get="([^"]+)"', page)
        if more is None:
            return found
        path = html.unescape(more[1])


async def test_all_who_wait_are_listed_by_urgency_page_by_page(admin: DeskUser) -> None:
    promised, others = [], []
    for number in range(45):
        id = await admin.add_conversation(name=f"P{number}", state="waiting")
        await promise(admin, id, due_at=1000.0 + number * 7 % 45)
        promised.append((number * 7 % 45, id))
    for number in range(20):
        others.append(await admin.add_conversation(state="waiting", last_activity_at=5.0 + number))
    listed = await pages(admin, "/desk/list?filter=waiting")
    assert len(listed) == 3
    assert [id for page in listed for id in page] == [
        *(id for _, id in sorted(promised)),
        *reversed(others),
    ]


async def test_a_conversation_with_two_open_promises_is_listed_once_by_the_earlier(
    admin: DeskUser,
) -> None:
    late = await admin.add_conversation(state="waiting")
    both = await admin.add_conversation(state="waiting")
    await promise(admin, late, 200.0)
    await promise(admin, both, 300.0)
    await promise(admin, both, 100.0)
    assert await pages(admin, "/desk/list?filter=waiting") == [[both, late]]


async def test_paging_through_everything_shows_each_conversation_once(admin: DeskUser) -> None:
    ids = set()
    for number in range(130):
        state = "waiting" if number % 3 == 0 else "bot"
        ids.add(await admin.add_conversation(state=state, last_activity_at=10.0 + number))
    listed = [id for page in await pages(admin, "/desk/list") for id in page]
    assert sorted(listed) == sorted(ids)


async def test_counts_are_exact_and_end_at_a_bound(admin: DeskUser) -> None:
    user_id = await admin.sign_in()
    for _ in range(3):
        await admin.add_conversation(state="waiting")
    await admin.add_conversation(state="human", assignee_id=user_id)
    await admin.add_conversation(state="human", assignee_id="somebody")
    await admin.add_conversation(state="waiting", archived_at=1.0)
    await admin.add_conversation(state="waiting", deleted_at=1.0)
    page = await admin.page("/desk/list", htmx=True)
    assert dict(re.findall(r'class="(waiting|mine)">[^<]+<b>([^<]+)</b>', page)) == {
        "waiting": "3",
        "mine": "1",
    }
    for _ in range(1000):
        await admin.add_conversation(state="waiting")
    assert "<b>999+</b>" in await admin.page("/desk/list", htmx=True)


async def test_a_look_at_the_inbox_asks_the_database_as_often_with_many_as_with_few(
    admin: DeskUser,
) -> None:
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    async def add(count: int) -> None:
        for number in range(count):
            id = await admin.add_conversation(state="waiting" if number % 2 else "bot")
            await promise(admin, id, 100.0 + number)

    async def looks() -> int:
        asked.clear()
        for chosen in ("all", "waiting", "mine", "human", "bot", "resolved"):
            await admin.page(f"/desk/list?filter={chosen}", htmx=True)
        return len(asked)

    await add(2)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        few = await looks()
        await add(60)
        many = await looks()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert 0 < many <= few


async def test_a_search_leads_to_the_message_that_was_found(admin: DeskUser) -> None:
    id = await admin.add_conversation(name="Lucía")
    for number in range(400):
        await admin.add_message(id, "busco un violín <b>rojo</b>" if number == 20 else f"n{number}")
    page = await admin.page("/desk/list?q=VIOLIN", htmx=True)
    assert "busco un <mark>violín</mark> &lt;b&gt;rojo&lt;/b&gt;" in page
    (link,) = re.findall(r'href="(/conversations/[^"]+)"', page)
    opened = await admin.page(html.unescape(link))
    assert "busco un violín" in opened
    assert 'data-found="0000000021."' in opened
    assert "To the newest messages" in opened
    assert 'data-live="' + id not in opened, "what is newer would follow without what is between"
    near = await admin.page(f"/conversations/{id}?at=350", htmx=True)
    assert "n349" in near
    assert "n399" in near
    assert 'data-live="' + id in near


async def test_what_the_assistant_has_in_hand_asks_for_nobody(admin: DeskUser) -> None:
    for state in ("bot", "resolved", "waiting", "human"):
        id = await admin.add_conversation(name=state, state=state)
        await admin.add_message(id, "hola")
    page = await admin.page("/desk/list", htmx=True)
    bold = re.findall(r'class="row state-(\w+) unread"', page)
    assert sorted(bold) == ["human", "waiting"]
    assert page.count('class="badge"') == 2


async def test_previews_say_who_spoke(admin: DeskUser) -> None:
    user_id = await admin.sign_in()
    ids = [await admin.add_conversation(state="human", assignee_id=user_id) for _ in range(5)]
    for id in ids:
        await admin.add_message(id, "pregunta")
    await admin.add_message(ids[1], "respuesta", inbound=False)
    await admin.add_message(ids[2], "mía", inbound=False, author="agent", author_user_id=user_id)
    await admin.add_message(ids[3], "aviso", inbound=False, author="system")
    await admin.post(f"/conversations/{ids[4]}/messages", kind="note", text="ojo con esto")
    page = await admin.page("/desk/list", htmx=True)
    texts = [
        re.sub(r"<[^>]+>", "", it).strip()
        for it in re.findall(r'row-text"[^>]*>(.*?)</span>\n', page)
    ]
    assert sorted(texts) == sorted(
        [
            "pregunta",
            "Assistant: respuesta",
            "You: mía",
            "Automatic notice: aviso",
            "Note: ojo con esto",
        ]
    )
