"""The admin API as its service hosts it, on a database of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from recado.admin_api.app import api_routes
from recado.http.edge import Edge
from recado.runtime import Runtime
from tests.support.runtime import api_client, make_runtime


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path, RECADO_PUBLIC_URL="https://chat.example.com") as runtime:
        yield runtime


@pytest.fixture
def app(runtime: Runtime) -> ASGIApp:
    routes = api_routes(runtime)
    return Edge(Starlette(routes=routes), service_name="conversations", stopping=asyncio.Event())


@pytest.fixture
async def api(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with api_client(app) as client:
        yield client
