"""Makes the pictures of docs/guide/messages.md from the real simulator, in a real browser.

    python -m tests.support.screenshots [folder] [--dark]

Every kind of message is sent as a person would send it on the phone, or said through the API, and
photographed at the width of a desk and at that of a phone.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import re
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Literal

import aiohttp
from PIL import Image, ImageDraw
from playwright.async_api import FilePayload, Page, async_playwright, expect

from recado.store import new_id
from tests.support.engines import CHROMIUM_ARGUMENTS, chromium_path
from tests.support.process import Api, RecadoProcess, running

FOLDER = Path(__file__).parent.parent.parent / "docs" / "images"
SIZES = {"": (1280, 1480), "-phone": (390, 1500)}
#: Enough for a page of flat colours, and a quarter of the bytes.
COLOURS = 200
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
#: Two seconds of a canvas that changes, as the browser records it.
RECORD_VIDEO = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 200 });
  const pen = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(15), { mimeType: "video/webm" });
  const chunks = [];
  recorder.addEventListener("dataavailable", (event) => chunks.push(event.data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.start();
  for (let step = 0; step < 30; step += 1) {
    pen.fillStyle = `hsl(${20 + step * 2} 60% 55%)`;
    pen.fillRect(0, 0, 320, 200);
    pen.fillStyle = "#fff6e8";
    pen.beginPath();
    pen.arc(60 + step * 6, 100, 44, 0, 7);
    pen.fill();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""

TO_THE_END = """() => {
  const boxes = document.querySelectorAll("#phone-scroll, #scroll");
  for (const box of boxes) box.scrollTop = box.scrollHeight;
  document.activeElement?.blur();
}"""


def photo(width: int = 640, height: int = 480) -> bytes:
    """A cake, as a JPEG."""
    picture = Image.new("RGB", (width, height), "#e9d9c6")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, height * 0.72, width, height), fill="#b98d63")
    left, right = width * 0.28, width * 0.72
    for bottom, top, colour in ((0.8, 0.6, "#7a4a2b"), (0.61, 0.42, "#fbe3e8")):
        pen.rounded_rectangle((left, height * top, right, height * bottom), 18, fill=colour)
    for n in range(7):
        x = left + (right - left) * (n + 0.5) / 7
        pen.ellipse((x - 17, height * 0.38, x + 17, height * 0.47), fill="#d94f5c")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def as_file(name: str, mime_type: str, data: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType=mime_type, buffer=data)


async def pick(page: Page, kind: str, file: FilePayload) -> None:
    """Choose a file on the phone, as its dialog would."""
    await page.locator(f"[data-file={kind}]").set_input_files(file)


async def attach(page: Page, label: str) -> None:
    await page.get_by_role("button", name="Attach", exact=True).click()
    await page.locator(".attach").get_by_text(label, exact=True).click()


async def menu_of(page: Page, text: str) -> None:
    """Open what one can do with the message that has this text."""
    words = page.locator(".text", has_text=text)
    line = page.locator("#phone-thread .message").filter(has=words).last
    await line.hover()
    await line.locator("[data-menu]").click()


@asynccontextmanager
async def admins_page(width: int, height: int) -> AsyncIterator[Page]:
    """The desk of an installation of its own, with the admin signed in."""
    with tempfile.TemporaryDirectory() as data:
        process = RecadoProcess(Path(data) / "data", RECADO_QUIET_SECONDS="0.2")
        async with running(process), async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=[*CHROMIUM_ARGUMENTS]
            )
            context = await browser.new_context(base_url=process.url, locale="en-GB")
            context.set_default_timeout(60_000)
            page = await context.new_page()
            await page.set_viewport_size({"width": width, "height": height})
            link = re.search(r"http://\S+/signin/[\w-]+", process.log.read_text())
            assert link, process.tail()
            await page.goto(link[0])
            yield page
            await browser.close()


async def write(page: Page, text: str) -> None:
    await page.locator("#phone-text").fill(text)
    await page.locator("#phone-text").press("Enter")


class Studio:
    """One Recado, one browser, one person on the phone."""

    def __init__(self, page: Page, api: Api) -> None:
        self.page = page
        self.api = api
        self.conversation_id = ""

    async def settled(self) -> None:
        await expect(self.page.locator("#phone-thread .pending")).to_have_count(0)

    async def begin(self, name: str, text: str) -> None:
        """Somebody new writes, and the team takes over."""
        await self.page.goto(f"/simulator/new?name={name}")
        await write(self.page, text)
        await self.settled()
        await self.page.get_by_role("button", name="Take over").click()
        await expect(self.page.locator(".head")).to_contain_text("You answer")
        live = self.page.locator("#thread")
        self.conversation_id = await live.get_attribute("data-live") or ""

    async def say(self, type: str, text: str = "", **body: Any) -> dict[str, Any]:
        path = f"conversations/{self.conversation_id}/messages"
        body |= {"type": type, "text": text}
        message: dict[str, Any] = await self.api.post(path, body)
        line = self.page.locator(f"#p-{message['id']}")
        if type != "reaction":
            await expect(line).to_be_visible()
        return message

    async def upload(self, name: str, mime_type: str, data: bytes) -> str:
        """A file that a message can name."""
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name, content_type=mime_type)
        return str((await self.api.upload("media", form))["id"])

    async def messages(self) -> list[Any]:
        page = await self.api.get(f"conversations/{self.conversation_id}/messages", limit=100)
        found: list[Any] = page["items"]
        return found

    async def photograph(self, folder: Path, name: str) -> None:
        for suffix, (width, height) in SIZES.items():
            await self.page.set_viewport_size({"width": width, "height": height})
            await self.page.mouse.move(0, 0)
            await self.page.evaluate(TO_THE_END)
            await self.page.wait_for_timeout(400)
            shot = await self.page.screenshot(animations="disabled")
            save(folder / f"{name}{suffix}.png", shot)
        await self.page.set_viewport_size({"width": 1280, "height": 1480})


def save(path: Path, png: bytes) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


async def send_everything(studio: Studio) -> None:
    """Every kind of message that a customer's phone sends."""
    page = studio.page
    await studio.begin("Lucía", "Hola, quiero una torta como esta")
    await page.locator("#phone-text").fill("¿La hacen para 20 personas?")
    await pick(page, "photo", as_file("torta.jpg", "image/jpeg", photo()))
    await studio.settled()
    await page.get_by_role("button", name="Record a voice message").click()
    await page.wait_for_timeout(1300)
    await page.get_by_role("button", name="Send the voice message").click()
    await studio.settled()
    await pick(page, "document", as_file("pedido-2026.pdf", "application/pdf", PDF))
    await studio.settled()
    await attach(page, "Location")
    await page.get_by_role("button", name="Send location").click()
    await attach(page, "Contact")
    await page.get_by_role("button", name="Send contact").click()
    await attach(page, "Sticker")
    await pick(page, "sticker", as_file("torta.jpg", "image/jpeg", photo(400, 400)))
    await studio.settled()
    await write(page, "Para el sabado a las 5")
    await studio.settled()
    await menu_of(page, "Para el sabado")
    await page.locator("[data-do=edit]").click()
    await write(page, "Para el *sábado* a las 6")
    await expect(page.locator("#phone-thread .edited")).to_be_visible()
    await write(page, "perdón, era otro chat")
    await studio.settled()
    await menu_of(page, "era otro chat")
    await page.locator("[data-do=delete]").click()
    await expect(page.locator("#thread .is-gone")).to_be_visible()
    await menu_of(page, "como esta")
    await page.locator("[data-do=reply]").click()
    await write(page, "La del centro, con fresas")
    await studio.settled()


async def say_everything(studio: Studio) -> None:
    """Every kind of message that a business sends, and what is tapped on them."""
    page = studio.page
    await studio.begin("João", "Quero encomendar um bolo")
    media = {"media_id": await studio.upload("bolo.jpg", "image/jpeg", photo(720, 480))}
    await studio.say("image", "Assim fica a de *morango*", content={"media": media})
    await studio.say(
        "interactive",
        "Qual tamanho?",
        content={
            "interactive": {
                "type": "list",
                "button": "Ver tamanhos",
                "footer": "Entregamos em casa",
                "header": {"text": "Bolos"},
                "sections": [
                    {
                        "title": "Redondos",
                        "rows": [
                            {"id": "p", "title": "Pequeno", "description": "Para 8 pessoas"},
                            {"id": "g", "title": "Grande", "description": "Para 20 pessoas"},
                        ],
                    }
                ],
            }
        },
    )
    await page.get_by_role("button", name="Ver tamanhos").click()
    await page.locator(".choices label").filter(has_text="Grande").click()
    await page.locator("#phone-sheet").get_by_role("button", name="Send").click()
    await studio.settled()
    await studio.say(
        "interactive",
        "Reservamos para *sábado*?",
        content={
            "interactive": {
                "type": "button",
                "buttons": [{"id": "y", "title": "Sim"}, {"id": "n", "title": "Outro dia"}],
            }
        },
    )
    await page.locator("#phone-thread").get_by_role("button", name="Sim").click()
    await studio.settled()
    place = {
        "latitude": -23.5614,
        "longitude": -46.6559,
        "name": "Café Recado",
        "address": "Av. Paulista 1578",
    }
    await studio.say("location", content={"location": place})
    await studio.say(
        "interactive",
        "Pague quando quiser:",
        content={
            "interactive": {
                "type": "cta_url",
                "label": "Pagar",
                "url": "https://example.com/pay",
                "footer": "O link vale por 24 horas",
            }
        },
    )
    card = {"name": {"formatted_name": "Ana, do Café"}, "phones": [{"phone": "+55 11 5555 0100"}]}
    await studio.say("contacts", content={"contacts": [card]})
    thanks = "Obrigado!"
    await write(page, thanks)
    await studio.settled()
    target = next(m for m in await studio.messages() if m["text"] == thanks)
    reaction = {"message_id": target["provider_message_id"], "emoji": "❤"}
    await studio.say("reaction", content={"reaction": reaction})
    await menu_of(page, "Assim fica")
    await page.locator("[data-react='❤️']").click()
    await expect(page.locator("#thread .reaction")).not_to_have_count(0)


async def shop(studio: Studio) -> None:
    """A template, products, an order, a form and its answers, and a video."""
    page = studio.page
    await studio.begin("Emma", "What do you sell?")
    given = {"name": "order_ready", "language": "en", "parameters": {"body": ["Emma"]}}
    await studio.say("template", content={"template": given})
    products = {
        "type": "product_list",
        "catalog_id": "cat-1",
        "header": {"text": "Our cakes"},
        "sections": [{"title": "Cakes", "product_ids": ["strawberry-20", "chocolate-12"]}],
    }
    await studio.say("interactive", "Choose yours:", content={"interactive": products})
    await page.get_by_role("button", name="View products").click()
    await page.get_by_role("button", name="Send the order").click()
    await studio.settled()
    form = {"type": "flow", "label": "Book a table", "flow_name": "table_booking"}
    await studio.say("interactive", "Or book a table:", content={"interactive": form})
    await page.get_by_role("button", name="Book a table").click()
    await page.locator("#phone-sheet").get_by_role("button", name="Send").click()
    await studio.settled()
    video = base64.b64decode(await page.evaluate(RECORD_VIDEO))
    await pick(page, "photo", as_file("party.webm", "video/webm", video))
    await studio.settled()


#: As Meta would list it; the simulator's line has no vendor to list any.
TEMPLATE = [
    {"type": "HEADER", "format": "TEXT", "text": "Your order"},
    {
        "type": "BODY",
        "text": "Hi {{1}}, your cake is *ready*. See you soon!",
        "example": {"body_text": [["Ana"]]},
    },
    {"type": "FOOTER", "text": "Café Recado"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "On my way"},
            {"type": "URL", "text": "Find us", "url": "https://example.com/map"},
        ],
    },
]


def add_template(database: Path) -> None:
    """Give the simulator's line a template."""
    with closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        (line_id,) = connection.execute(
            "SELECT id FROM line WHERE channel = 'web' AND address = 'simulator'"
        ).fetchone()
        values = (new_id(), line_id, "1", "order_ready", "en", "utility", "approved")
        connection.execute(
            "INSERT INTO template (id, line_id, provider_id, name, language, category, status,"
            " components, quality, reason, synced_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', ?)",
            (*values, json.dumps(TEMPLATE), time.time()),
        )


SCENES = {
    "messages-inbound": send_everything,
    "messages-outbound": say_everything,
    "messages-shop": shop,
}


async def make(folder: Path, scheme: Literal["light", "dark"], names: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        process = RecadoProcess(Path(data) / "data", RECADO_QUIET_SECONDS="0.2")
        async with running(process), async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(),
                args=[
                    *CHROMIUM_ARGUMENTS,
                    "--use-fake-device-for-media-stream",
                    "--use-fake-ui-for-media-stream",
                ],
            )
            context = await browser.new_context(
                base_url=process.url,
                viewport={"width": 1280, "height": 1480},
                color_scheme=scheme,
                locale="en-GB",
                permissions=["microphone"],
            )
            page = await context.new_page()
            link = re.search(r"http://\S+/signin/[\w-]+", process.log.read_text())
            assert link, process.tail()
            await page.goto(link[0])
            add_template(Path(data) / "data" / "recado.db")
            async with aiohttp.ClientSession() as session:
                for name in names:
                    studio = Studio(page, Api(session, process.url))
                    try:
                        await SCENES[name](studio)
                    except BaseException:
                        save(folder / "failed.png", await page.screenshot())
                        raise
                    await studio.photograph(folder, name)
            await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the pictures of the guide to messages.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--only", choices=SCENES, action="append")
    given = parser.parse_args()
    names = given.only or list(SCENES)
    asyncio.run(make(given.folder, "dark" if given.dark else "light", names))


if __name__ == "__main__":
    main()
