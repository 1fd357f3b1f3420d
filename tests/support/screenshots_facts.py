"""Makes the picture of docs/guide/desk.md about facts: what is known, beside the conversation.

python -m tests.support.screenshots_facts [folder]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import expect

from tests.support.screenshots import FOLDER, admins_page, save, write

#: What the customer tells of themselves below.
FACTS = 4


async def make(folder: Path) -> None:
    async with admins_page(1280, 800) as page:
        await page.goto("/simulator/new?name=Lucía")
        await write(page, "Hola, me llamo Lucía Pérez y mi pedido es el 1182")
        await expect(page.locator("#phone-thread .theirs")).to_have_count(1, timeout=60_000)
        await write(page, "Soy celíaca, ¿tienen pan sin gluten? Mi correo es lucia@correo.mx")
        await expect(page.locator("#phone-thread .theirs")).to_have_count(2, timeout=60_000)
        await page.locator("[data-open-inbox]").click()
        known = page.locator(".fact-value")
        while await known.count() < FACTS:
            await page.wait_for_timeout(2000)
            await page.reload()
        await known.nth(1).click()
        await page.mouse.move(0, 0)
        await page.wait_for_timeout(600)
        save(folder / "facts.png", await page.screenshot(animations="disabled"))


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
