"""The pages of the API work in a real browser, under their own policy, without another host."""

from __future__ import annotations

import asyncio
import socket

import pytest
import uvicorn
from playwright.async_api import async_playwright
from starlette.types import ASGIApp

from tests.support.engines import CHROMIUM_ARGUMENTS, chromium_path
from tests.support.runtime import API_KEY


@pytest.mark.browser
async def test_a_developer_reads_and_tries_the_api(app: ASGIApp) -> None:
    executable = chromium_path()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    complaints: list[str] = []
    requests: list[str] = []
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=executable, args=list(CHROMIUM_ARGUMENTS)
            )
            page = await browser.new_page()
            page.set_default_timeout(60_000)
            page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda request: requests.append(request.url))
            await page.goto(f"{origin}/docs")
            await page.get_by_role("button", name="Authorize").click()
            await page.get_by_label("auth-bearer-value").fill(API_KEY)
            await page.get_by_role("button", name="Apply credentials").click()
            await page.get_by_role("button", name="Close").click()
            await page.locator("#operations-tag-operations").click()
            await page.get_by_text("Count everything").click()
            await page.get_by_role("button", name="Execute").click()
            answer = page.locator(".live-responses-table .response-col_status")
            assert (await answer.last.inner_text()).strip().startswith("200")
            await browser.close()
    finally:
        server.should_exit = True
        await serving
        listening.close()
    assert not complaints
    assert requests
    assert all(url.startswith((origin, "data:")) for url in requests)
