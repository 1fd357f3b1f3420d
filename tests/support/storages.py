"""The storages of files that tests run over: a folder, S3 by moto's server, Azure by azurite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer

from recado.media.storage.opening import open_storage
from recado.media.storage.port import Blobs
from recado.settings import load_settings
from tests.support.aws import REGION, aws_environment
from tests.support.azurite_server import azure_container
from tests.support.engines import require_engine


class Place(NamedTuple):
    """RECADO_BLOB_URL, and the other settings that it needs."""

    url: str
    settings: dict[str, Any]

    def open(self, **settings: str) -> Blobs:
        return open_storage(self.url, load_settings(None, **{**self.settings, **settings}))


@asynccontextmanager
async def folder_place(tmp_path: Path) -> AsyncIterator[Place]:
    yield Place(f"file://{tmp_path}/kept-{uuid4().hex[:8]}", {})


@asynccontextmanager
async def s3_place(_: Path) -> AsyncIterator[Place]:
    require_engine("sqs")  # the same packages
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url, bucket = f"http://{host}:{port}", f"test-{uuid4().hex}"
        with aws_environment(url):
            client = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
            client.create_bucket(Bucket=bucket)
            yield Place(f"s3://{bucket}/recado?endpoint={url}", {"AWS_REGION": REGION})
    finally:
        server.stop()


@asynccontextmanager
async def azure_place(_: Path) -> AsyncIterator[Place]:
    async with azure_container() as (told, name):
        yield Place(f"az://{name}/recado", {"AZURE_STORAGE_CONNECTION_STRING": told})


#: By the kind that the adapter has.
STORAGES: dict[str, Callable[[Path], AbstractAsyncContextManager[Place]]] = {
    "folder": folder_place,
    "s3": s3_place,
    "azure": azure_place,
}
