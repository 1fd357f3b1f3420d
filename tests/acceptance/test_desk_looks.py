"""The desk's pages at several widths, light and dark: nothing sticks out, all can be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import insert, select, update

from recado.assistant.unanswered.keeping import keep_questions
from recado.channels.messages import Identity
from recado.conversations.conflicts import show_conflict
from recado.conversations.messages import append_message
from recado.conversations.model import Conversation, Message
from recado.escalation.model import Escalation
from recado.media.model import Media
from recado.media.rows import media_row
from recado.queue.dead_letters import record_in
from recado.security.model import User
from recado.security.sessions import create_sign_in_link
from recado.security.users import add_user, ensure_admin
from recado.store import Tx, new_id, now
from tests.support.conversations import add_conversation, columns
from tests.support.engines import CHROMIUM_ARGUMENTS, chromium_path
from tests.support.process import RecadoProcess, running
from tests.support.runtime import make_runtime

pytestmark = [pytest.mark.acceptance, pytest.mark.browser, pytest.mark.timeout(600)]

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (390, 768, 1024, 1280)
DAY = 86_400.0
NAMES = (
    "Xochitl" * 29,
    "مريم عبد الرحمن " * 12,
    "👩‍👩‍👧‍👦🎂" * 40,
    "Ana",
    "María José de los Ángeles Fernández-Villaseñor y Sánchez de la Barquera " * 2,
)
PAGES = (
    "/",
    "/?filter=waiting",
    "/?q=pedido",
    "/simulator",
    "/knowledge",
    "/knowledge/unanswered",
    "/characters",
    "/character",
    "/lines",
    "/lines/add?channel=whatsapp",
    "/templates",
    "/dead-letters",
    "/team",
    "/profile",
    "/nowhere",
)

SCRIPTS = Path(__file__).parent.parent / "support"
STICKING_OUT = (SCRIPTS / "sticking_out.js").read_text()
HARD_TO_READ = (SCRIPTS / "hard_to_read.js").read_text()


def fill(tx: Tx, line_id: str, user_id: str) -> list[str]:
    """Conversations in every state, with names of every kind, some due for two months."""
    tx.execute(update(User).where(User.id == user_id).values(name="Ana"))
    colleague = add_user(tx, email="b@cafe.mx", name="Bartholomäus" * 8, role="agent")
    ids = []
    for number, name in enumerate(NAMES * 2):
        state = ("waiting", "human", "bot", "resolved", "waiting")[number % 5]
        id = add_conversation(tx, line_id, name=name, state=state)
        append_message(
            tx, id, direction="inbound", author="contact", type="text", text="p" * 300 + " pedido"
        )
        append_message(
            tx, id, direction="outbound", author="assistant", type="text", text=f"{name} pedido"
        )
        tx.execute(update(Conversation).where(Conversation.id == id).values(unread_count=140))
        if number < 5:
            send_files(tx, id)
        if state == "human":
            owner = colleague if number % 2 else user_id
            tx.execute(update(Conversation).where(Conversation.id == id).values(assignee_id=owner))
        if state == "waiting":
            due = now() - (60 * DAY if number < 5 else 3_700)
            row = {"id": new_id(), "conversation_id": id, "state": "open", "priority": "urgent"}
            more = {"department": "sales", "summary": "s" * 300, "reasons": []}
            values = columns(Escalation, due_at=due, created_at=now() - DAY, **row, **more)
            tx.execute(insert(Escalation), values)
        ids.append(id)
    about = {"conversation_id": ids[0], "turn_id": new_id()}
    keep_questions(tx, ["¿" + "t" * 300 + "?", "¿Hay wifi?"], language="es", **about)
    claim(tx, ids[:2], Identity("bsuid", f"MX.{'1502576394655843' * 4}"))
    claim(tx, ids[2:3], Identity("phone", "5215512345678"))
    record_in(
        tx, queue="send", lane="l" * 100, body=b'{"a": "' + b"b" * 300 + b'"}', cause="c" * 300
    )
    return ids


#: What was read in a photo, a document and a voice note: much, long words, failures.
READ: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "image",
        {
            "text": "MENÚ\nMedialunas $ 900\n" + "T" * 200 + "\n" + "línea\n" * 60,
            "description": "Una lista de precios sobre una mesa. " * 8,
            "reading": "done",
            "analysis": {"readers": {"text": "ocr", "description": "vision"}, "confidence": 0.8},
        },
    ),
    (
        "document",
        {
            "filename": "factura" * 30 + ".pdf",
            "text": "| Producto | Precio |\n|---|---|\n| Tintura | 35.000 |",
            "reading": "failed",
            "analysis": {
                "readers": {"document": "documents"},
                "language": "es",
                "pages": 12,
                "unread": ["u" * 200],
                "failed": {"text": "Textract is away. " * 9},
            },
        },
    ),
    (
        "audio",
        {
            "text": "¿Tienen turno el jueves?",
            "reading": "done",
            "analysis": {
                "readers": {"transcript": "whisper-large-v3-turbo"},
                "language": "es",
                "sentiment": {"label": "NEGATIVE", "scores": {}},
                "confidence": 0.93,
                "waveform": [abs(50 - it * 7 % 101) * 2 for it in range(64)],
            },
        },
    ),
    ("image", {"reading": "pending"}),
    ("document", {"state": "failed", "error": "The file has more than 100 MB."}),
)


def send_files(tx: Tx, conversation_id: str) -> None:
    for type, about in READ:
        words = about["text"] if type == "audio" else ""
        message = append_message(
            tx, conversation_id, direction="inbound", author="contact", type=type, text=words
        )
        row = media_row(message["line_id"], direction="inbound", message_id=message["id"])
        kind = {"image": "image/png", "audio": "audio/ogg"}.get(type, "application/pdf")
        tx.execute(insert(Media), {**row, "state": "stored", "mime_type": kind, **about})
        named = update(Message).where(Message.id == message["id"])
        tx.execute(named.values(media_id=row["id"]))


def claim(tx: Tx, conversation_ids: list[str], identity: Identity) -> None:
    """A conflict on these conversations' contacts."""
    query = select(Conversation.contact_id).where(Conversation.id.in_(conversation_ids))
    show_conflict(tx, {row.contact_id for row in tx.all(query)}, identity)


async def seeded(data: Path) -> tuple[list[str], list[str]]:
    """Ids of the conversations, and ways in for as many browsers as are opened."""
    async with make_runtime(data) as runtime:
        line = await runtime.lines.at("web", "simulator")
        assert line is not None
        line_id, store = line.id, runtime.store
        admin = await ensure_admin(store)
        links = [await create_sign_in_link(store, admin) for _ in range(len(WIDTHS) + 4)]
        return await store.write(lambda tx: fill(tx, line_id, admin)), links


@dataclass(frozen=True)
class Desk:
    browser: Browser
    url: str
    ids: list[str]
    links: list[str]

    async def problems(self, check: str, width: int, theme: Literal["light", "dark"]) -> list[str]:
        """What a check finds on every page."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 900}, locale="es-MX", color_scheme=theme
        )
        page = await context.new_page()
        await page.goto(f"{self.url}/signin/{self.links.pop()}")
        found = []
        for path in (*PAGES, *(f"/conversations/{id}" for id in self.ids)):
            await see(page, self.url + path)
            where = f"{path} at {width}, {theme}"
            found += [f"{where}: {it}" for it in await page.evaluate(check)]
        await context.close()
        return found


async def see(page: Page, url: str) -> None:
    await page.goto(url)
    await page.wait_for_load_state("load")
    clocks = page.locator(".sla b")
    for number in range(await clocks.count()):
        await page.wait_for_function(
            "(n) => document.querySelectorAll('.sla b')[n].textContent", arg=number
        )


async def test_nothing_sticks_out_and_every_text_can_be_read(tmp_path: Path) -> None:
    executable = chromium_path()
    ids, links = await seeded(tmp_path / "data")
    found = []
    async with (
        running(RecadoProcess(tmp_path / "data")) as recado,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=executable, args=list(CHROMIUM_ARGUMENTS)
        )
        desk = Desk(browser, recado.url, ids[:5], links)
        for width in WIDTHS:
            found += await desk.problems(STICKING_OUT, width, "light")
        for theme in THEMES:
            for width in (390, 1280):
                found += await desk.problems(HARD_TO_READ, width, theme)
        await browser.close()
    assert not found, "\n".join(["", *found])
