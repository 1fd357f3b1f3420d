"""Makes the pictures of docs/guide/knowledge.md: files that are dropped, and what was not known.

python -m tests.support.screenshots_knowledge [folder]
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.support.engines import CHROMIUM_ARGUMENTS, chromium_path
from tests.support.process import RecadoProcess, running
from tests.support.screenshots import FOLDER, as_file, save, write

SIZE = {"width": 1440, "height": 900}
MENU = """# ¿A qué hora abren?

Abrimos de martes a domingo de 8 a 20.

# ¿Hacen envíos?

Sí, en toda la ciudad. El envío cuesta 60 pesos.

# Desayunos

Chilaquiles 95 pesos, molletes 60 pesos.
"""
ASKED = {
    "Lucía": "¿Hacen tatuajes?",
    "Emma": "aquí hacen tatuajes",
    "João": "tienen clases de yoga los sábados?",
    "Mateo": "¿Rentan bicicletas?",
    "Ana": "hola, rentan bicicletas por hora?",
}


async def ask(page: Page) -> None:
    for name, question in ASKED.items():
        await page.goto(f"/simulator/new?name={name}")
        await write(page, question)
        await expect(page.locator("#phone-thread .theirs")).to_have_count(1)


async def show_files(page: Page, folder: Path) -> None:
    await page.goto("/knowledge")
    files = [
        as_file("negocio.md", "text/markdown", MENU.encode()),
        as_file("negocio.md", "text/markdown", MENU.replace("cuesta 60", "cuesta 65").encode()),
        as_file("roto.pdf", "application/pdf", b"%PDF-1.7 nothing of a PDF"),
    ]
    rows = page.locator("#uploads > li")
    for number, file in enumerate(files, start=1):
        await page.locator("#files").set_input_files(file)
        await expect(rows.nth(number - 1).locator(".tag")).to_be_visible()
    await rows.nth(1).locator("summary").click()
    await page.locator("#try-question").fill("¿Cuánto cuesta el envío?")
    await expect(page.locator(".verdict")).to_be_visible()
    await page.wait_for_timeout(600)
    save(folder / "knowledge.png", await page.screenshot(animations="disabled"))


async def show_unanswered(page: Page, folder: Path) -> None:
    await page.goto("/knowledge/unanswered")
    first = page.locator(".unknown").first
    await first.get_by_text("Who asked").click()
    await first.locator("details.answer > summary").click()
    await first.locator("textarea").fill("Solo de henna, los sábados de 10 a 14.")
    await page.evaluate("document.activeElement?.blur()")
    save(folder / "unanswered.png", await page.screenshot(animations="disabled"))


async def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="recado-pictures-") as data:
        process = RecadoProcess(Path(data) / "data", RECADO_QUIET_SECONDS="0.2")
        async with running(process) as recado, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=list(CHROMIUM_ARGUMENTS)
            )
            link = re.search(r"http://\S+/signin/\S+", recado.log.read_text())
            assert link
            context = await browser.new_context(base_url=recado.url, locale="en-GB")
            page = await context.new_page()
            await page.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"]})
            await page.goto(link[0])
            await ask(page)
            await show_unanswered(page, folder)
            await show_files(page, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
