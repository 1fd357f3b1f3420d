"""The desk on PostgreSQL: the same pages, the same actions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.conftest import browser
from tests.support.engines import postgresql_url
from tests.support.runtime import make_runtime


@pytest.mark.engine
async def test_the_team_works_on_postgresql_too(tmp_path: Path) -> None:
    async with (
        postgresql_url() as url,
        make_runtime(tmp_path, DATABASE_URL=url) as runtime,
        browser(runtime) as user,
    ):
        await user.sign_in()
        waiting = await user.add_conversation(name="Ana", state="waiting")
        other = await user.add_conversation(name="Beto")
        await user.add_message(other, "hola", type="location", content={"location": {}})

        page = await user.page("/")
        assert page.index(f"c-{waiting}") < page.index(f"c-{other}")
        for chosen in ("mine", "waiting", "human", "bot", "resolved"):
            await user.page(f"/desk/list?filter={chosen}&q=an", htmx=True)
        await user.post(f"/conversations/{waiting}/takeover")
        await user.post(f"/conversations/{waiting}/messages", kind="reply", text="Hola, soy Ana")
        await user.post(f"/conversations/{waiting}/messages", kind="note", text="nota")
        conversation = await user.page(f"/conversations/{waiting}")
        assert "You answer" in conversation
        assert "nota" in conversation
        for path in ("/simulator", "/knowledge", "/lines", "/dead-letters", "/team", "/profile"):
            await user.page(path)
        invited = await user.post("/team", htmx=False, name="L", email="l@cafe.mx", role="agent")
        assert "/signin/" in invited.text
