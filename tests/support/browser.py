"""A real browser before the real process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import BrowserContext, async_playwright, expect

from tests.support.engines import CHROMIUM_ARGUMENTS, chromium_path
from tests.support.process import RecadoProcess

SIZES = {"desk": (1360, 850), "phone": (390, 844)}
QUIET_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 60_000
LOST = (
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_FAILED",
    "ERR_INTERNET_DISCONNECTED",
)


@asynccontextmanager
async def open_browser(
    recado: RecadoProcess,
    size: tuple[int, int],
    *,
    may_lose_connection: bool = False,
    expected: tuple[str, ...] = (),
) -> AsyncIterator[BrowserContext]:
    """A browser in English that fails the test when a page logs an error or leaves the host.

    `expected`: what errors may say, such as the status of a refusal that the test is about.
    """
    problems: list[str] = []
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*CHROMIUM_ARGUMENTS, *QUIET_ARGUMENTS]
        )
        width, height = size
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB"
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        context.on(
            "console",
            lambda line: problems.append(line.text) if line.type == "error" else None,
        )
        context.on(
            "request",
            lambda request: (
                None
                if request.url.removeprefix("blob:").startswith(recado.url)
                else problems.append(request.url)
            ),
        )
        yield context
        await context.close()
        await browser.close()
    if may_lose_connection:
        expected += LOST
    assert [p for p in problems if not any(words in p for words in expected)] == []


def printed_link(recado: RecadoProcess) -> str:
    link = re.search(r"http://\S+/signin/\S+", recado.log.read_text())
    assert link, recado.tail()
    return re.sub(r"\x1b\[[0-9;]*m", "", link[0])
