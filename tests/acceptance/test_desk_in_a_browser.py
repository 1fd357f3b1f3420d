"""A person opens the printed link, chats, takes over, answers, hands back: with a real browser.

The real process, the real browser, at the width of a desk and at that of a phone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Locator, expect

from tests.support.browser import SIZES, open_browser, printed_link
from tests.support.engines import chromium_path
from tests.support.process import Api, RecadoProcess, running
from tests.support.screenshots import as_file, attach, menu_of, photo, pick, write

#: A picture of 640 × 480, as small as the desk draws it (media/thumbnails.py).
SMALL_WIDTH = 587
pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.browser,
    pytest.mark.timeout(600),
]

QUESTION = "hola, ¿a qué hora abren?"
ANSWER = re.compile(r"abrimos de \d")


@pytest.fixture
async def recado(tmp_path: Path) -> AsyncIterator[RecadoProcess]:
    chromium_path()  # skips where there is no browser, before anything is started
    async with running(RecadoProcess(tmp_path / "data", RECADO_QUIET_SECONDS="0.2")) as process:
        yield process


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_from_the_printed_link_to_a_conversation_shared_with_the_assistant(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        await expect(page).to_have_url(f"{recado.url}/simulator")
        phone, team = page.locator("#phone-thread"), page.locator("#thread")

        await page.get_by_role("button", name=QUESTION).click()
        await expect(phone.locator(".own").get_by_text(QUESTION)).to_be_visible()
        await expect(phone.locator(".theirs").filter(has_text=ANSWER)).to_be_visible()
        await expect(team.locator(".by-assistant").filter(has_text=ANSWER)).to_be_visible()
        await expect(team.locator(".by-assistant .ticks.read")).to_be_visible()
        await team.get_by_text("Why this answer").click()
        await expect(team.get_by_text("Answered from")).to_be_visible()

        await page.get_by_role("button", name="Take over").click()
        await expect(page.locator(".head")).to_contain_text("You answer")
        await page.locator("#text").fill("Hola, soy *Ana*. ¿En qué te ayudo?")
        await page.locator("#text").press("Control+Enter")
        await expect(phone.locator(".theirs strong", has_text="Ana")).to_be_visible()
        await expect(page.locator("#text")).to_have_value("")

        await write(page, "¿y los domingos?")
        await expect(team.locator(".inbound").filter(has_text="domingos")).to_be_visible()
        await page.get_by_role("button", name="Hand back").click()
        await expect(page.locator(".head")).to_contain_text("Assistant answers")
        await expect(team.locator(".by-assistant")).to_have_count(2)
        await expect(phone.locator(".theirs")).to_have_count(3)
        await expect(phone.locator(".pending")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_a_customer_asks_for_a_person_and_the_inbox_shows_it_live(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        phone = await context.new_page()
        await phone.goto(printed_link(recado))
        inbox = await context.new_page()
        await inbox.goto(f"{recado.url}/")
        await expect(inbox.get_by_text("No conversations yet.")).to_be_visible()

        await write(phone, "quiero hablar con una persona")
        row = inbox.locator(".row.state-waiting")
        await expect(row).to_contain_text("Lucía")
        await expect(row.locator(".sla b")).to_have_text(re.compile(r"[0-4]:\d\d"))

        await inbox.keyboard.press("j")
        await inbox.keyboard.press("Enter")
        await expect(inbox).to_have_url(re.compile("/conversations/"))
        await expect(inbox.locator("#thread .inbound")).to_have_count(1)
        await inbox.get_by_role("button", name="Take over").click()
        await expect(inbox.locator(".head")).to_contain_text("You answer")
        await inbox.locator("label").filter(has_text="Note").click()
        await inbox.locator("#text").fill("Prefiere que le llamen")
        await inbox.locator("#text").press("Control+Enter")
        await expect(inbox.locator("#thread .note")).to_contain_text("Prefiere que le llamen")
        await inbox.locator("label").filter(has_text="Reply").click()
        await inbox.locator("#text").fill("Hola Lucía, aquí Ana")
        await inbox.locator("#text").press("Control+Enter")
        await expect(phone.locator("#phone-thread")).to_contain_text("aquí Ana")
        await expect(phone.locator("#phone-thread")).not_to_contain_text("le llamen")
        await inbox.get_by_role("button", name="Resolve").click()
        await expect(inbox.locator(".head")).to_contain_text("Resolved")

        await write(phone, "gracias!")
        await expect(inbox.locator(".head")).to_contain_text("Assistant answers")
        await expect(inbox.locator("#thread .by-assistant")).to_have_count(1)


async def test_a_burst_arrives_in_the_order_in_which_it_was_written(recado: RecadoProcess) -> None:
    burst = ["hola", "una pregunta", "¿hacen tortas?", "para 20 personas", "¿y entregan?"]
    async with open_browser(recado, SIZES["desk"]) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        for text in burst:
            await write(page, text)
        own = page.locator("#phone-thread .own:not(.pending)")
        await expect(own).to_have_count(len(burst))
        assert [text.splitlines()[0] for text in await own.all_inner_texts()] == burst
        await expect(page.locator("#thread .by-assistant").first).to_be_visible()


async def test_the_page_goes_on_by_itself_after_a_restart(recado: RecadoProcess) -> None:
    async with open_browser(recado, SIZES["desk"], may_lose_connection=True) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        await write(page, "hola")
        await expect(page.locator("#thread .by-assistant")).to_have_count(1)
        await recado.stop()
        await expect(page.locator("#offline")).to_be_visible()
        await recado.start()
        await expect(page.locator("#offline")).to_be_hidden()
        await write(page, "¿dónde están?")
        await expect(page.locator("#thread .by-assistant")).to_have_count(2)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_whatever_a_customer_sends_is_shown_to_the_team_as_what_it_is(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context, aiohttp.ClientSession() as session:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        phone, team = page.locator("#phone-thread"), page.locator("#thread")
        await write(page, "hola")
        await page.get_by_role("button", name="Take over").click()
        await expect(page.locator(".head")).to_contain_text("You answer")

        await page.locator("#phone-text").fill("¿hacen una así?")
        await pick(page, "photo", as_file("torta.jpg", "image/jpeg", photo()))
        await expect(phone.locator(".own .photo img")).to_be_visible()
        await expect(phone.locator(".pending")).to_have_count(0)
        picture = team.locator(".inbound .photo img")
        await expect(picture).to_be_visible()
        await expect(picture).to_have_js_property("naturalWidth", SMALL_WIDTH)
        await expect(team.locator(".inbound", has=page.locator(".photo"))).to_contain_text(
            "¿hacen una así?"
        )

        await attach(page, "Location")
        await page.get_by_role("button", name="Send location").click()
        await expect(team.locator(".place")).to_contain_text("Parque México")

        api = Api(session, recado.url)
        conversation_id = await team.get_attribute("data-live")
        sizes = {
            "type": "list",
            "button": "Ver tamaños",
            "sections": [{"rows": [{"id": "g", "title": "Grande"}, {"id": "c", "title": "Chica"}]}],
        }
        await api.post(
            f"conversations/{conversation_id}/messages",
            {"type": "interactive", "text": "¿Qué tamaño?", "content": {"interactive": sizes}},
        )
        await phone.get_by_role("button", name="Ver tamaños").click()
        sheet = page.get_by_role("dialog", name="Ver tamaños")
        await sheet.get_by_label("Grande").check()
        await sheet.get_by_role("button", name="Send").click()
        tapped = team.locator(".inbound").filter(has_text="Grande")
        await expect(tapped).to_contain_text("Tapped")
        await expect(tapped.locator(".quoted")).to_contain_text("¿Qué tamaño?")

        await menu_of(page, "¿Qué tamaño?")
        await page.get_by_role("button", name="React 👍").click()
        asked = team.locator(".outbound").filter(has_text="¿Qué tamaño?").last
        await expect(asked.locator(".reaction")).to_contain_text("👍")

        await write(page, "a las 5")
        await expect(team.locator(".inbound").filter(has_text="a las 5")).to_be_visible()
        await menu_of(page, "a las 5")
        await page.get_by_role("button", name="Edit").click()
        await write(page, "a las 6")
        changed = team.locator(".inbound").filter(has_text="a las 6")
        await expect(changed.locator(".edited")).to_be_visible()
        await menu_of(page, "a las 6")
        await page.get_by_role("button", name="Delete for everyone").click()
        await expect(team.get_by_text("Deleted by the customer")).to_be_visible()
        await expect(team.get_by_text("a las 6")).to_have_count(0)

        for _ in range(2):
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            await page.goto(f"{recado.url}/conversations/{conversation_id}")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_the_team_sends_a_file_answers_one_message_and_reacts(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        phone, team = page.locator("#phone-thread"), page.locator("#thread")
        await write(page, "¿tienen foto?")
        await page.get_by_role("button", name="Take over").click()
        await expect(page.locator(".head")).to_contain_text("You answer")

        async def menu() -> Locator:
            """What one can do with the customer's message, opened with the keyboard."""
            await team.locator(".inbound [data-tools]").focus()
            await page.keyboard.press("Enter")
            return page.get_by_role("dialog", name="What to do with this message")

        await (await menu()).get_by_role("button", name="React ❤️").click()
        await expect(phone.locator(".own .reaction")).to_contain_text("❤️")
        await (await menu()).get_by_role("button", name="Reply").click()
        await expect(page.locator("[data-answered]")).to_contain_text("¿tienen foto?")

        chosen = page.locator("[data-file-of-reply]")
        await chosen.set_input_files(as_file("torta.jpg", "image/jpeg", photo()))
        await expect(page.locator("[data-attached]")).to_contain_text("torta.jpg")
        await page.locator("#text").fill("La de hoy")
        await page.keyboard.press("Control+Enter")

        sent = phone.locator(".theirs").filter(has_text="La de hoy")
        await expect(sent.locator(".photo img")).to_have_js_property("naturalWidth", SMALL_WIDTH)
        await expect(sent.locator(".quoted")).to_contain_text("¿tienen foto?")
        await expect(page.locator("[data-attached]")).to_be_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
