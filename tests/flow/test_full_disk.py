"""A database that has no room refuses what comes, loses nothing, and goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from recado.errors import ServiceUnavailable
from recado.media.storage.folder import FolderBlobs
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message, webhook

ROOM = 1_000_000


class Disk:
    """How many pages every database may have whose connection opens from now on."""

    def __init__(self) -> None:
        self.pages = ROOM

    def opened(self, connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={self.pages}")

    async def fill(self, flow: Flow) -> None:
        self.pages = await flow.write(lambda tx: tx.sql("PRAGMA page_count").scalar()) + 1
        await flow.write(lambda tx: tx.sql(f"PRAGMA max_page_count={self.pages}"))

    async def clear(self, flow: Flow) -> None:
        self.pages = ROOM
        await flow.write(lambda tx: tx.sql(f"PRAGMA max_page_count={ROOM}"))


@pytest.fixture
def disk() -> Iterator[Disk]:
    found = Disk()
    event.listen(Engine, "connect", found.opened)
    yield found
    event.remove(Engine, "connect", found.opened)


async def test_webhooks_are_refused_while_it_is_full_and_taken_afterwards(
    tmp_path: Path, disk: Disk
) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola", id="wamid.first"))
        await flow.until_sent(1)
        await flow.quiet()
        await flow.stop_workers()  # or a lease that cannot be given back has to end first
        await disk.fill(flow)
        bodies = [
            webhook(messages=[text_message("y" * 2000, sender=f"1650555{n:04}", id=f"wamid.{n}")])
            for n in range(20)
        ]
        waiting = []
        for body in bodies:
            answer = await flow.post(body)
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) > 0
                waiting.append(body)
        assert waiting
        await disk.clear(flow)
        await flow.start_workers()
        for body in waiting:
            assert (await flow.post(body)).status_code == 200
        await flow.until_sent(21, hurried=True)
        await flow.quiet(hurried=True)
        heard = await flow.messages(direction="inbound")
        assert len(heard) == 21
        assert len({message.provider_message_id for message in heard}) == 21
        assert len(flow.sent) == 21


async def test_a_file_for_which_there_is_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    class Full(FolderBlobs):
        def _sync(self, file: Any) -> None:
            raise OSError(28, "No space left on device")

    blobs = Full(tmp_path)
    with pytest.raises(ServiceUnavailable, match="No space left"):
        await blobs.put("ab/" + "a" * 62, b"data")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
