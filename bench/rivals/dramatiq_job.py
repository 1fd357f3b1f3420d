"""dramatiq with Redis: `dramatiq bench.rivals.dramatiq_job`."""

from __future__ import annotations

import os
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from bench.rivals import job

dramatiq.set_broker(RedisBroker(url=os.environ["RIVAL_REDIS"]))


@dramatiq.actor(queue_name="rival")
def answer(message: dict[str, Any]) -> None:
    job.answer(message)


def enqueue(message: dict[str, Any]) -> None:
    answer.send(message)
