"""The team teaches the assistant what it drops, and what it did not know: with a real browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.support.browser import SIZES, open_browser, printed_link
from tests.support.engines import chromium_path
from tests.support.process import RecadoProcess, running
from tests.support.screenshots import write

pytestmark = [pytest.mark.acceptance, pytest.mark.browser, pytest.mark.timeout(600)]

HOURS = "# Horario\n\nAbrimos de 9 a 18.\n\n# Envíos\n\nEl envío cuesta 90 pesos.\n"
#: Drops files, by name and text, where the page takes them.
DROP = """files => {
  const carried = new DataTransfer();
  for (const [name, text] of Object.entries(files)) carried.items.add(new File([text], name));
  const zone = document.querySelector("[data-drop]");
  const about = { dataTransfer: carried, bubbles: true, cancelable: true };
  for (const type of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(type, about));
}"""


@pytest.fixture
async def recado(tmp_path: Path) -> AsyncIterator[RecadoProcess]:
    chromium_path()  # skips where there is no browser, before anything is started
    async with running(RecadoProcess(tmp_path / "data", RECADO_QUIET_SECONDS="0.2")) as process:
        yield process


async def signed_in(recado: RecadoProcess, context: BrowserContext) -> Page:
    page = await context.new_page()
    await page.goto(printed_link(recado))
    return page


async def ask(recado: RecadoProcess, page: Page, name: str, question: str) -> str:
    """Somebody new asks it in the simulator; the answer."""
    await page.goto(f"{recado.url}/simulator/new?name={name}")
    await write(page, question)
    answer = page.locator("#phone-thread .theirs")
    await expect(answer).to_have_count(1)
    return await answer.inner_text()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_each_file_that_is_dropped_tells_how_far_it_is_and_what_became_of_it(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        page = await signed_in(recado, context)
        await page.goto(f"{recado.url}/knowledge")
        may_go = asyncio.Event()

        async def hold(route: Route) -> None:
            await may_go.wait()
            await route.continue_()

        await page.route("**/knowledge/files", hold)
        rows = page.locator("#uploads > li")
        await page.evaluate(DROP, {"horario.md": HOURS, "roto.pdf": "%PDF-1.7 nothing of a PDF"})
        await expect(rows).to_have_count(2)
        await expect(rows.nth(0).locator("progress")).to_be_visible()
        await expect(rows.nth(0)).to_contain_text(re.compile("Sending|Reading"))
        await expect(rows.nth(1)).to_contain_text("Waits")
        may_go.set()
        await expect(rows.nth(0)).to_contain_text("2 passages")
        await expect(rows.nth(1)).to_contain_text("not learnt")
        await expect(page.locator("#uploads progress")).to_have_count(0)
        await expect(page.locator("#sources")).to_contain_text("horario.md")

        await page.evaluate(DROP, {"horario.md": HOURS.replace("90", "95")})
        await expect(rows.nth(2)).to_contain_text("1 passage is new, 1 is gone, 1 is the same")
        await rows.nth(2).locator("summary").click()
        await expect(rows.nth(2).locator("ins")).to_contain_text("95 pesos")
        await rows.nth(2).get_by_role("link", name="horario.md").click()
        await expect(page.locator(".passages")).to_contain_text("Abrimos de 9 a 18.")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_what_it_did_not_know_is_answered_once_and_then_it_knows(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        page = await signed_in(recado, context)
        assert "henna" not in await ask(recado, page, "Lucía", "¿hacen tatuajes?")
        assert "henna" not in await ask(recado, page, "Emma", "aquí hacen tatuajes")
        await page.goto(f"{recado.url}/knowledge")
        await page.get_by_role("link", name=re.compile("^Unanswered")).click()
        asked = page.locator(".unknown")
        await expect(asked).to_have_count(1)
        await expect(asked).to_contain_text("asked 2 times")
        await asked.get_by_text("Who asked").click()
        await expect(asked.locator(".askings a")).to_have_count(2)
        await asked.locator("details.answer > summary").click()
        await expect(asked.locator("input[name=questions]")).to_have_count(2)
        await asked.locator("textarea").fill("Solo de henna, los sábados.")
        await asked.get_by_role("button", name="Teach it").click()
        await expect(page.locator(".toast")).to_contain_text("The assistant answers from it now.")
        await expect(asked).to_have_count(0)
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        answer = await ask(recado, page, "Mateo", "hola, ¿ustedes hacen tatuajes?")
        assert "Solo de henna" in answer
