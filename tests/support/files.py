"""Files of every kind, small and real, and a server that serves them badly."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from PIL import Image

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HTML = b"<!DOCTYPE html><html><script>alert(document.cookie)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ELF = b"\x7fELF\x02\x01\x01" + bytes(60)
VOICE = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead\x01\x01" + bytes(50)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64)


def picture(kind: str = "JPEG", size: tuple[int, int] = (8, 8)) -> bytes:
    data = io.BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", size).save(data, kind)
    return data.getvalue()


def archive(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "/"), content)
    return data.getvalue()


def word_document(body: bytes = b"<w:document/>") -> bytes:
    return archive(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": body})


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server on loopback that answers everything with `handler`; its URL."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def stream(
    request: web.BaseRequest, total: int, *, pause_seconds: float = 0.0
) -> web.StreamResponse:
    """`total` bytes without a Content-Length."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    piece = bytes(64 * 1024) if not pause_seconds else b"x"
    sent = 0
    while sent < total:
        await response.write(piece)
        sent += len(piece)
        if pause_seconds:
            await asyncio.sleep(pause_seconds)
    return response
