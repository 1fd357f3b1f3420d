"""What an MCP server offers, made tools."""

from __future__ import annotations

import asyncio

from recado.assistant.tools.calling import ToolCalls
from recado.assistant.tools.definition import NewTool
from recado.assistant.tools.mcp import McpConfig, Offered
from recado.assistant.tools.openapi import name_of
from recado.errors import ToolUnavailable, Unprocessable

SECONDS = 20.0


async def offered_by(calls: ToolCalls, server: McpConfig, *, secret: str) -> list[Offered]:
    """The tools of a server. Raises Unprocessable, ToolRefused, ToolUnavailable."""
    if bool(server.url) == bool(server.command):
        raise Unprocessable("An MCP server has an address, or a command that starts it.")
    try:
        async with asyncio.timeout(SECONDS):
            return await calls.servers.offered(server, secret=secret)
    except TimeoutError as error:
        raise ToolUnavailable("The MCP server did not answer in time.", outage=True) from error


def tool_of_offer(
    server: McpConfig, offered: Offered, characters: tuple[str, ...] | None = None
) -> NewTool:
    """What is not said to read only changes things, and asks first."""
    config = {"url": server.url, "command": server.command, "env": server.env}
    return NewTool(
        name=name_of(offered.name),
        title=offered.title[:80],
        description=offered.description[:2000],
        kind="mcp",
        effect="reads" if offered.reads else "changes",
        honours_keys=offered.honours_keys,
        parameters=offered.parameters,
        config={**config, "tool": offered.name},
        characters=characters,
    )
