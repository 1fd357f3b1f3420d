"""Tools of a real MCP server in a process of its own, over stdio and over HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from recado.assistant.tools.client import ToolClient
from recado.assistant.tools.mcp import McpConfig, McpServers
from recado.errors import ToolRefused, ToolUnavailable
from tests.support.process import free_port
from tests.support.waiting import until

SERVER = str(Path(__file__).parents[2] / "support" / "mcp_server.py")
TOKEN = "mcp-token-VERY-secret"


@pytest.fixture(params=["stdio", "http"])
async def reached(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[McpServers, dict[str, Any], Path]]:
    done = tmp_path / "done"
    done.touch()
    if request.param == "stdio":
        command = [sys.executable, SERVER, "stdio", str(done)]
        config = {"command": command, "env": {"SHOP_TOKEN": "{{ secret }}"}}
        yield McpServers(ToolClient(), stdio=True), config, done
        return
    async with mcp_server(done := tmp_path / "done") as url:
        client = ToolClient([url.removeprefix("http://").removesuffix("/mcp")])
        yield McpServers(client), {"url": url}, done


@asynccontextmanager
async def mcp_server(done: Path) -> AsyncIterator[str]:
    """The address of one that speaks HTTP."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, SERVER, str(port), str(done))

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await until(listens)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        await process.wait()


async def test_its_tools_are_listed_and_called_with_the_key(
    reached: tuple[McpServers, dict[str, Any], Path],
) -> None:
    servers, config, done = reached
    offered = {it.name: it for it in await servers.offered(McpConfig(**config), secret=TOKEN)}
    assert (offered["order_status"].reads, offered["cancel_order"].reads) == (True, False)
    assert offered["cancel_order"].honours_keys
    assert offered["order_status"].parameters["required"] == ["number"]
    look = {**config, "tool": "order_status"}
    told = await servers.call(look, {"number": "1182"}, secret=TOKEN, key="")
    assert told["status"] == "en camino"
    assert ("command" not in config) or told["token"] == TOKEN
    with pytest.raises(ToolRefused):
        await servers.call(look, {"number": "9"}, secret=TOKEN, key="")
    cancel = {**config, "tool": "cancel_order"}
    told = await servers.call(cancel, {"number": "1182"}, secret=TOKEN, key="key-7")
    assert told["status"] == "cancelado"
    assert done.read_text() == "1182 key-7\n"


async def test_no_command_is_started_unless_an_operator_allows_it(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    config = {"command": [sys.executable, "-c", f"open({str(mark)!r}, 'w')"], "tool": "x"}
    with pytest.raises(ToolRefused):
        await McpServers(ToolClient()).call(config, {}, secret="", key="")
    assert not mark.exists()


async def test_a_server_in_the_own_network_is_reached_only_where_it_is_named() -> None:
    servers = McpServers(ToolClient())
    for url in ("http://127.0.0.1:9/mcp", "https://127.0.0.1/mcp", "https://[::1]/mcp"):
        with pytest.raises(ToolRefused):
            await servers.call({"url": url, "tool": "x"}, {}, secret="", key="")
    allowed = McpServers(ToolClient(["127.0.0.1:9"]))
    with pytest.raises(ToolUnavailable):
        await allowed.call({"url": "http://127.0.0.1:9/mcp", "tool": "x"}, {}, secret="", key="")
