"""A page for browsers at an address that nothing serves."""

from __future__ import annotations

from typing import NoReturn

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from recado.desk.visit import Desk, Visit
from recado.errors import NotFound


async def _missing(_visit: Visit) -> Response:
    raise NotFound("There is nothing at this address. It may have been moved or mistyped.")


class NotFoundPage(BaseRoute):
    """Matches partially what a browser asks for, so that any route that fits goes first, before
    or behind this one; programs get the server's own answer."""

    def __init__(self, desk: Desk) -> None:
        self._endpoint = desk.endpoint(_missing, None)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] != "GET":
            return Match.NONE, {}
        wants_page = "text/html" in Headers(scope=scope).get("accept", "")
        return (Match.PARTIAL if wants_page else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> NoReturn:
        raise LookupError("The page for missing addresses has no address of its own.")

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._endpoint(Request(scope, receive))
        await response(scope, receive, send)
