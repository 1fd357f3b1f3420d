"""The team sees what people gave, and says per line when they are asked."""

from __future__ import annotations

from sqlalchemy import insert

from recado.satisfaction.model import Rating
from recado.store import Tx, new_id, now
from tests.desk.conftest import DeskUser


async def test_a_rating_stands_beside_its_conversation_as_text(admin: DeskUser) -> None:
    conversation_id = await admin.add_conversation()

    def work(tx: Tx) -> None:
        empty = dict.fromkeys(Rating.__table__.c.keys())
        row = {
            "id": new_id(),
            "conversation_id": conversation_id,
            "line_id": "l",
            "channel": "web",
            "department": "",
            "state": "done",
            "ownership": 1,
            "covers_to": 1,
            "score": 2,
            "comment": "<b>tarde</b> y mal",
            **dict.fromkeys(("due_at", "asked_at", "answered_at", "created_at"), now()),
        }
        tx.execute(insert(Rating), empty | row)

    await admin.runtime.store.write(work)
    page = await admin.page(f"/conversations/{conversation_id}")
    assert 'aria-label="2 of 5"' in page
    assert "&lt;b&gt;tarde&lt;/b&gt; y mal" in page


async def test_a_line_says_when_it_asks(admin: DeskUser) -> None:
    added = {"address": "15550001111", "access_token": "t", "app_secret": "s", "verify_token": "v"}
    line = await admin.runtime.lines.add("whatsapp", "15550001111", "Tienda", added)
    page = await admin.page(f"/lines/{line.id}")
    assert "As the installation says: never" in page
    await admin.post(f"/lines/{line.id}/settings", ratings_ask="all", ratings_delay="30")
    known = await admin.runtime.lines.get(line.id)
    assert known.settings["ratings"] == {"ask": "all", "delay_seconds": 30.0}
    refused = await admin.post(f"/lines/{line.id}/settings", ratings_ask="all", ratings_delay="-1")
    assert refused.status_code == 422
