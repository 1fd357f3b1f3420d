"""Makes the picture of docs/guide/desk.md about summaries: beside a conversation handed over.

python -m tests.support.screenshots_summary [folder]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import expect

from tests.support.screenshots import FOLDER, admins_page, save, write

SAID = (
    "Hola, soy Lucía Pérez",
    "¿Tienen pan sin gluten?",
    "¿A qué hora abren?",
    "¿Hacen envíos a domicilio?",
    "¿Cuánto cuesta el brunch?",
    "Mi pedido 1182 llegó incompleto, quiero hablar con una persona",
)


async def make(folder: Path) -> None:
    async with admins_page(1440, 900) as page:
        await page.goto("/simulator/new?name=Lucía")
        for number, text in enumerate(SAID, 1):
            await write(page, text)
            theirs = page.locator("#phone-thread .theirs")
            await expect(theirs).to_have_count(number, timeout=60_000)
        await page.locator("[data-open-inbox]").click()
        shown = page.locator(".talk-summary")
        await expect(shown).to_be_visible(timeout=60_000)
        await page.mouse.move(0, 0)
        await page.wait_for_timeout(800)
        save(folder / "summary.png", await page.screenshot(animations="disabled"))
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.locator("[data-toggle=details]:visible").first.click()
        await page.wait_for_timeout(600)
        save(folder / "summary-phone.png", await page.screenshot(animations="disabled"))


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
