"""What the team tends: dead letters, knowledge, lines."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert

from recado.channels.model import LineEvent
from recado.queue.dead_letters import DeadLetters
from recado.queue.port import NewJob
from recado.queue.queues import INBOUND
from recado.store import Tx, new_id, now
from tests.desk.conftest import DeskUser

SECRETS = {
    "access_token": "EAAG-secret-access-token",
    "app_secret": "0123456789abcdef-secret",
    "verify_token": "a-word-of-our-own",
}


# Dead letters


async def kill_jobs(admin: DeskUser, count: int) -> None:
    """Put jobs into the dead letters, as a worker that gives up does."""
    queue = admin.runtime.queue
    await queue.publish([NewJob(INBOUND.name, f"lane{n}", b'{"a": "<b>"}') for n in range(count)])
    jobs = await queue.receive(INBOUND.spec, count, 0)

    def work(tx: Tx) -> None:
        for job in jobs:
            queue.dead_letter_in(tx, job, f"The {job.lane} broke: <script>")

    await admin.runtime.store.write(work)


async def test_dead_letters_are_listed_with_their_cause_and_replayed(admin: DeskUser) -> None:
    await kill_jobs(admin, 3)
    page = await admin.page("/dead-letters")
    assert "The lane1 broke: &lt;script&gt;" in page
    assert "<script>" not in page.split("<main")[1]
    assert "data-confirm" in page

    letters = DeadLetters(admin.runtime.store, admin.runtime.queue)
    one = (await letters.list()).items[0]
    assert (await admin.post(f"/dead-letters/{one.id}/replay", htmx=False)).status_code == 303
    assert await letters.count_open() == 2
    assert (await admin.runtime.queue.depth())[INBOUND.name].waiting == 1
    again = await admin.post(f"/dead-letters/{one.id}/replay", htmx=False)
    assert again.status_code == 409

    other = (await letters.list()).items[0]
    await admin.post(f"/dead-letters/{other.id}/drop", htmx=False)
    await admin.post("/dead-letters/replay", htmx=False)
    assert await letters.count_open() == 0
    assert "1 are on their way again." in (page := await admin.page("/dead-letters"))
    assert "Every message was processed." in page
    assert "lane" in await admin.page("/dead-letters?state=dropped")


async def test_a_bad_list_of_dead_letters_is_refused(admin: DeskUser) -> None:
    assert (await admin.get("/dead-letters?state=odd")).status_code == 400
    assert (await admin.get("/dead-letters?cursor=odd")).status_code == 400


# Knowledge


async def test_knowledge_is_uploaded_tried_and_removed(admin: DeskUser) -> None:
    text = "# Envíos\n\n## ¿Cuánto cuesta el envío a Mérida?\n\nEl envío a Mérida cuesta 90 pesos."
    files = [("files", ("envios.md", text.encode(), "text/markdown"))]
    response = await admin.post("/knowledge", htmx=False, files=files)
    assert response.status_code == 303, response.text
    page = await admin.page("/knowledge")
    assert "envios.md" in page
    assert "The assistant answers from it now." in page

    hits = await admin.page("/knowledge/try?q=¿cuánto cuesta el envío a Mérida?", htmx=True)
    assert "90 pesos" in hits
    assert 'class="sure"' in hits
    nothing = await admin.page("/knowledge/try?q=xyzzy plugh", htmx=True)
    assert 'class="sure"' not in nothing

    removed = re.search(r'action="(/knowledge/\w+/remove)"', page)
    assert removed
    await admin.post(removed[1], htmx=False)
    assert "envios.md" not in await admin.page("/knowledge")


async def test_a_text_can_be_pasted(admin: DeskUser) -> None:
    await admin.post(
        "/knowledge", htmx=False, name="Wi-Fi", text="# Wi-Fi\n\nLa clave es aurora2026."
    )
    assert "Wi-Fi" in await admin.page("/knowledge")


@pytest.mark.parametrize(
    ("name", "data"), [("image.xyz", b"\x00\x01"), ("broken.pdf", b"%PDF-nonsense")]
)
async def test_a_file_that_cannot_be_read_says_why(admin: DeskUser, name: str, data: bytes) -> None:
    files = [("files", (name, data, "application/octet-stream"))]
    response = await admin.post("/knowledge", htmx=False, files=files)
    assert 400 <= response.status_code < 500
    assert name not in await admin.page("/knowledge")
    assert (await admin.post("/knowledge", htmx=False)).status_code == 422


# Lines


async def test_a_line_is_added_and_its_secrets_stay_hidden(admin: DeskUser) -> None:
    fields = {"name": "Ventas", "address": "106540352242922", **SECRETS}
    assert (await admin.post("/lines", htmx=False, **fields)).status_code == 303
    page = await admin.page("/lines")
    assert "Ventas" in page
    assert "106540352242922" in page
    assert "http://desk.test/webhooks/whatsapp" in page
    for name in ("access_token", "app_secret"):
        assert SECRETS[name] not in page
    assert SECRETS["verify_token"] in page  # an admin pastes it at Meta

    again = await admin.post("/lines", htmx=False, **fields)
    assert again.status_code == 409
    line = await admin.runtime.lines.at("whatsapp", "106540352242922")
    assert line is not None
    await admin.post(f"/lines/{line.id}", htmx=False, enabled="no")
    line = await admin.runtime.lines.at("whatsapp", "106540352242922")
    assert line is not None
    assert not line.enabled
    assert line.credentials == SECRETS


async def test_a_supervisor_sees_no_secret_at_all(visitor: DeskUser) -> None:
    await visitor.runtime.lines.add("whatsapp", "106540352242922", "Ventas", SECRETS)
    await visitor.sign_in("supervisor")
    page = await visitor.page("/lines")
    assert "Ventas" in page
    for secret in SECRETS.values():
        assert secret not in page


@pytest.mark.parametrize("change", [{"address": "+52 55"}, {"address": ""}, {"app_secret": " "}])
async def test_a_line_that_cannot_work_is_refused(admin: DeskUser, change: dict[str, str]) -> None:
    fields = {"name": "Ventas", "address": "106540352242922", **SECRETS, **change}
    assert (await admin.post("/lines", htmx=False, **fields)).status_code == 422


async def test_checking_a_line_says_what_to_mend(admin: DeskUser) -> None:
    line = await admin.runtime.lines.at("web", "simulator")
    assert line is not None
    fine = await admin.post(f"/lines/{line.id}/check")
    assert "It works." in fine.text


async def test_what_the_vendors_report_is_kept_in_sight(admin: DeskUser) -> None:
    event = {
        "id": new_id(),
        "channel": "whatsapp",
        "line_address": "1",
        "name": "account_update",
        "raw": {"event": "<b>restricted</b>"},
        "created_at": now(),
    }

    def work(tx: Tx) -> None:
        tx.execute(insert(LineEvent), event)

    await admin.runtime.store.write(work)
    page = await admin.page("/lines")
    assert "account_update" in page
    assert "&lt;b&gt;restricted" in page
