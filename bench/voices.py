"""200 voice notes at once, with a transcriber that takes its time: what do others notice, who write
or send photos?"""

from __future__ import annotations

import asyncio
import io
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import segno
from aiohttp import web

from bench.client import Connection, Timings, prepare_post
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
PHOTOS, PHOTO_SECONDS, _PHOTO_PHONE = 20, 1.5, 9_000


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
            await _photos(chat, process, graph, 2, run="warm")
            before, photos = await asyncio.gather(
                chat.steady(CONTACTS, MESSAGES // 2, RATE, run="before"),
                _photos(chat, process, graph, PHOTOS, run="before"),
            )
            report.add(f"text at {RATE:.0f} messages/s, and photos", tail(before))
            report.add("a photo at a time, until it is answered", tail(photos))
            began = time.perf_counter()
            await _send_notes(process, graph, note)
            during, photos = await asyncio.gather(
                chat.steady(CONTACTS, MESSAGES, RATE, run="during"),
                _photos(chat, process, graph, PHOTOS, run="during"),
            )
            beside = f"while {NOTES} voice notes are read, {TRANSCRIBER_SECONDS:.0f} s each"
            report.add(f"text {beside}", tail(during))
            report.add(f"photos {beside}", tail(photos))
            for _ in range(6_000):
                if _answered(graph) >= NOTES:
                    break
                await asyncio.sleep(0.1)
            taken = time.perf_counter() - began
            report.add(f"{NOTES} voice notes at once, until the last is answered", f"{taken:.0f} s")
        finally:
            await process.kill()


async def _photos(
    chat: Chat, process: RecadoProcess, graph: GraphStub, count: int, *, run: str
) -> Timings:
    """One photo after the other, each of somebody else, with a question that it is read for."""
    timings, connection = Timings(), Connection(f"{process.url}/webhooks/whatsapp")
    made = io.BytesIO()
    segno.make("https://recado.example/1").save(made, kind="png", scale=8)
    for number in range(count):
        id = f"{abs(hash(run)) % 10**6:06}8{number:03}"
        graph.media[id] = ("image/png", made.getvalue())
        sender = phone(_PHOTO_PHONE + len(graph.media))
        message = media_message(
            "image",
            id,
            id=f"wamid.photo.{run}.{number}",
            sender=sender,
            mime_type="image/png",
            sha256="",
            caption="¿Qué dice?",
        )
        timings.latencies.append(await chat.say(connection, sender, message))
        await asyncio.sleep(PHOTO_SECONDS)
    connection.close()
    return timings


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
