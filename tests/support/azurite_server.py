"""Azure Blob Storage for tests: azurite, Microsoft's own double of it, in a process of its own.

One serves all tests of this process; each has a container of its own.
"""

from __future__ import annotations

import atexit
import re
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from uuid import uuid4

from azure.storage.blob.aio import BlobServiceClient

from tests.support.engines import AZURITE, require_engine

#: https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_LISTENS = re.compile(r"listens on (http://\S+)")


@cache
def _address() -> str:
    """Where it listens, once it does."""
    program = str(AZURITE / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js")
    options = ("--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent")
    process = subprocess.Popen(
        ["node", program, "--blobHost", "127.0.0.1", "--blobPort", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    atexit.register(process.kill)
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := _LISTENS.search(line):
            # What it says from now on is nobody's to read, and must not stop it.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found[1]
    raise AssertionError(f"azurite did not start: {''.join(said)}")


def connection_string() -> str:
    require_engine("azurite")
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
        f"BlobEndpoint={_address()}/{ACCOUNT};"
    )


@asynccontextmanager
async def azure_container() -> AsyncIterator[tuple[str, str]]:
    """A connection string and the name of a new container, which is gone afterwards."""
    told, name = connection_string(), f"test-{uuid4().hex}"
    async with BlobServiceClient.from_connection_string(told) as service:
        await service.create_container(name)
        try:
            yield told, name
        finally:
            await service.delete_container(name)
