"""Whoever breaks into a process that reads strangers' files finds no secret of the service."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from recado.documents.process import started
from recado.media.reading.pictures.process import PictureProcess
from recado.media.reading.pictures.tasks import Frames, MakeSmall
from tests.support.files import picture

NAME = "WHATSAPP_ACCESS_TOKEN"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells it")


async def known_to(pid: int | None) -> bytes:
    return await asyncio.to_thread(Path(f"/proc/{pid}/environ").read_bytes)


async def test_the_reader_of_documents_knows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "secret")
    async with started("recado.documents.apart:answer") as child:
        known = await known_to(child.pid)
    assert b"PATH=" in known
    assert NAME.encode() not in known


async def test_the_reader_of_pictures_knows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "secret")
    process = PictureProcess()
    try:
        await process.ask(MakeSmall(picture(), "image/jpeg", 100, 100_000), Frames)
        known = await known_to(process.pid)
    finally:
        await process.close()
    assert b"PATH=" in known
    assert NAME.encode() not in known
