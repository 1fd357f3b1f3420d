"""Makes the pictures of the README and docs/guide/desk.md: the simulator, the inbox, the lines.

python -m tests.support.screenshots_desk [folder]
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import update

from recado.lines.model import LineRow
from recado.store import Tx, now
from tests.support.engines import CHROMIUM_ARGUMENTS, chromium_path
from tests.support.process import RecadoProcess, running
from tests.support.runtime import make_runtime
from tests.support.screenshots import FOLDER, as_file, photo, save, write

SIZE = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 844}
OTHERS = {
    "João": "Vocês entregam em casa?",
    "Emma": "Do you have gluten-free cake?",
    "Beatriz": "Quero falar com uma pessoa",
}


async def answered(page: Page, count: int) -> None:
    await expect(page.locator("#phone-thread .theirs")).to_have_count(count)
    await page.wait_for_timeout(600)


async def show_simulator(page: Page, folder: Path) -> None:
    await page.goto("/simulator/new?name=Lucía")
    await write(page, "hola, ¿a qué hora abren?")
    await answered(page, 1)
    await page.locator(".turn summary").first.click()
    await expect(page.locator(".sources").first).to_be_visible()
    await write(page, "¿Tienen opciones sin gluten?")
    await answered(page, 2)
    await page.evaluate("document.getElementById('scroll').scrollTop = 0")
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(300)
    save(folder / "simulator.png", await page.screenshot(animations="disabled"))


async def show_inbox(page: Page, folder: Path) -> None:
    for name, question in OTHERS.items():
        await page.goto(f"/simulator/new?name={name}")
        await write(page, question)
        await answered(page, 1)
    await page.goto("/simulator/new?name=Mateo")
    await write(
        page, "Mi pedido llegó frío y tarde, es un desastre. Quiero hablar con un supervisor"
    )
    await answered(page, 1)
    await page.locator("[data-open-inbox]").click()
    await page.get_by_role("button", name="Take over").click()
    await expect(page.locator(".head")).to_contain_text("You answer")
    await page.locator(".modes").get_by_text("Note", exact=True).click()
    await page.locator("#text").fill("Es cliente de siempre: ofrecerle otro desayuno.")
    await page.locator("#text").press("Control+Enter")
    await expect(page.locator("#thread .note")).to_be_visible()
    await page.locator(".modes").get_by_text("Reply", exact=True).click()
    await page.locator("[data-file-of-reply]").set_input_files(
        as_file("torta.jpg", "image/jpeg", photo())
    )
    await page.locator("#text").fill("*Lo siento mucho*: ahora mismo sale otra, sin costo.")
    await page.locator("#text").press("Control+Enter")
    await expect(page.locator("#thread .by-agent .photo img")).to_be_visible()
    await page.wait_for_timeout(1200)
    for name, size in (("desk.png", SIZE), ("desk-phone.png", PHONE)):
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await page.evaluate("document.activeElement?.blur()")
        await page.evaluate("scroll.scrollTop = scroll.scrollHeight")
        await page.wait_for_timeout(500)
        save(folder / name, await page.screenshot(animations="disabled"))


async def add_lines(data: Path) -> None:
    """Three more lines, one of them switched off, and one in trouble."""
    async with make_runtime(data) as runtime:
        lines = runtime.lines
        shop = await lines.add("evolution", "tienda", "Tienda", {"api_key": "k"})
        help_ = await lines.add("twilio", "14155238886", "Soporte", {"auth_token": "t"})
        sales = await lines.add("whatsapp", "106540352242922", "Ventas", {"app_secret": "s"})
        await lines.update(help_.id, name="Soporte", enabled=False)
        refusal = {"at": now(), "reason": "The signature is not the line's."}
        told = {"trouble": {"code": "190", "advice": "Renew the token."}, "quality": "RED"}
        rows: dict[str, dict[str, Any]] = {
            shop.id: {"last_webhook_at": now()},
            sales.id: {"last_refusal": refusal, "state": told},
        }

        def work(tx: Tx) -> None:
            for id, values in rows.items():
                tx.execute(update(LineRow).where(LineRow.id == id).values(**values))

        await runtime.store.write(work)


async def show_lines(page: Page, folder: Path) -> None:
    await page.set_viewport_size({"width": 1280, "height": 640})
    await page.goto("/lines")
    await page.wait_for_timeout(300)
    save(folder / "lines.png", await page.screenshot(animations="disabled"))


async def make(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        await add_lines(Path(data) / "data")
        process = RecadoProcess(Path(data) / "data", RECADO_QUIET_SECONDS="0.2")
        async with running(process), async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=[*CHROMIUM_ARGUMENTS]
            )
            context = await browser.new_context(base_url=process.url, locale="en-GB")
            page = await context.new_page()
            await page.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"]})
            link = re.search(r"http://\S+/signin/[\w-]+", process.log.read_text())
            assert link, process.tail()
            await page.goto(link[0])
            await page.goto("/profile")
            await page.locator("[name=name]").fill("Ana")
            await page.locator("[name=name]").press("Enter")
            await show_simulator(page, folder)
            await show_inbox(page, folder)
            await show_lines(page, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
