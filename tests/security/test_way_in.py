"""A link that lets its reader in as an admin is for whoever sits there, not for who reads a log."""

from __future__ import annotations

import re
from pathlib import Path

from recado.app.commands.process import way_in
from recado.app.server import build_app
from recado.app.services import SERVICES
from recado.runtime import Runtime
from tests.support.runtime import api_client, make_runtime

LINK = re.compile(r"http://recado\.test(/signin/[\w-]+)")


async def printed(runtime: Runtime) -> str:
    """Where the output is no terminal, as in a test."""
    return "\n".join(await way_in(runtime, "http://recado.test"))


async def test_a_log_has_a_link_only_until_somebody_has_come_in(tmp_path: Path) -> None:
    async with make_runtime(tmp_path, services=tuple(SERVICES)) as runtime:
        first = LINK.search(await printed(runtime))
        again = LINK.search(await printed(runtime))
        assert first
        assert again, "nobody has come in yet"
        async with api_client(build_app(runtime, tuple(SERVICES)), key=None) as client:
            assert (await client.get(first[1])).status_code == 303
            later = await printed(runtime)
            assert not LINK.search(later)
            assert "users link" in later
            client.cookies.clear()
            assert (await client.get(first[1])).status_code == 401, "it was for once"
