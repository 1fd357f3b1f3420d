"""Celery with Redis: `celery -A bench.rivals.celery_job worker`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery

from bench.rivals import job

app = Celery("rival", broker=os.environ["RIVAL_REDIS"])
app.conf.update(
    task_ignore_result=True, worker_prefetch_multiplier=32, worker_hijack_root_logger=False
)


@app.task(name="answer")  # type: ignore[untyped-decorator]  # Celery ships no annotations
def answer(message: dict[str, Any]) -> None:
    job.answer(message)


def enqueue(message: dict[str, Any]) -> None:
    answer.delay(message)
