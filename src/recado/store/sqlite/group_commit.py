"""Group commit on SQLite: many small works share one COMMIT.

Whatever waits when the previous commit ends goes into the next one. A fixed collecting window was
measured and is worse at both ends (a lone write waits for nothing, a crowd is cut into small
commits).

A group is written in one of two places. Brief works run on the event loop, for a thread would
have to wait for the interpreter's lock at each statement; their COMMIT too, as long as the disk is
quick, else a thread waits for it. All other works, and whatever has to wait for another process's
lock, run in the writer thread.

There each work has a savepoint of its own, so that one that fails takes nothing else with it. On
the event loop none has: for a savepoint SQLite copies every page before it is changed, which took
a tenth of a brief work's time. When one fails there, the group goes to the thread as if it had
never begun.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from recado.errors import ServiceUnavailable
from recado.store.sqlite.driver import SqliteDriver, call_work, translated
from recado.store.store import Tx, Work

T = TypeVar("T")
Begin = Callable[[SqliteDriver], Tx]

#: A commit takes no more works than this, so that the first of a flood is not kept waiting.
MAX_GROUP = 1000
#: How long the event loop may be kept by a group of brief works, and by the disk at their commit.
MAX_LOOP_SECONDS = 0.005
QUICK_COMMIT_SECONDS = 0.001
#: After so many changed rows it is time to move what was committed into the database.
CHECKPOINT_ROWS = 500


@dataclass(slots=True)
class _Entry:
    work: Work[Any]
    brief: bool
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None
    tx: Tx | None = None

    def settle(self) -> None:
        if self.error is None and self.tx is not None:
            self.tx.committed()
        if self.future.done():  # its caller was cancelled
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


@dataclass(slots=True)
class _Group:
    """Works that share a commit; `begun` on the event loop, and only to be committed."""

    entries: list[_Entry]
    begun: bool = False


class GroupCommit:
    """Writes through one connection, made by `connect` and replaced when it breaks.

    `patience_ms`: how long a group waits for another process's write. `on_grown` is called when the
    log has grown by CHECKPOINT_ROWS, on whatever thread has committed.
    """

    def __init__(
        self,
        connect: Callable[[], SqliteDriver],
        begin: Begin,
        *,
        patience_ms: int,
        on_grown: Callable[[], None],
    ) -> None:
        self._connect = connect
        self._begin = begin
        self._patience_ms = patience_ms
        self._on_grown = on_grown
        # Entries wait; who sets `_busy` has the connection until the group is settled.
        self._waiting: deque[_Entry] = deque()
        self._turn = threading.Lock()
        self._busy = False
        #: The loop that is going to begin the next group.
        self._called: asyncio.AbstractEventLoop | None = None
        self._driver: SqliteDriver | None = None
        self._commit_seconds = 0.0
        self._rows_at_checkpoint = 0
        self._for_thread: SimpleQueue[_Group | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, work: Work[T], *, brief: bool) -> asyncio.Future[T]:
        """Done when the work is durable (see Store.write)."""
        loop = asyncio.get_running_loop()
        entry = _Entry(work, brief, loop.create_future(), loop)
        self._waiting.append(entry)
        if not self._busy and self._called is not loop:
            # At the end of this round of the loop: what else it brings shares the commit.
            self._called = loop
            loop.call_soon(self._go_on)
        return entry.future

    async def close(self) -> None:
        """Write what waits, and release the connection."""
        while self._waiting or self._busy:
            self._go_on()
            await asyncio.sleep(0.001)
        if self._thread is not None:
            self._for_thread.put(None)
            await asyncio.to_thread(self._thread.join)
        if self._driver is not None:
            self._driver.discard()

    # Nothing that a work or the database does may end this: whoever waits for a later write would
    # wait for ever.

    def _go_on(self) -> None:
        """Begin the next group, unless one is being written. On an event loop."""
        self._called = None
        with self._turn:
            if self._busy or not self._waiting:
                return
            self._busy = True
        if not (self._waiting[0].brief and self._write_here()):
            self._hand_to_thread(_Group([]))

    def _write_here(self) -> bool:
        """Write the brief works that wait, here on the event loop. False: not possible now."""
        driver = self._driver
        if driver is None:
            return False
        try:
            driver.raw.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:  # locked by another process, or worse: the thread has patience
            return False
        group = _Group([], begun=True)
        until = time.perf_counter() + MAX_LOOP_SECONDS
        try:
            while self._waiting and self._waiting[0].brief and len(group.entries) < MAX_GROUP:
                group.entries.append(self._waiting.popleft())
                if not _run(driver, group.entries[-1], self._begin):
                    driver.reset()
                    self._waiting.extendleft(reversed(group.entries))
                    return False
                if time.perf_counter() > until:
                    break
        except BaseException as error:  # noqa: BLE001 - belongs to the callers, who get it
            self._give_up(group, error)
            self._settled(group, asyncio.get_running_loop())
            return True
        if self._commit_seconds > QUICK_COMMIT_SECONDS:
            self._hand_to_thread(group)
        else:
            self._commit(group)
            self._settled(group, asyncio.get_running_loop())
        return True

    def _settled(self, group: _Group, here: asyncio.AbstractEventLoop | None = None) -> None:
        """The connection is free again: tell the callers, each on its loop (`here` is the running
        one), and begin the next group."""
        self._busy = False
        loops: dict[asyncio.AbstractEventLoop, list[_Entry]] = {}
        for entry in group.entries:
            loops.setdefault(entry.loop, []).append(entry)
        told = False
        for loop, entries in loops.items():
            if loop is here:
                self._tell(entries)
                told = True
                continue
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._tell, entries)
                told = True
        if not told and self._waiting:
            with self._turn:
                if self._busy:
                    return
                self._busy = True
            self._hand_to_thread(_Group([]))

    def _tell(self, entries: list[_Entry]) -> None:
        for entry in entries:
            entry.settle()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _hand_to_thread(self, group: _Group) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="recado-write", daemon=True)
            self._thread.start()
        self._for_thread.put(group)

    def _run(self) -> None:
        """The writer thread."""
        while (group := self._for_thread.get()) is not None:
            try:
                if group.begun:
                    self._commit(group)
                else:
                    self._write_group(group)
            except BaseException as error:  # noqa: BLE001 - the callers get it, the thread goes on
                self._give_up(group, error)
            self._settled(group)

    def _commit(self, group: _Group) -> None:
        driver = self._driver
        started = time.perf_counter()
        try:
            if driver is None:
                raise AssertionError("a group was begun without a connection")
            driver.raw.execute("COMMIT")
            driver.forget()
        except BaseException as error:  # noqa: BLE001 - belongs to the callers, who get it
            self._give_up(group, error)
            return
        taken = time.perf_counter() - started
        self._commit_seconds += (taken - self._commit_seconds) / 8
        changed = abs(driver.raw.total_changes - self._rows_at_checkpoint)  # a new one begins at 0
        if changed > CHECKPOINT_ROWS:
            self._rows_at_checkpoint = driver.raw.total_changes
            with suppress(RuntimeError):  # it is being closed, and what is committed is durable
                self._on_grown()

    def _write_group(self, group: _Group) -> None:
        """Run whatever waits, in one transaction, with patience for other processes' locks."""
        try:
            driver = self._driver = self._driver or self._connect()
            driver.raw.execute(f"PRAGMA busy_timeout={self._patience_ms}")
            driver.raw.execute("BEGIN IMMEDIATE")
            driver.raw.execute("PRAGMA busy_timeout=0")  # on the event loop nobody waits for a lock
            while self._waiting and len(group.entries) < MAX_GROUP:
                group.entries.append(self._waiting.popleft())
                _run_in_savepoint(driver, group.entries[-1], self._begin)
        except BaseException as error:  # noqa: BLE001 - belongs to the callers, who get it
            # And what has been waiting behind it: had each work to wait for a locked database in
            # its turn, the last would wait for hours.
            while self._waiting:
                group.entries.append(self._waiting.popleft())
            self._give_up(group, error)
        else:
            self._commit(group)

    def _give_up(self, group: _Group, error: BaseException) -> None:
        """Fail the group, and begin anew with another connection."""
        if isinstance(error, sqlite3.Error | DBAPIError):
            failure: BaseException = ServiceUnavailable(f"The database did not take it: {error}")
            failure.__cause__ = error
        else:
            failure = error
        for entry in group.entries:
            entry.error = entry.error or failure
        if self._driver is not None:
            self._driver.discard()
        self._driver = None


def _run(driver: SqliteDriver, entry: _Entry, begin: Begin) -> bool:
    """False: the work failed, or has ended the transaction."""
    entry.tx = begin(driver)
    try:
        entry.result = call_work(entry.work, entry.tx)
    except BaseException:  # noqa: BLE001 - it is run again, and its caller gets what it raises then
        return False
    return driver.raw.in_transaction


def _run_in_savepoint(driver: SqliteDriver, entry: _Entry, begin: Begin) -> None:
    driver.raw.execute("SAVEPOINT work")
    entry.tx = begin(driver)
    try:
        entry.result = call_work(entry.work, entry.tx)
    except BaseException as error:  # noqa: BLE001 - belongs to the caller, who gets it
        entry.error = translated(error)
        # A full disk may have rolled back everything: then this raises, and the group fails.
        driver.raw.execute("ROLLBACK TO work")
    driver.raw.execute("RELEASE work")
