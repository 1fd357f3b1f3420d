"""The bare limits: what the disk, SQLite and Starlette can do with nothing else to do."""

from __future__ import annotations

import asyncio
import hmac
import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bench.client import Timings

SECRET = b"an app secret"


def group_commit_rows(folder: Path, seconds: float = 3.0, group: int = 200) -> float:
    """Rows a second into an append-only table, `group` rows a commit, full sync."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE item (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, lane TEXT, body BLOB)"
    )
    body, rows = os.urandom(1100), 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO item (id, lane, body) VALUES (?, ?, ?)",
            [(f"wamid.{rows + i}", f"lane {i}", body) for i in range(group)],
        )
        connection.execute("COMMIT")
        rows += group
    rate = rows / (time.perf_counter() - began)
    connection.close()
    return rate


def sync_times(folder: Path, count: int = 200) -> Timings:
    """How long the disk itself takes to make 4 KB durable."""
    timings = Timings()
    began = time.perf_counter()
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(count):
            file.write(os.urandom(4096))
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            timings.latencies.append(time.perf_counter() - started)
    timings.elapsed = time.perf_counter() - began
    return timings


async def _receive(request: Request) -> PlainTextResponse:
    body = await request.body()
    digest = hmac.digest(SECRET, body, "sha256").hex()
    given = request.headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(f"sha256={digest}", given):
        return PlainTextResponse("", 403)
    msgspec.json.decode(body)
    return PlainTextResponse("EVENT_RECEIVED")


def serve(port: int) -> None:
    """A Starlette server that checks the signature and parses, and stores nothing."""
    app = Starlette(routes=[Route("/webhooks/whatsapp", _receive, methods=["POST"])])
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="error")


async def started_server(port: int) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.bare", str(port))
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return process
    raise RuntimeError("the bare server did not start")


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder on the disk that is measured: the present one, not a memory file system."""
    return tempfile.TemporaryDirectory(prefix=".bench-", dir=Path.cwd())


if __name__ == "__main__":
    serve(int(sys.argv[1]))
