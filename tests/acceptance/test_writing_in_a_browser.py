"""Help with writing never sends, and never loses what somebody has written: with a real browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.support.browser import SIZES, open_browser, printed_link
from tests.support.engines import chromium_path
from tests.support.model_server import saying
from tests.support.process import RecadoProcess, running
from tests.support.providers import answering
from tests.support.screenshots import write

pytestmark = [pytest.mark.acceptance, pytest.mark.browser, pytest.mark.timeout(600)]

GLUTEN = re.compile("gluten")
OWN = "Hola, el pedido 1182 llega el lunes por la tarde, disculpa la demora"


def written(_method: str, _path: str, body: bytes) -> tuple[int, Any]:
    """A model that does what it is told, but for a number that it changes."""
    asked = msgspec.json.decode(body)["messages"]
    told = str(asked[0]["content"])
    if "You reword" in told and "kinder" in told:
        return 500, {"error": {"message": "overloaded"}}
    if "You reword" in told:
        return 200, saying("El pedido 1183 llega el lunes.")
    if "You translate" in told and "into English" in told:
        return 200, saying("Hello, do you have a cake?")
    if "You translate" in told:
        return 200, saying("O pedido 1182 chega na segunda.")
    if "Summarise" in told:
        return 200, saying("Lucía wants a cake.")
    return 200, saying("Sí, tenemos tortas.")


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[RecadoProcess]:
    chromium_path()  # skips where there is no browser, before anything is started
    async with running(RecadoProcess(tmp_path / "data", RECADO_QUIET_SECONDS="0.2")) as process:
        yield process


@pytest.fixture
async def with_model(tmp_path: Path) -> AsyncIterator[RecadoProcess]:
    chromium_path()
    async with answering(written) as provider:
        settings = {"RECADO_MODEL": "openai:any", "OPENAI_API_KEY": "a key"}
        settings |= {"OPENAI_BASE_URL": f"{provider.url}/v1", "RECADO_QUIET_SECONDS": "0.2"}
        async with running(RecadoProcess(tmp_path / "data", **settings)) as process:
            yield process


async def begin(recado: RecadoProcess, context: BrowserContext, said: str) -> Page:
    page = await context.new_page()
    await page.goto(printed_link(recado))
    await page.goto(f"{recado.url}/simulator/new?name=Lucía")
    await write(page, said)
    await expect(page.locator("#thread .by-assistant, #thread .by-system").first).to_be_visible()
    conversation = await page.locator("#thread").get_attribute("data-live") or ""
    await page.goto(f"{recado.url}/conversations/{conversation}")
    return page


async def help_with(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Help with writing").click()
    await page.locator("#writing-menu").get_by_role("menuitem", name=name).click()


async def said_by_team(page: Page) -> int:
    return await page.locator("#thread .by-agent").count()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_without_a_model_a_draft_comes_from_the_knowledge_and_nothing_else_is_offered(
    embedded: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(embedded, size) as context:
        page = await begin(embedded, context, "¿Tienen opciones sin gluten?")
        await page.get_by_role("button", name="Help with writing").click()
        offered = page.locator("#writing-menu [role=menuitem]")
        await expect(offered).to_have_text(
            [re.compile("Summarise the conversation"), re.compile("Draft a reply")]
        )
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        text, panel = page.locator("#text"), page.locator("#writing-panel")
        await expect(text).to_have_value(GLUTEN)
        await expect(panel.locator(".sources li").first).to_contain_text("gluten")
        assert await said_by_team(page) == 0
        await page.get_by_role("button", name="Undo").click()
        await expect(text).to_have_value("")
        await page.get_by_role("button", name="Redo").click()
        await expect(text).to_have_value(GLUTEN)
        await help_with(page, "Summarise the conversation")
        await expect(panel).to_contain_text("¿Tienen opciones sin gluten?")
        await expect(text).to_have_value(GLUTEN)
        await panel.get_by_role("button", name="Close").click()
        await page.locator("#thread .inbound [data-tools]").first.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#message-tools")).to_contain_text("Copy")
        await expect(page.locator("#message-tools")).not_to_contain_text("Translate")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_ones_own_text_comes_back_after_every_help_even_after_a_reload(
    with_model: RecadoProcess,
) -> None:
    async with open_browser(with_model, SIZES["desk"], expected=("502",)) as context:
        page = await begin(with_model, context, "Hola, ¿tienen torta?")
        text, panel = page.locator("#text"), page.locator("#writing-panel")
        undo = page.get_by_role("button", name="Undo")
        await text.fill(OWN)
        await help_with(page, "Make it shorter")
        await expect(text).to_have_value("El pedido 1183 llega el lunes.")
        await expect(panel).to_contain_text("1182")  # whoever sends it sees what has changed
        await expect(panel).to_contain_text("1183")
        await help_with(page, "Translate it into español")
        await expect(text).to_have_value("O pedido 1182 chega na segunda.")
        await page.reload()
        await undo.click()
        await expect(text).to_have_value("El pedido 1183 llega el lunes.")
        await undo.click()
        await expect(text).to_have_value(OWN)
        await help_with(page, "Make it kinder")
        await expect(page.locator("#toasts")).to_contain_text("500")
        await expect(text).to_have_value(OWN)
        assert await said_by_team(page) == 0
        await text.press("Control+Enter")
        await expect(page.locator("#thread .by-agent")).to_contain_text(OWN)
        await expect(undo).to_be_hidden()


async def test_who_writes_on_meanwhile_keeps_their_words_and_a_note_stays_a_note(
    with_model: RecadoProcess,
) -> None:
    async with open_browser(with_model, SIZES["desk"]) as context:
        page = await begin(with_model, context, "Hola, ¿tienen torta?")
        text, panel = page.locator("#text"), page.locator("#writing-panel")
        come = asyncio.Event()

        async def slowly(route: Route) -> None:
            await come.wait()
            await route.continue_()

        await page.route("**/writing/*", slowly)
        await page.locator(".modes label").filter(has_text="Note").click()
        await text.fill(OWN)
        await help_with(page, "Make it shorter")
        await expect(page.locator("#writing-busy")).to_be_visible()
        await text.press_sequentially(" y gracias")
        come.set()
        await expect(panel).to_contain_text("El pedido 1183")
        await expect(text).to_have_value(f"{OWN} y gracias")
        await panel.get_by_role("button", name="Put it into the composer").click()
        await expect(text).to_have_value("El pedido 1183 llega el lunes.")
        await expect(page.locator(".composer")).to_have_class(re.compile("is-note"))
        await page.get_by_role("button", name="Undo").click()
        await expect(text).to_have_value(f"{OWN} y gracias")
        await page.get_by_role("button", name="Help with writing").click()
        menu = page.locator("#writing-menu")
        await expect(menu.get_by_role("menuitem", name="Summarise")).to_be_visible()
        await expect(menu.get_by_role("menuitem", name="Draft a reply")).to_be_hidden()
        await page.keyboard.press("Escape")
        await expect(page.locator("#writing-menu")).to_be_hidden()


async def test_a_customers_message_is_translated_below_it_and_stays_as_it_was(
    with_model: RecadoProcess,
) -> None:
    async with open_browser(with_model, SIZES["phone"]) as context:
        page = await begin(with_model, context, "Hola, ¿tienen torta?")
        line = page.locator("#thread .inbound").first
        await line.locator("[data-tools]").focus()
        await page.keyboard.press("Enter")
        await page.locator("#message-tools").get_by_role("button", name="Translate").click()
        await expect(line.locator(".translation")).to_contain_text("Hello, do you have a cake?")
        await expect(line.locator(".bubble")).to_contain_text("Hola, ¿tienen torta?")
        await page.evaluate("document.querySelector('#thread .inbound').dataset.version = 'old'")
        await page.evaluate("htmx.trigger('#thread', 'live')")
        await expect(line).not_to_have_attribute("data-version", "old")  # the line is a new one
        await expect(line.locator(".translation")).to_be_visible()
        await line.get_by_role("button", name="Close the translation").click()
        await expect(line.locator(".translation")).to_have_count(0)
