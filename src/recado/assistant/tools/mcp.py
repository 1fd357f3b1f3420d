"""Tools of MCP servers (modelcontextprotocol.io), through the official client: over streamable
HTTP, or by a command over stdio where an operator allows it (RECADO_MCP_STDIO).

A session is opened for each call: nothing is kept of one customer's for the next. The idempotency
key goes along as `recado/idempotencyKey` in the request's `_meta`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import msgspec

from recado.assistant.tools.client import ToolClient
from recado.assistant.tools.filling import SECRET, check_template, fill
from recado.assistant.tools.http import check_url
from recado.errors import (
    SettingsError,
    ToolError,
    ToolRefused,
    ToolUnavailable,
    ToolUnknown,
    Unprocessable,
)
from recado.extras import needing

if TYPE_CHECKING:
    from mcp import Client

KEY = "recado/idempotencyKey"
_MOST_TOOLS = 200


class McpConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`url` of a server that speaks streamable HTTP (the secret is its bearer token), or the
    `command` of one that speaks stdio, with `env` for it (`{{ secret }}`); `tool` is the tool's
    name there."""

    tool: str = ""
    url: str = ""
    command: list[str] = []
    env: dict[str, str] = {}


class Offered(msgspec.Struct, frozen=True):
    """A tool of a server, as the server describes it."""

    name: str
    title: str
    description: str
    reads: bool
    honours_keys: bool
    parameters: dict[str, Any]


def check_config(config: dict[str, Any], parameters: set[str]) -> dict[str, Any]:
    """Raises Unprocessable."""
    try:
        checked = msgspec.convert(config, McpConfig)
    except msgspec.ValidationError as error:
        raise Unprocessable(f"The MCP server is wrong: {error}.") from error
    if bool(checked.url) == bool(checked.command):
        raise Unprocessable("An MCP server has an address, or a command that starts it.")
    if checked.url:
        check_url(checked.url)
    if not checked.tool or len(checked.tool) > 200 or len(checked.command) > 50:
        raise Unprocessable("Name the tool as its server does.")
    check_template(checked.env, {SECRET}, "The environment")
    stored: dict[str, Any] = msgspec.to_builtins(checked)
    return stored


class McpServers:
    def __init__(self, client: ToolClient, *, stdio: bool = False) -> None:
        """`client` knows where may be gone to; `stdio`: commands may be started."""
        self._client = client
        self._stdio = stdio

    async def call(
        self, config: Mapping[str, Any], arguments: Mapping[str, Any], *, secret: str, key: str
    ) -> Any:
        """What the tool answers: its structured content, else its text.

        Raises ToolRefused, ToolUnavailable, ToolUnknown.
        """
        server = msgspec.convert(dict(config), McpConfig)
        sent, meta = False, cast("Any", {KEY: key})
        try:
            async with self._open(server, secret) as client:
                sent = True
                result = await client.call_tool(server.tool, dict(arguments), meta=meta)
        except ToolError:
            raise
        except Exception as error:
            raise _failed(error, sent=sent) from error
        text = "\n".join(it.text for it in result.content if it.type == "text")
        if result.is_error:
            raise ToolRefused(" ".join(text.split())[:500] or "The tool refused.")
        return result.structured_content if result.structured_content is not None else text

    async def offered(self, config: McpConfig, *, secret: str) -> list[Offered]:
        """The tools of a server. Raises ToolRefused, ToolUnavailable."""
        try:
            async with self._open(config, secret) as client:
                listed = (await client.list_tools()).tools[:_MOST_TOOLS]
        except ToolError:
            raise
        except Exception as error:
            raise _failed(error, sent=False) from error
        found = []
        for it in listed:
            hints = it.annotations
            reads = bool(hints and hints.read_only_hint)
            keys = bool(hints and hints.idempotent_hint)
            title = it.title or it.name
            about = it.description or title
            found.append(Offered(it.name, title, about, reads, keys, dict(it.input_schema)))
        return found

    @asynccontextmanager
    async def _open(self, server: McpConfig, secret: str) -> AsyncIterator[Client]:
        try:
            with needing("mcp", "A tool of an MCP server"):
                import httpx2
                from mcp import Client, StdioServerParameters
                from mcp.client.streamable_http import streamable_http_client
        except SettingsError as error:
            raise ToolRefused(error.detail, reason="setup") from error
        if server.command:
            if not self._stdio:
                raise ToolRefused(
                    "Commands are not started here: RECADO_MCP_STDIO is not set.", reason="setup"
                )
            env = {name: fill(value, {SECRET: secret}) for name, value in server.env.items()}
            command, *args = server.command
            started = StdioServerParameters(command=command, args=args, env=env)
            async with Client(started) as client:
                yield client
            return
        self._client.check(server.url)
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        guarded = _transport(self._client)
        async with (
            httpx2.AsyncClient(headers=headers, transport=guarded, timeout=60.0) as http,
            Client(streamable_http_client(server.url, http_client=http)) as client,
        ):
            yield client


def _transport(guard: ToolClient) -> Any:
    """httpx's transport behind the guard of all tools: the address is looked at, and it is the one
    that is connected to."""
    import httpx2

    class Guarded(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            host = request.url.host
            address = await guard.address_of(str(request.url))
            if address != host:
                request.extensions = {**request.extensions, "sni_hostname": host}
                request.url = request.url.copy_with(host=address)
            return await super().handle_async_request(request)

    return Guarded()


def _failed(error: BaseException, *, sent: bool) -> ToolError:
    """What an error of the client's means; its own words may hold an address."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    if isinstance(error, ToolError):
        return error
    kind = type(error).__name__
    if sent:
        return ToolUnknown(f"The MCP server broke off ({kind}).", outage=True)
    return ToolUnavailable(f"The MCP server cannot be reached ({kind}).", outage=True)
