"""What the team writes goes where they meant it to, once, and is not lost: with a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.support.browser import SIZES, open_browser, printed_link
from tests.support.engines import chromium_path
from tests.support.process import RecadoProcess, running
from tests.support.screenshots import as_file, photo, pick, write

pytestmark = [pytest.mark.acceptance, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
async def recado(tmp_path: Path) -> AsyncIterator[RecadoProcess]:
    chromium_path()  # skips where there is no browser, before anything is started
    async with running(RecadoProcess(tmp_path / "data", RECADO_QUIET_SECONDS="0.2")) as process:
        yield process


async def begin(recado: RecadoProcess, context: BrowserContext, *names: str) -> tuple[Page, str]:
    """Each of them writes; the conversation of the last is open in the inbox."""
    page = await context.new_page()
    await page.goto(printed_link(recado))
    for name in names or ("Lucía",):
        await page.goto(f"{recado.url}/simulator/new?name={name}")
        await write(page, "hola")
        await expect(page.locator("#thread .by-assistant")).to_be_visible()
    conversation = await page.locator("#thread").get_attribute("data-live") or ""
    await page.goto(f"{recado.url}/conversations/{conversation}")
    return page, conversation


async def say(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("#text").press("Control+Enter")


async def choose(page: Page, mode: str) -> None:
    await page.locator(".modes label").filter(has_text=mode).click()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_notes_in_a_row_are_notes_until_one_chooses_to_reply(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        page, _ = await begin(recado, context)
        notes, said = page.locator("#thread .note"), page.locator("#thread .by-agent")
        send = page.locator(".composer .send")
        await expect(send).to_have_accessible_name("Send")
        await choose(page, "Note")
        await expect(send).to_have_accessible_name("Save note")
        for n in range(1, 4):
            await say(page, f"nota {n}")
            await expect(notes).to_have_count(n)
        await page.reload()
        await expect(send).to_have_accessible_name("Save note")
        await page.locator("#text").press_sequentially("la ")
        await say(page, "nota 4")
        await expect(notes).to_have_count(4)
        await expect(said).to_have_count(0)
        await choose(page, "Reply")
        await say(page, "Hola, soy Ana")
        await expect(said).to_have_count(1)
        await expect(page.locator("#text")).to_have_attribute("placeholder", "Write a message")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_drafts_stay_with_their_conversation_and_go_with_who_signs_out(
    recado: RecadoProcess,
) -> None:
    async with open_browser(recado, SIZES["desk"]) as context:
        page, emma = await begin(recado, context, "Lucía", "Emma")
        text, quote = page.locator("#text"), page.locator("[data-answered]")
        await page.locator("#thread .inbound [data-tools]").focus()
        await page.keyboard.press("Enter")
        await page.locator("#message-tools").get_by_role("button", name="Reply").click()
        await choose(page, "Note")
        await text.fill("para Emma")
        await page.locator("#list .row").filter(has_text="Lucía").locator("a").click()
        await expect(page.locator(".head h1")).to_have_text("Lucía")
        await expect(text).to_have_value("")
        await expect(page.locator(".composer")).not_to_have_class(re.compile("is-note"))
        await text.fill("para Lucía")
        await page.locator("#list .row").filter(has_text="Emma").locator("a").click()
        await expect(text).to_have_value("para Emma")
        await page.reload()
        await expect(text).to_have_value("para Emma")
        await expect(page.locator(".composer")).to_have_class(re.compile("is-note"))
        await choose(page, "Reply")
        await expect(quote).to_contain_text("hola")

        other = await context.new_page()
        await other.goto(f"{recado.url}/conversations/{emma}")
        await expect(other.locator("#text")).to_have_value("para Emma")
        await text.press("Control+Enter")
        await expect(page.locator("#thread .by-agent")).to_have_count(1)
        await expect(other.locator("#text")).to_have_value("")

        await page.close()  # its live updates would be refused from now on, and say so
        await other.goto(f"{recado.url}/profile")
        await other.get_by_role("button", name="Sign out").click()
        await expect(other).to_have_url(re.compile("/signin"))
        assert await other.evaluate("Object.keys(localStorage)") == []


async def test_what_did_not_get_through_is_kept_and_goes_out_once(recado: RecadoProcess) -> None:
    async with open_browser(recado, SIZES["desk"], may_lose_connection=True) as context:
        page, _ = await begin(recado, context)
        text, problem = page.locator("#text"), page.locator("[data-problem]")
        said = page.locator("#thread .by-agent")

        async def lose_the_answer(route: Route) -> None:
            await route.fetch()
            await route.abort()

        await page.route("**/messages", lose_the_answer)
        await say(page, "una sola vez")
        await expect(problem).to_contain_text("connection was lost")
        await expect(text).to_have_value("una sola vez")
        await page.unroute("**/messages")
        await page.reload()
        await expect(text).to_have_value("una sola vez")
        await text.press("Control+Enter")
        await expect(text).to_have_value("")
        await say(page, "y otra")
        await expect(said.filter(has_text="y otra")).to_have_count(1)
        await expect(said).to_have_count(2)

        await page.route("**/messages", lambda route: route.abort())
        await say(page, "tercera")
        await text.press_sequentially("mientras tanto")
        await expect(text).to_have_value(re.compile("mientras tanto"))
        await page.unroute("**/messages")


async def test_a_long_text_is_counted_and_not_sent(recado: RecadoProcess) -> None:
    async with open_browser(recado, SIZES["desk"]) as context:
        page, _ = await begin(recado, context)
        count, problem = page.locator("[data-count]"), page.locator("[data-problem]")
        await say(page, "a" * 4097)
        await expect(count).to_have_text("4,097 / 4,096")
        await expect(problem).to_have_text(
            "The text has 4,097 characters; at most 4,096 are allowed."
        )
        await page.locator("#text").fill("🙂" * 1000)
        await expect(count).to_be_hidden()
        await page.locator("[data-file-of-reply]").set_input_files(
            as_file("torta.jpg", "image/jpeg", photo())
        )
        await expect(count).to_have_text("1,000 / 1,024")
        await page.locator("#text").fill("a" * 1025)
        await page.locator("#text").press("Control+Enter")
        await expect(problem).to_contain_text("The caption has 1,025 characters")
        await page.locator("#text").fill("a" * 1024)
        await page.locator("#text").press("Control+Enter")
        await expect(page.locator("#thread .by-agent .photo")).to_be_visible()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_a_colleagues_conversation_is_answered_only_after_the_question(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size, expected=("409",)) as context:
        page, conversation = await begin(recado, context)
        link = await recado.run("users", "add", "bea@cafe.mx", "--name", "Bea", "--role", "agent")
        # She leaves while her page may still be asking for something.
        async with open_browser(recado, size, may_lose_connection=True) as hers:
            bea = await hers.new_page()
            await bea.goto(f"{recado.url}/signin/{link.split('/signin/')[1].strip()}")
            await bea.goto(f"{recado.url}/conversations/{conversation}")
            await bea.get_by_role("button", name="Take over").click()
            await expect(bea.locator(".head")).to_contain_text("You answer")

        question = page.get_by_role("dialog", name="Bea has this conversation.")
        text, said = page.locator("#text"), page.locator("#thread .by-agent")
        await say(page, "Hola, soy Ana")
        await expect(question).to_be_visible()
        await expect(text).to_have_value("Hola, soy Ana")
        await page.keyboard.press("Escape")
        await expect(question).to_be_hidden()
        await expect(text).to_have_value("Hola, soy Ana")
        await expect(page.locator("[data-problem]")).to_contain_text("Bea has this conversation")
        await text.press("Control+Enter")
        await question.get_by_role("button", name="Keep as a note for Bea").click()
        await expect(page.locator("#thread .note")).to_contain_text("Hola, soy Ana")
        await expect(text).to_have_value("")
        await expect(said).to_have_count(0)
        await say(page, "Ahora sí")
        await question.get_by_role("button", name="Take it over and send").click()
        await expect(said).to_have_count(1)
        await expect(page.locator(".head")).to_contain_text("You answer")
        await expect(text).to_have_value("")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_photos_open_over_the_page_and_the_keyboard_goes_through_them(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        for n in (1, 2):
            await page.locator("#phone-text").fill(f"torta {n}")
            await pick(page, "photo", as_file(f"torta{n}.jpg", "image/jpeg", photo(640, 400 + n)))
            await expect(page.locator("#phone-thread .own a.photo img")).to_have_count(n)
        await expect(page.locator("#thread a.photo img")).to_have_count(2)
        box = page.get_by_role("dialog", name="Photo")
        for thread in ("#phone-thread", "#thread"):
            first = page.locator(f"{thread} a.photo").first
            await first.focus()
            await page.keyboard.press("Enter")
            await expect(box.get_by_role("img")).to_have_js_property("naturalHeight", 401)
            await expect(box).to_contain_text("1 / 2")
            await expect(box.locator("figcaption")).to_have_text("torta 1")
            for _ in range(6):
                await page.keyboard.press("Tab")
                assert await page.evaluate(
                    "document.activeElement === document.body || !!document.activeElement"
                    ".closest('#lightbox')"
                )
            await page.keyboard.press("ArrowRight")
            await expect(box.get_by_role("img")).to_have_js_property("naturalHeight", 402)
            await page.keyboard.press("ArrowRight")
            await expect(box).to_contain_text("1 / 2")
            await page.keyboard.press("Escape")
            await expect(box).to_be_hidden()
            await expect(first).to_be_focused()
        await page.locator("#thread a.photo").last.click()
        await expect(box).to_be_visible()
        await page.mouse.click(30, 100)
        await expect(box).to_be_hidden()
        assert len(context.pages) == 1


async def test_a_reaction_an_edit_or_a_deletion_that_failed_is_sent_again_by_tapping_it(
    recado: RecadoProcess,
) -> None:
    async with open_browser(recado, SIZES["phone"], may_lose_connection=True) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        await page.goto(f"{recado.url}/simulator/new?name=Emma")
        thread = page.locator("#phone-thread")
        await write(page, "¿abren hoy?")
        await expect(thread.locator(".theirs")).to_have_count(1)
        failed = thread.locator(".failed")
        own = thread.locator(".own:not(.failed)")

        async def menu(of: str) -> None:
            await thread.locator(of).first.locator("[data-menu]").click(force=True)

        async def fails() -> None:
            await page.route("**/simulator/messages", lambda route: route.abort())

        await fails()
        await menu(".theirs")
        await page.locator("[data-react='👍']").click()
        await expect(failed).to_contain_text("Reaction: 👍")
        await menu(".own")
        await page.locator("[data-do=edit]").click()
        await write(page, "¿abren mañana?")
        await expect(failed).to_have_count(2)
        await failed.first.click()  # it fails once more, and is still offered
        await expect(failed).to_have_count(2)
        await page.unroute("**/simulator/messages")
        await failed.filter(has_text="Reaction").click()
        await expect(thread.locator(".theirs .reactions")).to_contain_text("👍")
        await expect(failed).to_have_count(1)
        await failed.click()
        await expect(own.first).to_contain_text("¿abren mañana?")
        await expect(failed).to_have_count(0)
        await expect(own).to_have_count(1)
        await fails()
        await menu(".own")
        await page.locator("[data-do=delete]").click()
        await expect(failed).to_contain_text("Delete for everyone")
        await page.unroute("**/simulator/messages")
        await failed.click()
        await expect(failed).to_have_count(0)
        await expect(own.first).not_to_contain_text("¿abren mañana?")


async def test_a_message_of_the_phone_that_failed_is_sent_again_by_tapping_it(
    recado: RecadoProcess,
) -> None:
    async with open_browser(recado, SIZES["desk"], may_lose_connection=True) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        own = page.locator("#phone-thread .own")
        await page.route("**/simulator/messages", lambda route: route.abort())
        await write(page, "¿abren hoy?")
        await expect(own.get_by_text("Tap to send it again")).to_be_visible()

        async def lose_the_answer(route: Route) -> None:
            await route.fetch()
            await route.abort()

        await page.unroute("**/simulator/messages")
        await own.get_by_text("¿abren hoy?").click()
        await expect(page.locator("#phone-thread .theirs")).to_have_count(1)
        await expect(own).to_have_count(1)
        await page.route("**/simulator/messages", lose_the_answer)
        await write(page, "¿y mañana?")
        await expect(page.locator("#thread .inbound")).to_have_count(2)
        await expect(page.locator("#phone-thread .failed")).to_have_count(0)
        await expect(own).to_have_count(2)
