"""What the log tells of a job that went wrong: whose it was, so that a person finds the message."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import structlog
from structlog.testing import capture_logs

from recado.queue import Delivery, NewJob, QueueSpec
from recado.queue.sql.queue import SqlQueue
from recado.queue.worker import Consumer, Worker
from tests.support.runtime import make_runtime

WORK = QueueSpec("work", max_receives=2, retry_base_seconds=0.01)


async def test_what_goes_wrong_is_logged_with_its_trace_and_its_message(tmp_path: Path) -> None:
    async def fail(delivery: Delivery) -> None:
        delivery.note(message="01message", line="01line")
        delivery.note(conversation="01conversation")
        raise ValueError("no")

    async with make_runtime(tmp_path) as runtime:
        queue = SqlQueue(runtime.store)
        worker = Worker(queue, runtime.store, [Consumer(WORK, fail)])
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
            await queue.publish([NewJob("work", "lane", b"{}", trace_id="a" * 32)])
            await worker.start()
            async with asyncio.timeout(60):
                while not _of("dead letter", logs):
                    await asyncio.sleep(0.01)
            await worker.stop()
    failed = _of("job failed", logs)
    assert len(failed) == 2
    for entry in (*failed, *_of("dead letter", logs)):
        assert entry["trace_id"] == "a" * 32
        assert entry["message"] == "01message"
        assert entry["line"] == "01line"
        assert entry["conversation"] == "01conversation"


def _of(event: str, logs: list[Any]) -> list[dict[str, Any]]:
    return [entry for entry in logs if entry["event"] == event]
