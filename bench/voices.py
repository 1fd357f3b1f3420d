"""200 voice notes at once, with a transcriber that takes its time: what do others notice?"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from bench.client import Connection, prepare_post
from bench.pipeline import Chat, phone
from bench.report import Report, tail
from tests.support.graph import GraphStub
from tests.support.payloads import media_message, sign, webhook
from tests.support.process import RecadoProcess
from tests.support.voice_notes import encode, speak

NOTES = 200
TRANSCRIBER_SECONDS = 5.0
QUESTION = "¿A qué hora abren el sábado?"
RATE, CONTACTS, MESSAGES = 10.0, 50, 600
_FIRST_PHONE = 5_000


@asynccontextmanager
async def slow_transcriber(seconds: float) -> AsyncIterator[str]:
    """A server in OpenAI's shape, by its base URL."""

    async def transcribe(request: web.Request) -> web.Response:
        await request.post()
        await asyncio.sleep(seconds)
        return web.json_response({"text": QUESTION, "language": "spanish", "duration": 3.0})

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/audio/transcriptions", transcribe)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/v1"
    finally:
        await runner.cleanup()


async def voices(folder: Path, report: Report) -> None:
    if shutil.which("espeak-ng") is None:
        report.add(f"{NOTES} voice notes", "left out", "espeak-ng is not installed")
        return
    note = await asyncio.to_thread(lambda: encode(speak(QUESTION)))
    async with GraphStub() as graph, slow_transcriber(TRANSCRIBER_SECONDS) as url:
        process = RecadoProcess(
            folder / "voices",
            graph.url,
            RECADO_QUIET_SECONDS="0",
            RECADO_PAIR_INTERVAL_SECONDS="0",
            RECADO_TRANSCRIPTION="openai:slow",
            OPENAI_BASE_URL=url,
            OPENAI_API_KEY="nobody's",
            LOG_LEVEL="ERROR",
        )
        await process.start()
        try:
            chat = Chat(process, graph)
            await chat.crowd(CONTACTS, 200, run="warm")
            before = await chat.steady(CONTACTS, MESSAGES // 2, RATE, run="before")
            report.add(f"text at {RATE:.0f} messages/s, nothing else", tail(before))
            began = time.perf_counter()
            await _send_notes(process, graph, note)
            during = await chat.steady(CONTACTS, MESSAGES, RATE, run="during")
            report.add(
                f"the same while {NOTES} voice notes are read, {TRANSCRIBER_SECONDS:.0f} s each",
                tail(during),
            )
            for _ in range(6_000):
                if _answered(graph) >= NOTES:
                    break
                await asyncio.sleep(0.1)
            taken = time.perf_counter() - began
            report.add(f"{NOTES} voice notes at once, until the last is answered", f"{taken:.0f} s")
        finally:
            await process.kill()


async def _send_notes(process: RecadoProcess, graph: GraphStub, note: bytes) -> None:
    url = f"{process.url}/webhooks/whatsapp"
    connection = Connection(url)
    for number in range(NOTES):
        id = f"7{number:06}"
        graph.media[id] = ("audio/ogg", note)
        about = {"mime_type": "audio/ogg; codecs=opus", "sha256": "", "voice": True}
        message = media_message(
            "audio",
            id,
            id=f"wamid.voice.{number}",
            sender=phone(_FIRST_PHONE + number),
            **about,  # type: ignore[arg-type]
        )
        body = webhook(messages=[message])
        await connection.request(prepare_post(url, body, sign(body)))
    connection.close()


def _answered(graph: GraphStub) -> int:
    """Who was answered what they asked, and not only told to wait."""
    theirs = {phone(_FIRST_PHONE + number) for number in range(NOTES)}
    return len(
        {
            item.to.lstrip("+")
            for item in graph.received
            if item.to.lstrip("+") in theirs and "9:00" in item.body["text"]["body"]
        }
    )
