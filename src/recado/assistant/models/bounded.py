"""No provider's answer fills the memory: what is longer than any reply is not read to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
from pydantic_ai.models import create_async_httpx2_client

#: A reply of 100,000 tokens has half a megabyte.
MOST_BYTES = 4 << 20
#: Compressed, though it was not asked for, it may be a thousand times as long once it is read.
MOST_COMPRESSED = 16 << 10
_COMPRESSED = {"gzip", "deflate"}


class TooMuch(httpx2.RemoteProtocolError):
    """An answer is longer than what anybody would send to a contact."""


def bounded_client() -> httpx2.AsyncClient:
    """pydantic-ai's, reading so much and no more. A hook and no transport: with one of those the
    proxies of the environment would not count."""
    client = create_async_httpx2_client()
    client.headers["accept-encoding"] = "identity"
    hooks = client.event_hooks
    client.event_hooks = {**hooks, "response": [*hooks.get("response", ()), _bound]}
    return client


async def _bound(response: httpx2.Response) -> None:
    encodings = {
        it.strip().lower() for it in response.headers.get("content-encoding", "").split(",")
    }
    encodings -= {"", "identity"}
    if len(encodings) > 1 or encodings - _COMPRESSED:
        raise TooMuch(f"The answer is compressed as {', '.join(sorted(encodings))[:60]}.")
    most = MOST_COMPRESSED if encodings else MOST_BYTES
    said = response.headers.get("content-length", "")
    if said.isdecimal() and len(said) < 20 and int(said) > most:
        raise TooMuch(f"The answer is longer than {most} bytes.")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream, most)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > self._most:
                raise TooMuch(f"The answer is longer than {self._most} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
