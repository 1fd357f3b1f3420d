"""Processes apart wake each other: one that publishes what nobody there takes calls, and those that
wait for work listen. By PostgreSQL's NOTIFY; on SQLite, writing to the file is call enough.

A call is a transaction of its own, after the one that it speaks of. Transactions that notify commit
one after the other, each with its flush (`PreCommit_Notify` in PostgreSQL's commands/async.c), so
publishing is none of them, and a call is not flushed. One that is lost costs the time until the
next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from recado.errors import ServiceUnavailable
from recado.resilience.lasting import lasting
from recado.store import Store, new_id
from recado.store.prepared import prepare
from recado.store.store import Heard

log = structlog.get_logger(__name__)

CHANNEL = "recado_jobs"
#: The first call goes out at once, and is heard at once; those of the next moments are one.
GAP_SECONDS = 0.005
#: How often one who listens asks whether calls arrive at all, and how long the answer may take: a
#: pooler may pass LISTEN on to a connection that is somebody else's the next moment, and a network
#: may have forgotten a connection.
ASK_SECONDS = 30.0
ANSWER_SECONDS = 5.0
#: How soon after a failure it tries again; doubles from one to the next.
AGAIN_SECONDS = 1.0
AGAIN_MOST_SECONDS = 60.0
#: How long a process that ends waits for its last call to go out.
LAST_SECONDS = 1.0

_CALL = prepare(
    text("SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, :said)")
)


class Wakeups:
    """`hear` is called with the names of queues in which there may be work; with None if that
    may be any queue."""

    def __init__(
        self,
        store: Store,
        hear: Callable[[Collection[str] | None], None],
        *,
        ask_seconds: float = ASK_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._store = store
        self._hear = hear
        self._ask_seconds = ask_seconds
        self._answer_seconds = answer_seconds
        self._can_speak = store.dialect == "postgresql"
        self._me = f"?{new_id()}"
        self._to_say: set[str] = set()
        self._saying: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._again_seconds = AGAIN_SECONDS
        self._in_trouble = False

    def call(self, queues: Iterable[str]) -> None:
        """Soon wake whoever waits for work in `queues`."""
        if not self._can_speak:
            return
        self._to_say.update(queues)
        if self._to_say and (self._saying is None or self._saying.done()):
            self._saying = lasting("calls:say", self._say_all)

    def listen(self) -> None:
        """From now on, be woken."""
        if self._listener is None:
            self._listener = lasting("calls:listen", self._listen)

    async def close(self) -> None:
        """What was to be said is said: whoever publishes may be a command that ends with it."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        if self._saying is not None:
            await asyncio.wait({self._saying}, timeout=LAST_SECONDS)
            self._saying.cancel()
            await asyncio.gather(self._saying, return_exceptions=True)

    async def _say_all(self) -> None:
        while self._to_say:
            said = ",".join(sorted(self._to_say))
            self._to_say.clear()
            with suppress(ServiceUnavailable, SQLAlchemyError):  # then they find it by looking
                await self._say(said)
            await asyncio.sleep(GAP_SECONDS)

    async def _say(self, said: str) -> None:
        await self._store.run(_CALL, {"channel": CHANNEL, "said": said})

    async def _listen(self) -> None:
        while True:
            try:
                async with self._store.listening(CHANNEL) as heard:
                    self._hear(None)  # what was published before
                    await self._heed(heard)
            except (ServiceUnavailable, SQLAlchemyError) as error:
                if not self._in_trouble:
                    log.warning("processes do not hear each other's jobs at once", error=str(error))
                self._in_trouble = True
            await asyncio.sleep(self._again_seconds)
            self._again_seconds = min(2 * self._again_seconds, AGAIN_MOST_SECONDS)

    async def _heed(self, heard: Heard) -> None:
        """Pass on what is said. Raises ServiceUnavailable once nothing arrives any more."""
        time = asyncio.get_running_loop().time
        asked, until = False, time() if self._can_speak else None
        while True:
            try:
                async with asyncio.timeout_at(until):
                    said = await heard.next()
            except TimeoutError:
                if asked:
                    raise ServiceUnavailable(
                        "What is notified does not arrive: a pooler lies in between that does not"
                        " keep a session for its client, or the connection is dead."
                    ) from None
                await self._say(self._me)
                asked, until = True, time() + self._answer_seconds
                continue
            if self._me in said:
                asked, until = False, time() + self._ask_seconds
                self._all_well()
            self._pass_on(said)
            await asyncio.sleep(GAP_SECONDS)

    def _pass_on(self, said: set[str]) -> None:
        if "" in said:
            self._hear(None)
        elif names := {name for it in said if not it.startswith("?") for name in it.split(",")}:
            self._hear(names)

    def _all_well(self) -> None:
        self._again_seconds = AGAIN_SECONDS
        if self._in_trouble:
            log.info("processes hear each other's jobs at once again")
        self._in_trouble = False
