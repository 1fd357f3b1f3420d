"""Nothing can be written: the log has no reader or no room, the disk is full. Work goes on as far
as it can, and goes on wholly when there is room again."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import aiohttp
import pytest

from tests.support.graph import GraphStub
from tests.support.payloads import SECRET, sign, text_message, webhook
from tests.support.process import Api, RecadoProcess
from tests.support.waiting import until

pytestmark = pytest.mark.acceptance


@asynccontextmanager
async def answering(
    data: Path, writes_to: int | None = None
) -> AsyncIterator[tuple[RecadoProcess, GraphStub, aiohttp.ClientSession]]:
    process = RecadoProcess(data)
    process.writes_to = writes_to
    async with (
        GraphStub(webhook=f"{process.url}/webhooks/whatsapp", secret=SECRET) as graph,
        aiohttp.ClientSession() as session,
    ):
        process.configure(WHATSAPP_API_URL=graph.url, RECADO_QUIET_SECONDS="0", LOG_LEVEL="DEBUG")
        try:
            yield process, graph, session
        finally:
            await process.kill()


async def post(session: aiohttp.ClientSession, url: str, body: bytes) -> tuple[int, str]:
    address = f"{url}/webhooks/whatsapp"
    async with session.post(address, data=body, headers=sign(body)) as answer:
        return answer.status, answer.headers.get("retry-after", "")


@pytest.mark.parametrize("how", ["full", "closed"])
async def test_without_a_place_for_the_log_every_message_is_answered(
    tmp_path: Path, how: str
) -> None:
    if how == "full":
        writes_to = os.open("/dev/full", os.O_WRONLY)
        reader = -1
    else:
        reader, writes_to = os.pipe()
    with closing(os.fdopen(writes_to, "wb")):
        async with answering(tmp_path / "data", writes_to) as (process, graph, session):
            if how == "closed":
                os.close(reader)  # whoever read the log has gone
            await process.start()
            for number in range(20):
                message = text_message("hola", sender=f"16505550{number:03}", id=f"wamid.{number}")
                # And what makes it complain, in between.
                assert (await post(session, process.url, webhook(messages=[message])))[0] == 200
                odd = b'{"object":"whatsapp_business_account","entry":[{"changes":[3]}]}'
                assert (await post(session, process.url, odd))[0] == 200
            await until(lambda: _is(len(graph.received) >= 20))
            async with session.get(f"{process.url}/ready") as ready:
                assert ready.status == 200
            async with session.get(f"{process.url}/metrics") as metrics:
                assert "recado_log_lines_lost_total 0.0" not in await metrics.text()
            assert await process.stop() == 0


async def _is(found: bool) -> bool:
    return found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here; as root it can")
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "somebody else's"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"x")
    return filler


async def test_a_full_disk_refuses_webhooks_until_there_is_room_again(small_disk: Path) -> None:
    async with answering(small_disk / "data") as (process, graph, session):
        await process.start()
        bodies = [
            webhook(messages=[text_message("x" * 3000, sender=f"1650555{n:04}", id=f"wamid.{n}")])
            for n in range(200)
        ]
        first = webhook(messages=[text_message("hola", id="wamid.first")])
        assert (await post(session, process.url, first))[0] == 200
        await until(lambda: _is(len(graph.received) >= 1))
        filler = fill(small_disk)
        waiting = list(bodies)
        refused = 0
        for body in bodies:
            status, retry_after = await post(session, process.url, body)
            assert status in (200, 503)
            if status == 200:
                waiting.remove(body)
            else:
                refused += 1
                assert int(retry_after) > 0
        assert refused
        async with session.get(f"{process.url}/health") as health:
            assert health.status in (200, 503)  # it says so, and lives
        filler.unlink()
        async with asyncio.timeout(120):
            while waiting:
                for body in list(waiting):
                    if (await post(session, process.url, body))[0] == 200:
                        waiting.remove(body)
        await until(lambda: _is(len(graph.received) >= 201))
        messages = await Api(session, process.url).all("messages", direction="inbound")
        assert len(messages) == 201
        async with session.get(f"{process.url}/ready") as ready:
            assert ready.status == 200, await ready.text()
        assert await process.stop() == 0
