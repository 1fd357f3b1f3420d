"""Makes the picture of docs/guide/desk.md about writing: a draft, with the passage behind it.

python -m tests.support.screenshots_writing [folder]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import expect

from tests.support.screenshots import FOLDER, admins_page, save, write


async def make(folder: Path) -> None:
    async with admins_page(1280, 800) as page:
        await page.goto("/simulator/new?name=Lucía")
        await write(page, "Quiero hablar con una persona")
        await expect(page.locator("#phone-thread .theirs")).to_have_count(1, timeout=60_000)
        await write(page, "¿Tienen opciones sin gluten?")
        await page.locator("[data-open-inbox]").click()
        await page.get_by_role("button", name="Take over").click()
        await expect(page.locator("#thread .inbound")).to_have_count(2, timeout=60_000)
        await page.get_by_role("button", name="Help with writing").click()
        await page.locator("[data-writing=draft]").click()
        await expect(page.locator("#writing-panel .sources")).to_be_visible(timeout=60_000)
        await page.wait_for_timeout(600)
        save(folder / "writing.png", await page.screenshot(animations="disabled"))


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
