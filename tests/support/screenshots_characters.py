"""Makes the pictures of docs/guide/characters.md: write, try, publish, go back.

python -m tests.support.screenshots_characters [folder]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Page, expect

from tests.support.screenshots import FOLDER, admins_page, save

WIDTH, PHONE_WIDTH = 1280, 390
QUESTIONS = "hello\nDo you have gluten-free cake?\nDo you offer catering?"


async def photograph(page: Page, folder: Path, name: str, *, most: int = 1500) -> None:
    """The page as far as it goes, without what was just said at its foot."""
    await page.evaluate("document.querySelectorAll('.toast').forEach((it) => it.remove())")
    await page.evaluate("document.activeElement?.blur()")
    width = (page.viewport_size or {"width": WIDTH})["width"]
    await page.set_viewport_size({"width": width, "height": 700})
    height = await page.evaluate("document.querySelector('main').scrollHeight")
    await page.set_viewport_size({"width": width, "height": min(height, most)})
    await page.wait_for_timeout(300)
    save(folder / f"{name}.png", await page.screenshot(animations="disabled"))


async def show_characters(page: Page, folder: Path) -> None:
    await page.goto("/character")
    await page.get_by_label("Tone").fill("Warm and brief, on first-name terms")
    await page.get_by_label("Greeting").fill("Hi! This is Aurora, from Café Aurora. Hungry?")
    for day in ("Tuesday", "Wednesday", "Thursday", "Friday"):
        await page.get_by_label(day).fill("07:30-20:00")
    await page.get_by_label("Time zone").fill("America/Bogota")
    await page.get_by_label("Holidays").fill("12-25 Christmas\n12-24 09:00-14:00 Christmas Eve")
    await page.get_by_label("Words that call a person").fill("catering")
    await page.get_by_role("button", name="Save draft").click()
    await expect(page.locator(".lead")).to_contain_text("You are writing the draft")
    await photograph(page, folder, "characters-write", most=1100)
    await page.get_by_role("link", name="Try", exact=True).click()
    await page.get_by_label("Questions").fill(QUESTIONS)
    await page.locator("form.fields").get_by_role("button", name="Try").click()
    await expect(page.locator(".compared")).to_have_count(3)
    await page.locator(".compared summary").first.click()
    await photograph(page, folder, "characters-try")
    await page.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
    await page.evaluate("document.querySelector('.compared').scrollIntoView()")
    await page.wait_for_timeout(300)
    save(folder / "characters-try-phone.png", await page.screenshot(animations="disabled"))
    await page.set_viewport_size({"width": WIDTH, "height": 844})
    await page.get_by_role("link", name="See changes and publish").click()
    await page.get_by_label("What has changed").fill("Christmas hours, and catering goes to us")
    await photograph(page, folder, "characters-changes")
    await page.locator("form.fields").get_by_role("button", name="Publish").click()
    await expect(page.locator(".version.published")).to_be_visible()
    await photograph(page, folder, "characters-history")


async def make(folder: Path) -> None:
    async with admins_page(WIDTH, 844) as page:
        await page.goto("/profile")
        await page.locator("[name=name]").fill("Ana")
        await page.locator("[name=name]").press("Enter")
        await show_characters(page, folder)


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
