"""Starting and ending the others' processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from tests.support.process import free_port

REDIS = os.environ.get("RECADO_BENCH_REDIS", "redis://127.0.0.1:6379/9")


class Rival:
    """A webhook server, and for a task queue its two worker processes; `url` as our process has."""

    def __init__(self, kind: str, folder: Path, graph_url: str = "") -> None:
        self.kind = kind
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._environment = {
            **os.environ,
            "RIVAL_DATABASE": str(folder / f"{kind}.db"),
            "RIVAL_GRAPH": graph_url,
            "RIVAL_REDIS": REDIS,
        }
        self._processes: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Rival:
        workers = {
            "celery": [
                *("-m", "celery", "-A", "bench.rivals.celery_job", "worker", "-c", "2"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"),
            ],
            "dramatiq": [
                *("-m", "dramatiq", "bench.rivals.dramatiq_job", "--processes", "2"),
                *("--threads", "8", "--queues", "rival"),
            ],
        }
        if self.kind in workers:
            await self._start(*workers[self.kind])
            await asyncio.sleep(4)  # neither says when it is ready
        await self._start("-m", "bench.rivals.webhook", str(self.port), self.kind)
        for _ in range(400):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return self
        raise RuntimeError(f"{self.kind}'s webhook server did not start")

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes:
            if process.returncode is None:
                # Their workers have children of their own: the whole group ends.
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes:
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    async def _start(self, *arguments: str) -> None:
        log = (self._folder / f"{self.kind}.log").open("ab")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env=self._environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self._processes.append(process)


async def redis_answers() -> bool:
    """Whether there is a Redis for their queues."""
    parts = urlsplit(REDIS)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port or 6379)
    except OSError:
        return False
    writer.close()
    return True
