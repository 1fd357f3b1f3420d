"""Conversations over the API: found, read, taken over, handed back, resolved."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import update

from recado.channels.messages import Identity, Sender
from recado.channels.port import Line
from recado.conversations.contacts import find_or_add_contact
from recado.conversations.messages import append_message
from recado.conversations.model import Conversation
from recado.runtime import Runtime
from recado.store import Tx
from tests.support.conversations import add_conversation, add_line


async def test_an_inbox_is_paged_to_its_end_while_others_write(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    line = await runtime.store.write(add_line)
    made = [
        await runtime.store.write(lambda tx: add_conversation(tx, line, name=f"n{i}"))  # noqa: B023
        for i in range(13)
    ]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
        response = await api.get("/api/v1/conversations", params=query)
        assert response.status_code == 200
        page = response.json()
        assert set(page) == {"items", "next"}
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        await runtime.store.write(lambda tx: add_conversation(tx, line, name="late"))
    assert seen == made[::-1]


async def test_a_conversation_tells_who_and_where_and_until_when(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    def seed(tx: Tx) -> str:
        line = add_line(tx, name="Ventas")
        conversation = add_conversation(
            tx, line, name="Ñusta 😀", identities=(("phone", "573001234567"),)
        )
        hear(tx, conversation, "¿abren mañana? 🎂")
        return conversation

    conversation_id = await runtime.store.write(seed)
    view = (await api.get(f"/api/v1/conversations/{conversation_id}")).json()
    assert view["contact_name"] == "Ñusta 😀"
    assert view["identities"] == [{"kind": "phone", "value": "573001234567"}]
    assert (view["line_name"], view["channel"], view["state"]) == ("Ventas", "whatsapp", "bot")
    assert view["last_preview"] == "¿abren mañana? 🎂"
    assert view["created_at"].endswith("Z")
    assert view["window_ends_at"] > view["last_inbound_at"]
    assert view["escalation"] is None


async def test_filters_and_search_narrow_the_list(runtime: Runtime, api: httpx.AsyncClient) -> None:
    def seed(tx: Tx) -> tuple[str, str, str]:
        one, two = add_line(tx), add_line(tx)
        ana = add_conversation(tx, one, name="Ana", identities=(("phone", "573001112222"),))
        add_conversation(tx, two, name="Bruno")
        waiting = add_conversation(tx, one, name="Carla")
        change = update(Conversation).where(Conversation.id == waiting)
        tx.execute(change.values(state="waiting"))
        return ana, waiting, two

    ana, waiting, line_two = await runtime.store.write(seed)

    async def names(**query: str) -> set[str]:
        response = await api.get("/api/v1/conversations", params=query)
        assert response.status_code == 200, response.text
        return {item["contact_name"] for item in response.json()["items"]}

    assert await names() == {"Ana", "Bruno", "Carla"}
    assert await names(state="waiting") == {"Carla"}
    assert await names(line=line_two) == {"Bruno"}
    assert await names(search="+57 300 111") == {"Ana"}
    contact = (await api.get(f"/api/v1/conversations/{ana}")).json()["contact_id"]
    assert await names(contact=contact) == {"Ana"}
    assert await names(archived="true") == set()
    assert await names(assignee="nobody") == set()
    assert waiting


@pytest.mark.parametrize(
    "search",
    ["'; DROP TABLE conversation; --", '" OR ""="', "%", "_", "\\", "*", "(", "a' OR '1'='1", "💥"],
)
async def test_a_hostile_search_finds_nothing_and_harms_nothing(
    runtime: Runtime, api: httpx.AsyncClient, search: str
) -> None:
    await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx), name="Ana"))
    response = await api.get("/api/v1/conversations", params={"search": search})
    assert (response.status_code, response.json()["items"]) == (200, [])
    everything = await api.get("/api/v1/conversations")
    assert len(everything.json()["items"]) == 1


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"limit": "0"}, 422, "query.limit"),
        ({"limit": "501"}, 422, "query.limit"),
        ({"limit": "many"}, 422, "query.limit"),
        ({"state": "asleep"}, 422, "query.state"),
        ({"search": "a\x00b"}, 422, "query.search"),
        ({"search": "x" * 201}, 422, "query.search"),
        ({"cursor": "nonsense"}, 400, None),
        ({"cursor": "🙂"}, 400, None),
        ({"cursor": "eyJhIjoxfQ"}, 400, None),
    ],
)
async def test_a_wrong_query_is_told_what_is_wrong(
    api: httpx.AsyncClient, query: dict[str, str], status: int, field: str | None
) -> None:
    response = await api.get("/api/v1/conversations", params=query)
    assert response.status_code == status
    problem = response.json()
    assert problem["status"] == status
    if field:
        assert [error["field"] for error in problem["errors"]] == [field]
        assert field in problem["detail"]
    else:
        assert "cursor" in problem["detail"]


async def test_a_cursor_of_other_filters_is_refused(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    line = await runtime.store.write(add_line)
    for name in ("Ana", "Bruno"):
        await runtime.store.write(lambda tx: add_conversation(tx, line, name=name))  # noqa: B023
    cursor = (await api.get("/api/v1/conversations?limit=1")).json()["next"]
    good = await api.get("/api/v1/conversations", params={"limit": "1", "cursor": cursor})
    assert [item["contact_name"] for item in good.json()["items"]] == ["Ana"]
    bad = await api.get("/api/v1/conversations", params={"state": "bot", "cursor": cursor})
    assert bad.status_code == 400


async def test_the_word_passes_from_hand_to_hand(runtime: Runtime, api: httpx.AsyncClient) -> None:
    def seed(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        hear(tx, conversation, "hola")
        return conversation

    conversation_id = await runtime.store.write(seed)
    path = f"/api/v1/conversations/{conversation_id}"
    states = []
    for verb in ("takeover", "takeover", "handback", "handback", "resolve", "resolve"):
        response = await api.post(f"{path}/{verb}")
        assert response.status_code == 200, response.text
        states.append(response.json()["state"])
    assert states == ["human", "human", "bot", "bot", "resolved", "resolved"]
    assert (await api.get(path)).json()["unread_count"] == 0
    events = (await api.get(f"{path}/events")).json()["items"]
    assert [event["name"] for event in events] == ["taken_over", "handed_back", "resolved"]
    # Handed back with the contact's word unanswered: the assistant was called.
    assert (await runtime.queue.depth())["turn"].waiting == 1


async def test_what_is_not_there_is_a_404_that_says_so(api: httpx.AsyncClient) -> None:
    missing = "0" * 32
    for method, path in (
        ("GET", f"/conversations/{missing}"),
        ("GET", f"/conversations/{missing}/messages"),
        ("GET", f"/conversations/{missing}/events"),
        ("POST", f"/conversations/{missing}/takeover"),
        ("POST", f"/conversations/{missing}/handback"),
        ("POST", f"/conversations/{missing}/resolve"),
        ("GET", f"/messages/{missing}"),
        ("GET", f"/turns/{missing}"),
        ("GET", f"/contacts/{missing}"),
        ("GET", f"/lines/{missing}"),
        ("GET", f"/characters/{missing}"),
        ("GET", f"/dead-letters/{missing}"),
        ("DELETE", f"/knowledge/{missing}"),
        ("GET", "/conversations/' OR 1=1 --"),
    ):
        response = await api.request(method, f"/api/v1{path}")
        assert response.status_code == 404, (path, response.text)
        assert response.json()["type"] == "/problems/not-found"


async def test_a_contact_is_found_by_phone_or_business_scoped_id(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    line = Line(id="l" * 32, channel="whatsapp", address="1", name="")
    identities = (Identity("phone", "573001234567"), Identity("bsuid", "CO.12"))
    sender = Sender(identities, name="Ana")
    contact_id = await runtime.store.write(
        lambda tx: find_or_add_contact(tx, line, sender, language="es")
    )
    for identity in ("573001234567", "+573001234567", "CO.12"):
        page = (await api.get("/api/v1/contacts", params={"identity": identity})).json()
        assert [item["id"] for item in page["items"]] == [contact_id]
    # A plus sign that nobody encoded reaches the server as a space.
    page = (await api.get("/api/v1/contacts?identity=+573001234567")).json()
    assert [item["name"] for item in page["items"]] == ["Ana"]
    assert (await api.get(f"/api/v1/contacts/{contact_id}")).json() == page["items"][0]
    nobody = await api.get("/api/v1/contacts", params={"identity": "49"})
    assert nobody.json() == {"items": [], "next": None}
    assert (await api.get("/api/v1/contacts")).status_code == 422


def hear(tx: Tx, conversation_id: str, words: str) -> None:
    append_message(
        tx, conversation_id, direction="inbound", author="contact", type="text", text=words
    )
