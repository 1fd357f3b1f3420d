"""What is happening, as server-sent events: pages listen and fetch again what changed.

    hello     the stream is open (again): fetch everything once, nothing is missed
    changed   {"conversations": [ids]}: their lists and pages are to be fetched
    settings, count, alert: what the user is to be told of (alerts.py)
    typing    {"conversation": id, "on": bool}: the assistant has begun or ended a turn
    quiet     nothing has happened for a while: whoever hears nothing at all opens it anew

This process's events come from its bus at once; other processes' changes are seen by asking the
store about once a second. No transaction stays open meanwhile. A stream in which anything fails, or
hangs, ends: the page opens another one, and fetches everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from recado.desk.alerts import Alerts
from recado.desk.frames import frame
from recado.desk.queries import Pulse, active_since, read_pulse
from recado.desk.visit import COOKIE, Visit
from recado.errors import ServiceUnavailable
from recado.events import Event, TurnEnded, TurnStarted
from recado.runtime import Runtime
from recado.security.sessions import find_session

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
#: Events that come together are told together.
GATHER_SECONDS = 0.05
#: How often a stream makes sure that its user is still signed in.
SESSION_SECONDS = 60.0
#: What does not come in so long is not waited for.
HUNG_SECONDS = 30.0


async def stream(visit: Visit) -> Response:
    """`GET /desk/stream?conversation=ID`: the open conversation is watched closely."""
    conversation = visit.request.query_params.get("conversation", "")[:32]
    alerts = Alerts(visit.runtime, visit.user.user_id, visit.language)
    frames = Stream(visit.runtime, visit.request, conversation, alerts=alerts).frames()
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)


class Stream:
    def __init__(
        self,
        runtime: Runtime,
        request: Request,
        conversation: str,
        *,
        alerts: Alerts | None = None,
        session_seconds: float = SESSION_SECONDS,
        hung_seconds: float = HUNG_SECONDS,
    ) -> None:
        self._session_seconds = session_seconds
        self._hung_seconds = hung_seconds
        self._runtime = runtime
        self._request = request
        self._conversation = conversation
        self._alerts = alerts
        self._pulse = Pulse(0.0)
        loop = asyncio.get_running_loop()
        self._clock = loop.time
        self._polled_at = self._spoke_at = self._checked_at = loop.time()

    async def frames(self) -> AsyncIterator[str]:
        try:
            async for text in self._tell():
                yield text
        except Exception:  # the edge: logged once, and the page comes back
            log.exception("desk.stream_failed")

    async def _tell(self) -> AsyncIterator[str]:
        async with self._runtime.bus.subscribe() as events:
            self._pulse = await self._read_pulse() or self._pulse
            yield "retry: 2000\n" + frame("hello", {})
            if self._alerts is not None:
                for text in await self._alerts.begin():
                    yield text
            while True:
                async with asyncio.timeout(self._hung_seconds):
                    if self._alerts is not None:  # what it told is on its way by now
                        await self._alerts.mark_shown()
                    if not await self._is_signed_in():
                        return
                    told = await self._next(events)
                for text in told:
                    yield text
                if told:
                    self._spoke_at = self._clock()
                elif self._clock() - self._spoke_at > HEARTBEAT_SECONDS:
                    self._spoke_at = self._clock()
                    yield frame("quiet", {})

    async def _next(self, events: asyncio.Queue[Event]) -> list[str]:
        gathered = await self._gather(events)
        told = [
            frame("typing", {"conversation": e.conversation_id, "on": isinstance(e, TurnStarted)})
            for e in gathered
            if isinstance(e, TurnStarted | TurnEnded)
        ]
        changed = {e.conversation_id for e in gathered if not isinstance(e, TurnStarted)}
        if self._clock() - self._polled_at >= POLL_SECONDS:
            changed |= await self._poll()
            if self._alerts is not None:
                told += await self._alerts.next()
        # "" stands for what concerns no conversation, such as a dead letter.
        return [frame("changed", {"conversations": sorted(changed)}), *told] if changed else told

    async def _gather(self, events: asyncio.Queue[Event]) -> list[Event]:
        try:
            gathered = [await asyncio.wait_for(events.get(), POLL_SECONDS)]
        except TimeoutError:
            return []
        await asyncio.sleep(GATHER_SECONDS)
        while not events.empty():
            gathered.append(events.get_nowait())
        return gathered

    async def _poll(self) -> set[str]:
        self._polled_at = self._clock()
        before, now = self._pulse, await self._read_pulse()
        if now is None or now == before:
            return set()
        changed = {self._conversation} if now.thread != before.thread else set()
        if now.activity > before.activity:
            try:
                found = await self._runtime.store.read(lambda tx: active_since(tx, before.activity))
            except ServiceUnavailable:
                return set()  # told once it is back
            changed |= set(found)
        self._pulse = now
        return changed

    async def _read_pulse(self) -> Pulse | None:
        """None while the store does not answer: the page stays, and goes on when it is back."""
        try:
            return await self._runtime.store.read(lambda tx: read_pulse(tx, self._conversation))
        except ServiceUnavailable:
            return None

    async def _is_signed_in(self) -> bool:
        if self._clock() - self._checked_at < self._session_seconds:
            return True
        self._checked_at = self._clock()
        token = self._request.cookies.get(COOKIE, "")
        try:
            session = await self._runtime.store.read(lambda tx: find_session(tx, token))
        except ServiceUnavailable:
            return True
        return session is not None
