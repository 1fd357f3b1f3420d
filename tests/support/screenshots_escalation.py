"""Makes the pictures of docs/guide/escalation.md: the score's page, and a draft that was tried.

python -m tests.support.screenshots_escalation [folder]
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
from tests.support.screenshots import FOLDER
from tests.support.screenshots_characters import PHONE_WIDTH, WIDTH, photograph

SAID = ("llegó una hoja de reclamaciones", "¿tienen wifi?", "¿abren los domingos?")


async def write_and_try(page: Page) -> None:
    """A draft with a word of one's own, tried on what was just said."""
    await page.goto("/escalation")
    await page.get_by_label("From how many points on").fill("40")
    await page.get_by_label("Unsure answer under").fill("0.5")
    await page.get_by_label("Spanish").fill("dar{me|} de baja\nhoja{|s} de reclamaciones")
    await page.get_by_label("Escalation keywords detected").fill("45")
    await page.get_by_role("button", name="Save the draft").click()
    await page.get_by_role("button", name="Try it on last week's conversations").click()
    told = page.get_by_text("This would have handed over")
    await expect(told).to_be_visible(timeout=30_000)


async def make(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        process = RecadoProcess(Path(data) / "data", RECADO_QUIET_SECONDS="0")
        async with running(process), async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=[*CHROMIUM_ARGUMENTS]
            )
            context = await browser.new_context(base_url=process.url, locale="en-GB")
            page = await context.new_page()
            await page.set_viewport_size({"width": WIDTH, "height": 900})
            link = re.search(r"http://\S+/signin/[\w-]+", process.log.read_text())
            assert link, process.tail()
            await page.goto(link[0])
            await page.goto("/simulator")
            for count, words in enumerate(SAID, 1):
                await page.locator("textarea").first.fill(words)
                await page.locator("textarea").first.press("Enter")
                theirs = page.locator("#phone-thread .theirs")
                await expect(theirs.nth(count - 1)).to_be_visible(timeout=30_000)
            await write_and_try(page)
            await photograph(page, folder, "escalation", most=2600)
            await page.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
            await photograph(page, folder, "escalation-phone", most=3600)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
