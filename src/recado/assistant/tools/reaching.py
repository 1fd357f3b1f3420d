"""How each kind of tool is reached, by the settings."""

from __future__ import annotations

from functools import partial

from recado.assistant.tools import http
from recado.assistant.tools.calling import Reach, ToolCalls
from recado.assistant.tools.client import ToolClient
from recado.assistant.tools.mcp import McpServers
from recado.assistant.tools.python import Functions
from recado.assistant.tools.registry import Tools
from recado.assistant.tools.template import Templates
from recado.resilience.breaker import FIGURES, Figures
from recado.settings import Settings
from recado.store import Store


def open_tool_calls(
    settings: Settings, store: Store, tools: Tools, breaker: Figures = FIGURES
) -> ToolCalls:
    """The caller closes it. Nothing is asked for anything yet."""
    client = ToolClient(settings.tools_private_hosts.split(","))
    servers = McpServers(client, stdio=settings.mcp_stdio)
    reaches: dict[str, Reach] = {
        "http": partial(http.call, client),
        "mcp": servers.call,
        "python": Functions().call,
        "template": Templates(store).call,
    }
    return ToolCalls(
        store, tools, reaches, servers=servers, breaker=breaker, closing=[client.close]
    )
