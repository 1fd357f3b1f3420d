"""A whole Recado for a test, as the process builds it, on a database of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from recado.app.wiring import build_runtime, close_runtime
from recado.runtime import Runtime
from recado.settings import load_settings
from tests.support.engines import postgresql_url

API_KEY = "test-api-key-0123456789"

#: The data of a fresh installation, made once: migrations and sample knowledge take their time.
_fresh: list[tempfile.TemporaryDirectory[str]] = []


@asynccontextmanager
async def make_runtime(
    tmp_path: Path, *, services: Sequence[str] = (), **settings: Any
) -> AsyncIterator[Runtime]:
    """A runtime without workers; its data in `tmp_path`, `settings` by their outside names."""
    values = {
        "RECADO_DATA": tmp_path,
        "RECADO_SQLITE_SYNC": "off",  # a test that loses power has other worries
        "RECADO_QUIET_SECONDS": 0,
        "RECADO_API_KEY": API_KEY,
        "RECADO_IMAGE_READER": "none",
        "RECADO_RATINGS": "off",  # a test that wants to be asked says so
        **settings,
    }
    if "DATABASE_URL" not in settings:
        shutil.copytree(await _fresh_data(), tmp_path, dirs_exist_ok=True)
    runtime = await build_runtime(load_settings(None, **values), services)
    try:
        yield runtime
    finally:
        await close_runtime(runtime)


@asynccontextmanager
async def make_runtime_on(database: str, tmp_path: Path, **settings: Any) -> AsyncIterator[Runtime]:
    """As make_runtime, on `sqlite` or on a database of its own on `postgresql`."""
    async with AsyncExitStack() as stack:
        if database == "postgresql":
            settings["DATABASE_URL"] = await stack.enter_async_context(postgresql_url())
        yield await stack.enter_async_context(make_runtime(tmp_path, **settings))


async def _fresh_data() -> str:
    if not _fresh:
        folder = tempfile.TemporaryDirectory(prefix="recado-fresh-")
        settings = load_settings(None, RECADO_DATA=folder.name, RECADO_SQLITE_SYNC="off")
        await close_runtime(await build_runtime(settings))
        _fresh.append(folder)
    return _fresh[0].name


@asynccontextmanager
async def api_client(app: Any, *, key: str | None = API_KEY) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that calls `app` within this process; `key` None sends none."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://recado.test", headers=headers
    ) as client:
        yield client
