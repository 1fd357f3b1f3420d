"""A person writes a character, tries it beside the published one, publishes it, and goes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import SIZES, open_browser, printed_link
from tests.support.engines import chromium_path
from tests.support.process import RecadoProcess, running
from tests.support.screenshots import write

pytestmark = [pytest.mark.acceptance, pytest.mark.browser, pytest.mark.timeout(600)]

HELLO = "¡Qué alegría verte por Café Aurora!"


@pytest.fixture
async def recado(tmp_path: Path) -> AsyncIterator[RecadoProcess]:
    chromium_path()  # skips where there is no browser, before anything is started
    async with running(RecadoProcess(tmp_path / "data", RECADO_QUIET_SECONDS="0.2")) as process:
        yield process


async def a_customer_hears(page: Page, name: str, *, hello: bool) -> None:
    """Somebody new says hello in the simulator."""
    base = page.url.partition("/characters")[0].partition("/simulator")[0]
    await page.goto(f"{base}/simulator/new?name={name}")
    await write(page, "hola")
    answer = page.locator("#phone-thread .theirs").first
    await expect(answer).to_be_visible()
    if hello:
        await expect(answer).to_contain_text(HELLO)
    else:
        await expect(answer).to_contain_text("Aurora")
        await expect(answer).not_to_contain_text(HELLO)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_a_draft_is_compared_published_and_taken_back(
    recado: RecadoProcess, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        await page.goto(f"{recado.url}/characters")
        await page.get_by_role("link", name="Aurora").click()
        await page.get_by_label("Greeting").fill(HELLO)
        await page.get_by_label("Words that call a person").fill("catering")
        await page.get_by_role("button", name="Save and try").click()

        await page.get_by_label("Questions, as customers").fill("hola\n¿hacen catering?\n¿wifi?")
        await page.locator("form.fields").get_by_role("button", name="Try").click()
        compared = page.locator(".compared")
        await expect(compared).to_have_count(3)
        hello, catering, wifi = (compared.nth(number) for number in range(3))
        await expect(hello.locator(".trial").nth(1)).to_contain_text(HELLO)
        await expect(hello.locator(".trial").nth(1).locator("ins").first).to_be_visible()
        await expect(hello.locator(".trial").nth(0)).not_to_contain_text(HELLO)
        await expect(catering.locator(".trial").nth(1)).to_contain_text("A person takes over")
        await expect(wifi.locator(".verdict")).to_have_text("the same")

        await page.get_by_role("link", name="See changes and publish").click()
        await expect(page.locator(".diff ins").first).to_contain_text(HELLO)
        where = page.url
        page.set_default_timeout(60_000)
        await a_customer_hears(page, "Antes", hello=False)
        await page.goto(where)
        await page.get_by_label("What has changed").fill("Un saludo más cálido")
        await page.locator("form.fields").get_by_role("button", name="Publish").click()
        await expect(page.locator(".version.published")).to_contain_text("Un saludo más cálido")
        await a_customer_hears(page, "Después", hello=True)
        await page.goto(where.replace("changes", "versions"))

        page.on("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="Go back to it").click()
        await expect(page.locator(".version.published")).to_contain_text("Went back to version 1")
        await a_customer_hears(page, "Otra", hello=False)
        await page.locator("#thread").get_by_text("Why this answer").first.click()
        await expect(page.locator("#thread")).to_contain_text("Aurora · version 3")


async def test_what_matters_works_without_javascript(recado: RecadoProcess) -> None:
    async with open_browser(recado, SIZES["desk"]) as context:
        assert context.browser
        plain = await context.browser.new_context(base_url=recado.url, java_script_enabled=False)
        plain.set_default_timeout(60_000)
        page = await plain.new_page()
        await page.goto(printed_link(recado))
        await page.goto("/character")
        await page.locator("#greeting").fill(HELLO)
        await page.get_by_text("Save and try").click()
        await page.locator("#questions").fill("hola")
        await page.locator("form.fields button.primary").click()
        await expect(page.locator(".compared .trial").nth(1)).to_contain_text(HELLO)
        await page.get_by_role("link", name="See changes and publish").click()
        await page.locator("form.fields button.primary").click()
        await expect(page.locator(".version.published")).to_contain_text("Version 2")
        await page.locator(".version.retired button").click()
        await expect(page.locator(".version.published")).to_contain_text("Went back to version 1")
        await plain.close()


async def test_two_people_write_at_once_and_no_text_is_lost(recado: RecadoProcess) -> None:
    async with open_browser(recado, SIZES["desk"], expected=("409",)) as context:
        first, second = await context.new_page(), await context.new_page()
        await first.goto(printed_link(recado))
        await first.goto(f"{recado.url}/character")
        await second.goto(f"{recado.url}/character")
        await first.get_by_label("Tone").fill("Muy formal")
        await first.get_by_role("button", name="Save draft").click()
        await expect(first.locator(".lead")).to_contain_text("You are writing the draft")
        await second.get_by_label("Tone").fill("Muy alegre")
        await second.get_by_role("button", name="Save draft").click()
        await expect(second.get_by_role("alert")).to_contain_text("Nothing of yours is lost")
        await expect(second.get_by_role("alert").locator("del")).to_contain_text("formal")
        await expect(second.get_by_label("Tone")).to_have_value("Muy alegre")
        await second.get_by_role("button", name="Save draft").click()
        await expect(second.get_by_role("alert")).to_have_count(0)
        await first.reload()
        await expect(first.get_by_label("Tone")).to_have_value("Muy alegre")


CASES = """\
name: Saludos
cases:
  - {id: hello, ask: hola, expect: {contains: alegría}}
  - {id: hours, ask: a q hora abren los sabados, expect: {source: Horarios}}
  - {id: cars, ask: venden autos usados?, expect: {declined: true}}
"""


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_a_draft_is_published_once_its_evaluation_reaches_what_an_admin_asks_for(
    recado: RecadoProcess, size: tuple[int, int], tmp_path: Path
) -> None:
    cases = tmp_path / "data" / "evaluations" / "cases" / "greetings.yaml"
    cases.parent.mkdir(parents=True)
    cases.write_text(CASES)
    async with open_browser(recado, size) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        await page.goto(f"{recado.url}/character")
        changes = f"{page.url}/changes"
        page.set_default_timeout(60_000)
        evaluation = page.locator("#evaluation")

        async def written(greeting: str) -> None:
            await page.goto(changes.removesuffix("/changes"))
            await page.get_by_label("Greeting").fill(greeting)
            await page.get_by_role("button", name="Save draft").click()
            await page.goto(changes)

        async def publish() -> None:
            await page.get_by_role("button", name="Publish").click()

        await written("Buenas")
        await page.get_by_label("Publish a draft only after").check()
        await page.get_by_label("Right, in percent").fill("100")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(evaluation).to_contain_text("at least 100 % right")
        await publish()
        await expect(page.get_by_text("Evaluate it first")).to_be_visible()
        await page.get_by_role("button", name="Evaluate the draft").click()
        await expect(evaluation).to_contain_text("missed")
        await expect(evaluation).to_contain_text("1 case failed")

        await written(HELLO)
        await page.get_by_role("button", name="Evaluate the draft").click()
        await expect(evaluation).to_contain_text("reached")
        await publish()
        await expect(page.locator(".version.published")).to_contain_text("Version 2")
