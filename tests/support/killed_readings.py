"""Files whose process is killed at a chosen line between the fetch and the answer.

`python -m tests.support.killed_readings CONFIG` forks a process for each try: one that is sent a
photo and kills itself (SIGKILL) at the nth line of ours from the fetch on, and one that starts
again and finishes. Each run is told as a line of JSON; the provider is the caller's stub.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import msgspec
from sqlalchemy import select, text
from starlette.applications import Starlette

from recado.app.services import ingest_routes
from recado.app.wiring import build_runtime, close_runtime
from recado.conversations.model import ContactIdentity, Message
from recado.errors import FileRefused
from recado.media.model import Media
from recado.media.reading.model import MediaReading
from recado.media.reading.plan import Plan, Step
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece
from recado.queue.worker import Worker
from recado.runtime import Runtime
from recado.settings import load_settings
from recado.store import Tx
from tests.support.flow import CONSUMERS
from tests.support.killed_turns import Killer, forked
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, media_message, sign, webhook

_OURS = ("/recado/media/", "/recado/turns/")
_FETCH = ("jobs.py", "_obtain")
READERS = ("codes", "refusing", "ocr")


class Config(msgspec.Struct):
    settings: dict[str, str]
    runs: int


class Journaled(FileReader):
    """Writes down that it has read a file, which no kill takes back."""

    def __init__(self, name: str, journal: Path, *found: Piece) -> None:
        self.name = name
        self._journal = journal
        self._found = found

    def takes(self, file: FileToRead) -> bool:
        return file.kind == "image"

    async def read(self, file: FileToRead) -> FileReading:
        with self._journal.open("a") as journal:
            journal.write(f"{self.name}\n")
        if not self._found:
            raise FileRefused("Not by this one.")
        return FileReading(self._found)


async def started(config: Config, journal: Path) -> tuple[Runtime, Worker]:
    runtime = await build_runtime(load_settings(None, **config.settings))
    codes = Journaled("codes", journal, Piece("7790001", "code"))
    ocr = Journaled("ocr", journal, Piece("Subtotal 4.300,00\nTOTAL $ 5.203,00"))
    kinds = {"image"}
    runtime.reading = Plan(
        [
            Step("codes", kinds, (codes,)),
            Step("text", kinds, (Journaled("refusing", journal), ocr)),
        ]
    )
    await runtime.queue.recover()  # as a process does at its start: what the dead one held
    worker = Worker(runtime.queue, runtime.store, [make(runtime) for make in CONSUMERS])
    await worker.start()
    return runtime, worker


async def quiet(runtime: Runtime, worker: Worker) -> None:
    """Until nothing is left to do, but for an answer of which nobody can tell whether it was sent:
    it waits for evidence, which only a provider that lives can give."""

    try:
        async with asyncio.timeout(120):
            while not worker.is_idle or await left_to_do(runtime) or not worker.is_idle:
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"left to do: {await left_to_do(runtime)}") from None


async def left_to_do(runtime: Runtime) -> list[dict[str, Any]]:
    """What waits is due at once from now on."""

    def left(tx: Tx) -> list[dict[str, Any]]:
        tx.execute(text("UPDATE job SET ready_at = 0 WHERE lease IS NULL"))
        unknown = tx.all(select(Message.id).where(Message.status == "unknown"))
        waits = [f'"message_id":"{it.id}"'.encode() for it in unknown]
        jobs = [it._asdict() for it in tx.all(text("SELECT * FROM job"))]
        return [it for it in jobs if not (it["queue"] == "send" and _names(it["body"], waits))]

    return await runtime.store.write(left)


def _names(body: bytes, waits: list[bytes]) -> bool:
    return any(it in body for it in waits)


def sender_of(run: int) -> str:
    return f"54911500{run:05}"


async def send_and_die(config: Config, run: int, killer: Killer, journal: Path) -> int:
    runtime, worker = await started(config, journal)
    killer.arm()
    app = Starlette(routes=list(ingest_routes(runtime)))
    transport = httpx.ASGITransport(app=app)
    photo = media_message(
        "image", "1013859600285441", sha256="", caption="¿Cuánto es el total?",
        sender=sender_of(run),
    )  # fmt: skip
    body = webhook(messages=[photo])
    async with httpx.AsyncClient(transport=transport, base_url="http://recado") as client:
        answer = await client.post("/webhooks/whatsapp", content=body, headers=sign(body))
    assert answer.status_code == 200
    await quiet(runtime, worker)
    await worker.stop()
    await close_runtime(runtime)
    return killer.count


async def written_down(config: Config, run: int) -> list[str]:
    """The readers that are through with the photo by the rows that the dead process has left."""
    runtime = await build_runtime(load_settings(None, **config.settings))

    def seen(tx: Tx) -> list[str]:
        steps = tx.all(
            select(MediaReading.__table__)
            .join(Media, Media.id == MediaReading.media_id)
            .join(Message, Message.id == Media.message_id)
            .join(ContactIdentity, ContactIdentity.contact_id == Message.contact_id)
            .where(ContactIdentity.value == sender_of(run))
        )
        done = [it.reader for it in steps if it.state == "done"]
        return sorted({*done, *(name for it in steps for name in it.passed or ())})

    through = await runtime.store.read(seen)
    await close_runtime(runtime)
    return through


async def finish(config: Config, run: int, journal: Path) -> dict[str, Any]:
    runtime, worker = await started(config, journal)
    await quiet(runtime, worker)
    await worker.stop()

    def seen(tx: Tx) -> dict[str, Any]:
        contact = tx.scalar(
            select(ContactIdentity.contact_id).where(ContactIdentity.value == sender_of(run))
        )
        messages = tx.all(select(Message.__table__).where(Message.contact_id == contact))
        files = tx.all(
            select(Media.__table__).where(Media.message_id.in_([it.id for it in messages]))
        )
        steps = tx.all(
            select(MediaReading.__table__).where(MediaReading.media_id.in_([f.id for f in files]))
        )
        return {
            "said": [it.text for it in messages if it.direction == "outbound"],
            "unknown": any(it.status == "unknown" for it in messages),
            "files": [[it.state, it.reading, it.text] for it in files],
            "steps": sorted([it.step, it.state, it.reader] for it in steps),
        }

    found = await runtime.store.read(seen)
    await close_runtime(runtime)
    return {**found, "read": journal.read_text().split() if journal.exists() else []}


async def runs_of(folder: Path, api_url: str, database: str, runs: int) -> list[dict[str, Any]]:
    """What each try has told, of those that were killed."""
    settings = {
        "RECADO_DATA": str(folder / "data"),
        "RECADO_QUIET_SECONDS": "0",
        "RECADO_SQLITE_SYNC": "off",  # a killed process loses no page of the system's
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": database,
        "WHATSAPP_APP_SECRET": SECRET,
        "WHATSAPP_VERIFY_TOKEN": "a verify token",
        "WHATSAPP_ACCESS_TOKEN": "an access token",
        "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
        "WHATSAPP_API_URL": api_url,
    }
    file = folder / "config.json"
    file.write_text(json.dumps({"settings": settings, "runs": runs}))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.killed_readings", str(file)),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(it) for it in said.decode().splitlines() if it.startswith('{"run"')]


def main(path: str) -> None:
    config = msgspec.json.decode(Path(path).read_bytes(), type=Config)
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "told")

        numbers = itertools.count()

        def sent(at: int) -> tuple[int, int, Any]:
            run = next(numbers)
            killer = Killer(at, told, ours=_OURS, effect=_FETCH)
            journal = Path(folder, str(run))
            return run, *forked(lambda: send_and_die(config, run, killer, journal), told)

        _, _, most = sent(0)
        for wanted in range(config.runs):
            at = 1 + wanted * most // config.runs
            run, died, place = sent(at)
            while not died:  # one that waited less often was done before that line
                run, died, place = sent(at := at * 9 // 10)
            journal = Path(folder, str(run))
            # In a process of its own: a process keeps the node that it has claimed.
            _, through = forked(lambda r=run: written_down(config, r), told)
            _, found = forked(lambda r=run, j=journal: finish(config, r, j), told)
            about = {"run": run, "died": died, "place": place, "lines": most, "through": through}
            about |= found
            sys.stdout.write(json.dumps(about) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
