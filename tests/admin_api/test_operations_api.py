"""What operators ask for over the API: dead letters, hand-overs, counts."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import insert, select

from recado.conversations.messages import append_message
from recado.escalation.model import Escalation
from recado.queue.dead_letters import record_in
from recado.queue.replays import Replays
from recado.runtime import Runtime
from recado.security.model import AuditEntry
from recado.store import Tx, new_id, now
from tests.support.conversations import add_conversation, add_line, columns
from tests.support.letters import bury as bury_many

PATH = "/api/v1/dead-letters"


async def bury(runtime: Runtime, body: bytes = b'{"message_id":"m1"}', lane: str = "lane") -> str:
    return await runtime.store.write(
        lambda tx: record_in(tx, queue="send", lane=lane, body=body, cause="Meta said no (131026)")
    )


async def test_a_dead_letter_is_shown_with_its_cause(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    letter_id = await bury(runtime)
    page = (await api.get(PATH)).json()
    assert [item["id"] for item in page["items"]] == [letter_id]
    letter = (await api.get(f"{PATH}/{letter_id}")).json()
    assert letter == page["items"][0]
    assert letter["cause"] == "Meta said no (131026)"
    assert letter["body"] == {"message_id": "m1"}
    assert (letter["state"], letter["closed_at"]) == ("open", None)
    assert letter["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("body", "shown"),
    [(b"<xml/>", "<xml/>"), (b"", ""), (b"\xff\x00a", "\\xff\\x00a")],
)
async def test_a_body_that_is_no_json_is_shown_as_text(
    runtime: Runtime, api: httpx.AsyncClient, body: bytes, shown: str
) -> None:
    letter_id = await bury(runtime, body)
    assert (await api.get(f"{PATH}/{letter_id}")).json()["body"] == shown


async def test_a_replayed_letter_is_work_again_and_is_not_replayed_twice(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    letter_id = await bury(runtime)
    replayed = await api.post(f"{PATH}/{letter_id}/replay")
    assert (replayed.status_code, replayed.json()["state"]) == (200, "replayed")
    assert (await runtime.queue.depth())["send"].waiting == 1
    assert (await api.post(f"{PATH}/{letter_id}/replay")).status_code == 409
    assert (await api.post(f"{PATH}/{letter_id}/drop")).status_code == 409
    assert (await runtime.queue.depth())["send"].waiting == 1
    assert (await api.get(PATH)).json()["items"] == []
    closed = (await api.get(PATH, params={"state": "replayed"})).json()["items"]
    assert [item["id"] for item in closed] == [letter_id]
    log = await runtime.store.read(
        lambda tx: tx.all(select(AuditEntry.action, AuditEntry.subject, AuditEntry.actor))
    )
    assert [tuple(row) for row in log] == [("dead_letter.replay", letter_id, "api")]


async def test_a_dropped_letter_stays_known(runtime: Runtime, api: httpx.AsyncClient) -> None:
    letter_id = await bury(runtime)
    dropped = (await api.post(f"{PATH}/{letter_id}/drop")).json()
    assert dropped["state"] == "dropped"
    assert dropped["closed_at"] is not None
    assert "send" not in await runtime.queue.depth()
    everything = (await api.get(PATH, params={"state": "all"})).json()["items"]
    assert [item["state"] for item in everything] == ["dropped"]


async def test_a_replay_of_all_is_answered_at_once_and_can_be_watched(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    await bury_many(runtime.store, 250, queue="send")
    none = await api.post(f"{PATH}/replay", params={"queue": "turn"})
    assert (none.status_code, none.json()["total"], none.json()["left"]) == (202, 0, 0)
    assert none.json()["finished_at"]

    asked = await api.post(f"{PATH}/replay")
    assert asked.status_code == 202
    seen = (await api.get(asked.headers["location"])).json()
    assert seen == asked.json()
    assert (seen["total"], seen["replayed"], seen["left"]) == (250, 0, 250)
    assert "send" not in await runtime.queue.depth()

    replays = Replays(runtime.store, runtime.queue)
    await replays.step()
    seen = (await api.get(asked.headers["location"])).json()
    assert (seen["replayed"], seen["left"], seen["finished_at"]) == (100, 150, None)
    while await replays.step():
        pass
    seen = (await api.get(asked.headers["location"])).json()
    assert (seen["replayed"], seen["left"]) == (250, 0)
    assert seen["finished_at"].endswith("Z")
    assert (await runtime.queue.depth())["send"].waiting == 250
    assert (await api.get(f"{PATH}/replays/nothing")).status_code == 404


async def test_dead_letters_are_paged(runtime: Runtime, api: httpx.AsyncClient) -> None:
    made = [await bury(runtime) for _ in range(5)]
    seen: list[str] = []
    query = {"limit": "2"}
    while True:
        page = (await api.get(PATH, params=query)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == made[::-1]
    assert (await api.get(PATH, params={"cursor": "x"})).status_code == 400
    assert (await api.get(PATH, params={"state": "lost"})).status_code == 422


async def test_hand_overs_are_listed_with_their_reasons(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    reason = {"code": "trigger_words", "weight": 35, "text": "Escalation keywords detected"}

    def seed(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        for state in ("closed", "open"):
            row = columns(
                Escalation, id=new_id(), conversation_id=conversation, score=65, state=state,
                reasons=[reason], priority="high", department="complaints", summary="Sin pedido",
                due_at=now() + 300, created_at=now(),
            )  # fmt: skip
            tx.execute(insert(Escalation), row)
        return conversation

    conversation_id = await runtime.store.write(seed)
    page = (await api.get("/api/v1/escalations")).json()
    assert [item["state"] for item in page["items"]] == ["open", "closed"]
    (open_one,) = (await api.get("/api/v1/escalations", params={"state": "open"})).json()["items"]
    assert open_one == page["items"][0]
    assert open_one["reasons"] == [reason]
    assert (open_one["score"], open_one["priority"]) == (65, "high")
    assert open_one["due_at"] > open_one["created_at"]
    conversation = (await api.get(f"/api/v1/conversations/{conversation_id}")).json()
    assert conversation["escalation"] == open_one
    assert (await api.get("/api/v1/escalations?state=new")).status_code == 422


async def test_the_counts_add_up(runtime: Runtime, api: httpx.AsyncClient) -> None:
    empty = (await api.get("/api/v1/stats")).json()
    assert empty["messages"]["by_direction"] == {"inbound": 0, "outbound": 0}

    def seed(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        for text in ("hola", "¿abren?"):
            append_message(
                tx, conversation, direction="inbound", author="contact", type="text", text=text
            )
        return conversation

    conversation_id = await runtime.store.write(seed)
    await api.post(f"/api/v1/conversations/{conversation_id}/messages", json={"text": "Sí"})
    await bury(runtime)

    stats = empty
    while stats["counted_at"] == empty["counted_at"]:  # an answer is given again for a moment
        stats = (await api.get("/api/v1/stats")).json()
    messages = stats["messages"]
    assert messages["total"] == 3
    assert messages["by_direction"] == {"inbound": 2, "outbound": 1}
    assert messages["by_status"]["received"] == 2
    assert messages["by_status"]["queued"] == 1
    assert stats["conversations"] == {
        "bot": 0,
        "waiting": 0,
        "human": 1,
        "snoozed": 0,
        "resolved": 0,
    }
    assert stats["queues"]["send"]["waiting"] == 1
    assert stats["queue_depth"] == 1
    assert stats["dead_letters"] == 1
