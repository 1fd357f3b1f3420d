"""An MCP server as a process of its own: `python tests/support/mcp_server.py stdio|PORT FILE`.

FILE gets a line for each thing that was really done, with its idempotency key.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations

server = MCPServer("shop")
DONE = Path(sys.argv[2])


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def order_status(number: str) -> dict[str, str]:
    """Says where an order is."""
    if number != "1182":
        raise ValueError("no such order")
    return {"number": number, "status": "en camino", "token": os.environ.get("SHOP_TOKEN", "")}


@server.tool(annotations=ToolAnnotations(idempotent_hint=True))
def cancel_order(number: str, ctx: Context) -> dict[str, str]:
    """Cancels an order."""
    meta = ctx.request_context.meta or {}
    key = dict(meta).get("recado/idempotencyKey", "")
    with DONE.open("a") as file:
        file.write(f"{number} {key}\n")
    return {"number": number, "status": "cancelado"}


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
