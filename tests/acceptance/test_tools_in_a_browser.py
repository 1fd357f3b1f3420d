"""A business connects its shop on the desk, and a customer cancels an order by a tap: with a real
browser, the real process and a shop beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import SIZES, open_browser, printed_link
from tests.support.engines import chromium_path
from tests.support.process import RecadoProcess, running
from tests.support.screenshots import write
from tests.support.shop import TOKEN, Shop, host_of, running_shop

pytestmark = [pytest.mark.acceptance, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running_one:
        yield running_one


@pytest.fixture
async def recado(tmp_path: Path, shop: Shop) -> AsyncIterator[RecadoProcess]:
    chromium_path()  # skips where there is no browser, before anything is started
    process = RecadoProcess(
        tmp_path / "data",
        RECADO_QUIET_SECONDS="0.2",
        RECADO_TOOLS_PRIVATE_HOSTS=host_of(shop.url),
    )
    async with running(process):
        yield process


async def add_tool(page: Page, recado: RecadoProcess, fields: dict[str, str]) -> None:
    await page.goto(f"{recado.url}/tools/new")
    for label, value in fields.items():
        field = page.get_by_label(label, exact=True)
        if label in ("What it does", "Method", "Sign-in"):
            await field.select_option(label=value)
        else:
            await field.fill(value)
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("heading", name="Try it")).to_be_visible()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_an_order_is_looked_up_and_cancelled_after_a_tap(
    recado: RecadoProcess, shop: Shop, size: tuple[int, int]
) -> None:
    async with open_browser(recado, size) as context:
        page = await context.new_page()
        await page.goto(printed_link(recado))
        await add_tool(
            page,
            recado,
            {
                "Title": "Estado del pedido",
                "Name": "order_status",
                "Address": f"{shop.url}/orders/{{{{ number }}}}",
                "Sign-in": "Bearer token",
                "Secret": TOKEN,
                "How customers ask for it, one a line": "¿dónde está mi pedido {number}?",
                "What the customer is told (es)": "Tu pedido {{ number }} está {{ status }}.",
            },
        )
        await page.get_by_label("number", exact=True).fill("1182")
        await page.get_by_role("button", name="Call it").click()
        await expect(page.locator("#trial")).to_contain_text("Tu pedido 1182 está en camino.")
        await expect(page.locator("#trial")).to_contain_text("Authorization: •••")
        await add_tool(
            page,
            recado,
            {
                "Title": "Cancelar un pedido",
                "Name": "cancel_order",
                "What it does": "It changes something",
                "Method": "POST",
                "Address": f"{shop.url}/orders/{{{{ number }}}}/cancel",
                "Sign-in": "Bearer token",
                "Secret": TOKEN,
                "How customers ask for it, one a line": "cancélalo",
                "What the customer is told (es)": "Listo, tu pedido {{ number }} está cancelado.",
                "What the customer says yes to (es)": "cancelar el pedido {{ number }}",
            },
        )
        await page.goto(f"{recado.url}/tools")
        await expect(page.locator("li .tag", has_text="asks first")).to_have_count(1)

        await page.goto(f"{recado.url}/simulator")
        phone, team = page.locator("#phone-thread"), page.locator("#thread")
        await write(page, "¿dónde está mi pedido 1182?")
        await expect(phone.locator(".theirs").last).to_contain_text("está en camino")
        await write(page, "cancélalo")
        await expect(phone.locator(".theirs").last).to_contain_text("cancelar el pedido 1182")
        assert shop.effects == []
        await phone.get_by_role("button", name="Sí", exact=True).click()
        await expect(phone.locator(".theirs").last).to_contain_text("Listo, tu pedido 1182")
        assert shop.effects == ["1182"]
        await expect(team.locator(".event", has_text="cancelar el pedido 1182")).to_contain_text(
            "done"
        )
