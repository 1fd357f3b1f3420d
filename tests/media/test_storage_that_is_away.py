"""A storage that is away for some time costs nobody their file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from recado.errors import StorageFailed
from recado.media.model import Media
from recado.media.storage.folder import FolderBlobs
from tests.support.flow import running_flow
from tests.support.readers import ScriptedReader, read_by, send_photo

#: More than either job has tries.
TIMES = 7


class Away(FolderBlobs):
    """Does not answer `left` times to what is asked by `method`."""

    def __init__(self, folder: Path, method: str) -> None:
        super().__init__(folder)
        self.method, self.left = method, TIMES

    async def put(self, key: str, data: bytes) -> None:
        self._asked("put")
        await super().put(key, data)

    async def get(self, key: str) -> bytes:
        self._asked("get")
        return await super().get(key)

    def _asked(self, method: str) -> None:
        if method == self.method and self.left > 0:
            self.left -= 1
            raise StorageFailed("It cannot be reached.", reason="away")


@pytest.mark.parametrize("method", ["put", "get"])
async def test_a_file_is_kept_and_read_once_the_storage_is_back(
    tmp_path: Path, method: str
) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        blobs = Away(tmp_path / "away", method)
        flow.runtime.blobs = blobs
        read_by(flow, ("text", (ScriptedReader("ocr", "Total 5"),)))
        await flow.start_workers()
        await send_photo(flow)
        await flow.quiet(hurried=True)
        (file,) = await flow.runtime.store.read(lambda tx: tx.all(select(Media.__table__)))
        assert (blobs.left, file.state, file.reading, file.text) == (0, "stored", "done", "Total 5")
