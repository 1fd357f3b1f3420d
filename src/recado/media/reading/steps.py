"""One step of reading a file: its readers in their order, each tried a few times, once is enough.

What a reader found is kept before anything else happens: whoever comes after a crash goes on there.
"""

from __future__ import annotations

import time
from typing import Any

import structlog
from sqlalchemy import Row, select

from recado.errors import FileRefused, ReadingFailed
from recado.media.model import Media
from recado.media.reading.findings import columns_of
from recado.media.reading.limit import limited
from recado.media.reading.model import MediaReading
from recado.media.reading.plan import Step
from recado.media.reading.port import FileReader, FileReading, FileToRead
from recado.media.reading.spending import noting_uses
from recado.runtime import Runtime
from recado.store import Tx, new_id, now

#: How often one reader is tried. A file that ends the process each time is left alone then, too.
MOST_TRIES = 3
#: Readers end by themselves long before; one that does not shall not hold a place for ever. That
#: it waits for others on this machine does not count.
MOST_SECONDS = 900.0
AGAIN_SECONDS, AGAIN_MOST_SECONDS = 2.0, 120.0
#: A step in one of these is over.
OVER = ("done", "failed")
_ENDED = ReadingFailed("Whoever read it came to an end each time.")
#: Why a reader was not asked.
NO_BUDGET = "The budget of the day is spent."
_SLOW = ReadingFailed("It took too long to read.")

log = structlog.get_logger(__name__)


class StepTaker:
    """Takes one step of one file; `before` is its row, where it was begun already."""

    def __init__(
        self, runtime: Runtime, file: FileToRead, step: Step, before: Row[Any] | None
    ) -> None:
        self._runtime = runtime
        self._file = file
        self._step = step
        self._asked = before.reader if before is not None else ""
        self._tries = before.tries if before is not None else 0
        self._error = before.error if before is not None else None
        #: Readers that are through with it, and why they gave nothing; "": there was nothing.
        self._passed: dict[str, str] = dict(before.passed or {}) if before is not None else {}

    async def take(self) -> float | None:
        """Returns None when the step is over, else in how many seconds it is to be tried again.

        Raises ServiceUnavailable.
        """
        for reader in self._step.readers:
            if reader.name in self._passed:
                continue
            if reader.name != self._asked:
                self._asked, self._tries, self._error = reader.name, 0, None
            if self._tries >= MOST_TRIES:
                self._passed[reader.name] = self._error or _ENDED.detail
                continue
            if not await self._may_cost(reader):
                self._passed[reader.name] = NO_BUDGET
                continue
            self._tries += 1
            await self._note(state="reading", error=self._error, started_at=now())
            found = await self._read(reader)
            if isinstance(found, float):
                await self._note(state="waiting", error=self._error)
                return found
            if found is not None and found.pieces:
                await self._note(state="done", error=None, finished_at=now(), **columns_of(found))
                return None
            if found is not None:
                await self._note(state="reading", error=None, **columns_of(found))
        reasons = list(self._passed.values())
        failed = all(reasons)
        error = reasons[0] if failed else None
        await self._note(state="failed" if failed else "done", error=error, finished_at=now())
        return None

    async def _may_cost(self, reader: FileReader) -> bool:
        if not reader.paid_model:
            return True
        spending = self._runtime.reading.spending
        return await spending.allows(self._file.media_id, reader.paid_model)

    async def _read(self, reader: FileReader) -> FileReading | float | None:
        """What the reader finds; in how many seconds it is asked again; None: not by this one."""
        began, waited, outcome = time.perf_counter(), 0.0, "error"
        try:
            async with limited(MOST_SECONDS) as clock:
                try:
                    found = await self._read_noting(reader)
                finally:
                    waited = clock.waited
            outcome = "read" if found.pieces else "nothing"
        except FileRefused as error:
            outcome, self._passed[reader.name] = "refused", error.detail
            return None
        except (ReadingFailed, TimeoutError) as error:
            failure = error if isinstance(error, ReadingFailed) else _SLOW
            outcome, self._error = "failed", failure.detail
            if self._tries < MOST_TRIES:
                return max(failure.again_after_seconds, _backoff(self._tries))
            self._passed[reader.name] = self._error
            return None
        finally:
            taken = time.perf_counter() - began - waited
            self._runtime.metrics.reading(reader.name, outcome, taken)
            if outcome not in ("read", "nothing"):
                media, why = self._file.media_id, self._error or self._passed.get(reader.name)
                log.warning("media.not_read", media=media, reader=reader.name, reason=why)
        if not found.pieces:
            self._passed[reader.name] = ""
        return found

    async def _read_noting(self, reader: FileReader) -> FileReading:
        """What it used is kept also where it found nothing."""
        with noting_uses() as uses:
            try:
                return await reader.read(self._file)
            finally:
                if uses:
                    await self._runtime.reading.spending.keep(self._file.media_id, uses)

    async def _note(self, **values: Any) -> None:
        values |= {"reader": self._asked, "tries": self._tries, "passed": self._passed}
        row = {**_new(self._file.media_id, self._step.name), **values}

        def work(tx: Tx) -> None:
            # Of a file that was erased meanwhile nothing is written down any more.
            here = select(Media.id).where(Media.id == self._file.media_id)
            if tx.first(here.with_for_update(read=True, key_share=True)) is not None:
                kept = tx.insert(MediaReading).values(row)
                keys = ["media_id", "step"]
                tx.execute(kept.on_conflict_do_update(index_elements=keys, set_=values))

        await self._runtime.store.write(work)


def _backoff(tries: int) -> float:
    return min(AGAIN_MOST_SECONDS, AGAIN_SECONDS * 4.0 ** (tries - 1))


def _new(media_id: str, step: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "media_id": media_id,
        "step": step,
        "pieces": [],
        "unread": [],
        "waveform": None,
        "language": "",
        "pages": None,
        "seconds": None,
        "error": None,
        "started_at": now(),
        "finished_at": None,
    }
