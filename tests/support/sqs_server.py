"""SQS in a test's own process: moto's server, in a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from moto.server import ThreadedMotoServer

from tests.support.engines import TEST_PARTITIONS, require_engine


@asynccontextmanager
async def sqs_url() -> AsyncIterator[str]:
    """A RECADO_QUEUE_URL with queues of its own, which are gone afterwards."""
    require_engine("sqs")
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
