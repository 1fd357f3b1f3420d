"""Makes the pictures of docs/guide/models.md: what models cost, a reply's calls, budgets.

python -m tests.support.screenshots_costs [folder]
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import select

from recado.assistant.characters import default_character
from recado.assistant.model import Turn
from recado.assistant.models.calls import ModelCall, Why
from recado.assistant.models.ledger import Caller, TurnCalls, day_of, keep_calls
from recado.assistant.models.model import ModelSpend
from recado.lines.model import LineRow
from recado.store import Tx, new_id, now, open_store
from tests.support.engines import CHROMIUM_ARGUMENTS, chromium_path
from tests.support.process import RecadoProcess, running
from tests.support.screenshots import FOLDER, save
from tests.support.screenshots_characters import PHONE_WIDTH, WIDTH, photograph

DAYS = 9
MODELS = {"openai:gpt-5-mini": 420, "openai:gpt-5": 5200, "anthropic:claude-haiku-4-5": 900}


def spend(tx: Tx) -> None:
    """Some days of a shop that is asked much."""
    chance = random.Random(7)
    line_id = tx.scalar(select(LineRow.id))
    character_id = default_character(tx).id
    for back in range(DAYS):
        for model, each in MODELS.items():
            calls = chance.randint(20, 160) // (4 if each > 1000 else 1)
            row = {
                "day": day_of("", now() - back * 86400),
                "line_id": line_id,
                "character_id": character_id,
                "model": model,
                "calls": calls,
                "failed": calls // 40,
                "unpriced": 0,
                "tokens_in": calls * 1650,
                "tokens_out": calls * 90,
                "tokens_cached": calls * 900,
                "cost": calls * each,
            }
            tx.execute(tx.insert(ModelSpend).values(row))


def ask_models(tx: Tx) -> None:
    """The last turn has asked two models."""
    turn = tx.first(select(Turn.id, Turn.conversation_id).order_by(Turn.id.desc()))
    assert turn is not None
    caller = Caller(
        conversation_id=turn.conversation_id,
        turn_id=turn.id,
        line_id=new_id(),
        character_id=default_character(tx).id,
    )
    technical = Why("strongest", {"complexity": "0.86"})
    calls = [
        ModelCall(
            model="openai:gpt-5", outcome="model-unavailable", milliseconds=20_010.0, why=technical
        ),
        ModelCall(
            model="openai:gpt-5-mini",
            outcome="answered",
            milliseconds=1840.0,
            tokens_in=1712,
            tokens_out=88,
            tokens_cached=1024,
            cost=374,
            why=Why("fallback", {"model": "openai:gpt-5"}),
        ),
    ]
    keep_calls(tx, TurnCalls(calls, caller))


async def show_costs(page: Page, folder: Path) -> None:
    await page.goto("/costs")
    await photograph(page, folder, "costs", most=1100)
    await page.goto("/character")
    await page.get_by_label("A cheaper one").fill("openai:gpt-5-mini")
    await page.get_by_label("Your own rules").fill("openai:gpt-5 technical complexity>0.8")
    await page.locator("[name=conversation_dollars]").fill("0.50")
    await page.locator("[name=day_dollars]").fill("20")
    await page.get_by_label("Once it is spent").select_option("cheaper")
    await page.locator(".budget").first.scroll_into_view_if_needed()
    await page.wait_for_timeout(300)
    save(folder / "budgets.png", await page.screenshot(animations="disabled"))
    await page.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
    await page.locator(".budget").first.scroll_into_view_if_needed()
    await page.wait_for_timeout(300)
    save(folder / "budgets-phone.png", await page.screenshot(animations="disabled"))
    await page.goto("/costs")
    await page.wait_for_timeout(300)
    save(folder / "costs-phone.png", await page.screenshot(animations="disabled"))
    await page.set_viewport_size({"width": WIDTH, "height": 844})


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
            store = open_store(f"sqlite:///{Path(data) / 'data' / 'recado.db'}")
            await store.write(spend)
            await page.goto("/simulator")
            await page.locator("textarea").first.fill("¿tienen wifi?")
            await page.locator("textarea").first.press("Enter")
            await expect(page.locator("#phone-thread .theirs").first).to_be_visible(timeout=30_000)
            await page.wait_for_timeout(4000)
            await store.write(ask_models)
            await show_costs(page, folder)
            await page.goto("/")
            await page.locator("a[href^='/conversations/']").first.click()
            await page.get_by_text("Why this answer").first.click()
            await page.wait_for_timeout(1500)
            save(folder / "model-calls.png", await page.screenshot(animations="disabled"))
            await store.close()
            await browser.close()


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
