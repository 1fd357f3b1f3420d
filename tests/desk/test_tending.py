"""What the team tends: dead letters, knowledge."""

from __future__ import annotations

import re

import pytest

from recado.jobs import INBOUND
from recado.queue.dead_letters import DeadLetters
from recado.queue.port import NewJob
from recado.queue.replays import Replays
from recado.store import Tx
from tests.desk.conftest import DeskUser
from tests.support.letters import bury

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
    last = (await letters.list()).items[0]
    await admin.post("/dead-letters/replay", htmx=False, letter=last.id)
    assert await letters.count_open() == 0
    assert "1 is on its way again." in (page := await admin.page("/dead-letters"))
    assert "Every message was processed." in page
    assert "lane" in await admin.page("/dead-letters?state=dropped")


async def test_all_are_replayed_in_the_background_and_the_page_says_how_far_it_is(
    admin: DeskUser,
) -> None:
    await bury(admin.runtime.store, 1_250, queue=INBOUND.name)
    page = await admin.page("/dead-letters")
    assert "Replay all 1250" in page
    assert page.count("<details>") == 50
    assert "Older ones" in page

    await admin.post("/dead-letters/replay", htmx=False)
    assert "Tick those to replay first." in await admin.page("/dead-letters")
    await admin.post("/dead-letters/replay", htmx=False, all="yes")
    page = await admin.page("/dead-letters")
    assert "Replaying: 0 of 1250, 1250 left." in page
    assert "Replay all" not in page
    progress = re.search(r'hx-get="(/dead-letters/replays/\w+)"', page)
    assert progress

    replays = Replays(admin.runtime.store, admin.runtime.queue)
    for _ in range(3):
        await replays.step()
    assert "Replaying: 300 of 1250, 950 left." in await admin.page(progress[1], htmx=True)
    while await replays.step():
        pass
    over = await admin.page(progress[1], htmx=True)
    assert "1250 were replayed." in over
    assert "hx-get" not in over
    assert "Every message was processed." in await admin.page("/dead-letters")


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


async def test_a_damaged_file_takes_no_other_with_it(admin: DeskUser) -> None:
    files = [
        ("files", ("broken.pdf", b"%PDF-nonsense", "application/pdf")),
        ("files", ("precios.csv", b"Producto,Precio\nCasco,45\nTimbre,9\n", "text/csv")),
    ]
    response = await admin.post("/knowledge", htmx=False, files=files)
    assert response.status_code == 200
    assert "broken.pdf" in response.text
    assert "The PDF is damaged" in response.text
    page = await admin.page("/knowledge")
    assert "3 rows → 2 passages" in page
    assert "broken.pdf" not in page


@pytest.mark.parametrize(
    ("name", "data"), [("image.xyz", b"\x00\x01"), ("broken.pdf", b"%PDF-nonsense")]
)
async def test_a_file_that_cannot_be_read_says_why(admin: DeskUser, name: str, data: bytes) -> None:
    files = [("files", (name, data, "application/octet-stream"))]
    response = await admin.post("/knowledge", htmx=False, files=files)
    assert response.status_code == 422
    assert name in response.text
    assert name not in await admin.page("/knowledge")
    assert (await admin.post("/knowledge", htmx=False)).status_code == 422
