"""SQS in a test's own process: moto's server, in a thread, with one thing put right.

SQS brings nothing of a message group while any of its messages is in hand, and then all from the
first one on:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
moto 5.2 (sqs/models.py, receive_message) counts a message as in hand until it comes across it in
its walk through the queue, so when several of a group become visible again it passes over all but
the last and hands that out first. It also ignores ReceiveRequestAttemptId: what was on its way over
a connection that broke comes only when its time in hand has ended.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from moto.server import ThreadedMotoServer
from moto.sqs.models import Queue

from tests.support.engines import TEST_PARTITIONS, require_engine

#: What remains wrong there, for tests in which many messages of a group are left in hand.
MOTO_MISORDERS = (
    "moto ends each message's time in hand by itself, and may hand out the last of a group when the"
    " others became visible during its walk; SQS brings a group from its first message on"
)


def _groups_in_hand(queue: Queue) -> set[str]:
    held = list(queue.pending_messages)  # at once: another thread may be changing it
    return {it.group_id for it in held if it.group_id is not None and not it.visible}


@asynccontextmanager
async def sqs_url() -> AsyncIterator[str]:
    """A RECADO_QUEUE_URL with queues of its own, which are gone afterwards."""
    require_engine("sqs")
    Queue.pending_message_groups = property(_groups_in_hand)  # type: ignore[method-assign, assignment]
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        prefix = f"test-{uuid4().hex[:8]}"
        yield (
            f"sqs://key:secret@us-east-1/{prefix}?partitions={TEST_PARTITIONS}&wait=1"
            f"&endpoint=http://{host}:{port}"
        )
    finally:
        server.stop()
