"""The readers that ask a model which sees: of pictures, and of videos by two of their frames."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from recado.assistant.models.calls import ModelCall, noting
from recado.assistant.models.provider_requests import ProviderRequests
from recado.assistant.vision.describing import MOST_BYTES, SIDE, describe
from recado.errors import ModelRefused, ReadingFailed
from recado.media.reading.pictures.process import PictureProcess
from recado.media.reading.pictures.tasks import Frames, MakeSmall, TakeFrames
from recado.media.reading.pictures.unpacking import is_readable
from recado.media.reading.port import FileReader, FileReading, FileToRead

#: Keeps what was asked of the model for a file, by its id.
KeepCalls = Callable[[str, Sequence[ModelCall]], Awaitable[None]]


class _Seeing(FileReader):
    """Unpacks the pictures of a file apart, and has them described."""

    def __init__(
        self,
        connect: Callable[[], ProviderRequests],
        keep: KeepCalls,
        process: PictureProcess | None = None,
        *,
        paid_model: str = "",
    ) -> None:
        """`connect` raises ModelRefused: no such model, its library is missing, or its key."""
        self.paid_model = paid_model
        self._connect = connect
        self._requests: ProviderRequests | None = None
        self._connecting = asyncio.Lock()
        self._keep = keep
        self._process = process or PictureProcess()

    async def read(self, file: FileToRead) -> FileReading:
        task = self._task(file)
        frames = (await self._process.ask(task, Frames)).frames
        if not frames:
            return FileReading()
        try:
            requests = await self._connected()
        except ModelRefused as error:  # the installation's fault, and not the file's
            raise ReadingFailed(error.detail) from error
        made: list[ModelCall] = []
        try:
            with noting(made):
                return await describe(requests, frames, file.language)
        finally:
            if made:
                await self._keep(file.media_id, made)

    async def check(self) -> None:
        """Raises ModelRefused."""
        await self._connected()

    async def close(self) -> None:
        await self._process.close()
        if self._requests is not None:
            await self._requests.close()

    async def _connected(self) -> ProviderRequests:
        async with self._connecting:
            if self._requests is None:  # a provider's library takes two seconds to load
                self._requests = await asyncio.to_thread(self._connect)
            return self._requests

    def _task(self, file: FileToRead) -> MakeSmall | TakeFrames:
        raise NotImplementedError


class VisionReader(_Seeing):
    """Pictures, and the first one of a moving sticker."""

    name = "vision"

    def takes(self, file: FileToRead) -> bool:
        return is_readable(file.mime_type)

    def _task(self, file: FileToRead) -> MakeSmall:
        return MakeSmall(file.data, file.mime_type, SIDE, MOST_BYTES)


class FrameReader(_Seeing):
    """Videos: their first and their middle frame."""

    name = "frames"

    def takes(self, file: FileToRead) -> bool:
        return file.family == "video"

    def _task(self, file: FileToRead) -> TakeFrames:
        return TakeFrames(file.data, SIDE)
