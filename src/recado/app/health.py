"""`/health` (is it alive, and what does it stand on), `/ready` (may it be given work) and
`/metrics`, on every service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from recado import __version__
from recado.app.probes import (
    ProbeResult,
    answer_in_time,
    breakers,
    examine,
    free_bytes,
    overall,
)
from recado.conversations.model import Conversation
from recado.errors import RecadoError
from recado.escalation.model import Escalation
from recado.media.model import Media
from recado.observability.metrics import CONTENT_TYPE
from recado.queue.model import DeadLetterRow
from recado.resilience.lasting import troubles
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.store.schema import HEAD, is_usable

log = structlog.get_logger(__name__)

#: What a question to a dependency may end with.
FAULTS = (TimeoutError, RecadoError, SQLAlchemyError, OSError)
#: A conversation counts as active for this long after its last sign of life.
ACTIVE_SECONDS = 30 * 60
#: The sum over all files keeps a reader busy for a fortieth of the time at most.
REST_FACTOR = 40.0


class Lifecycle:
    """Where this process stands: only while `running` does it want traffic."""

    def __init__(self) -> None:
        self.phase: Literal["starting", "running", "stopping"] = "starting"
        self.stopping = asyncio.Event()

    def start(self) -> None:
        """Unless it was told to stop meanwhile."""
        if self.phase == "starting":
            self.phase = "running"

    def stop(self) -> None:
        self.phase = "stopping"
        self.stopping.set()


def health_routes(runtime: Runtime, lifecycle: Lifecycle) -> Sequence[Route]:
    seen = Seen()

    async def health(_request: Request) -> Response:
        findings = await examine(runtime)
        state = overall(findings)
        body = _report(runtime, state, findings, seen)
        return JSONResponse(body, 503 if state == "unhealthy" else 200, NO_STORE)

    async def ready(_request: Request) -> Response:
        findings, lag = await asyncio.gather(examine(runtime), _lag(runtime))
        why = [f"{it.name}: {it.detail}" for it in findings if it.status == "unhealthy"]
        why += troubles()
        if lifecycle.phase != "running":
            why.append(f"the process is {lifecycle.phase}")
        if not why and (problem := await _schema_problem(runtime)):
            why.append(problem)
        body = _report(runtime, "not ready" if why else "ready", findings, seen)
        return JSONResponse({**body, "lag": lag, "why": why}, 503 if why else 200, NO_STORE)

    files = StoredFiles()

    async def metrics(_request: Request) -> Response:
        await refresh_gauges(runtime, files)
        return Response(runtime.metrics.text(), headers={"content-type": CONTENT_TYPE, **NO_STORE})

    return [
        Route("/health", health),
        Route("/ready", ready),
        Route("/metrics", metrics),
    ]


NO_STORE = {"cache-control": "no-store"}


class Seen:
    """Since when each dependency is as it is: who is called at night looks for what happened then.
    As exact as the probes come often."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[str, str]] = {}

    def since(self, finding: ProbeResult, moment: str) -> str:
        state, since = self._since.get(finding.name, ("", ""))
        if state != finding.status:
            self._since[finding.name] = finding.status, (since := moment)
        return since


class StoredFiles:
    """How much the files take. Adding it up reads all their rows, so a figure is good for so many
    times as long as it took."""

    def __init__(self) -> None:
        self._good_until = 0.0

    async def refresh(self, runtime: Runtime) -> None:
        started = time.monotonic()
        if started < self._good_until:
            return
        stored = select(func.coalesce(func.sum(Media.size_bytes), 0)).where(Media.state == "stored")
        runtime.metrics.set_stored_bytes(
            int(await runtime.store.read(lambda tx: tx.scalar(stored)))
        )
        ended = time.monotonic()
        self._good_until = ended + REST_FACTOR * (ended - started)


async def refresh_gauges(runtime: Runtime, files: StoredFiles | None = None) -> None:
    """Set what only a query tells. A dependency that does not answer leaves its last figures."""
    for finding in await examine(runtime):
        runtime.metrics.set_dependency(finding.name, up=finding.status == "healthy")
    runtime.metrics.set_breakers(breakers(runtime))
    with suppress(OSError, TimeoutError):
        runtime.metrics.set_disk_free(await free_bytes(runtime))
    try:
        runtime.metrics.set_queues(await answer_in_time(runtime.queue.depth()))
        counts = await answer_in_time(runtime.store.read(_count))
        runtime.metrics.set_dead_letters(counts.dead_letters)
        runtime.metrics.set_active_sessions(counts.active_sessions)
        runtime.metrics.set_overdue(counts.overdue)
        await answer_in_time((files or StoredFiles()).refresh(runtime))
    except FAULTS as error:
        log.warning("gauges not refreshed", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class _Counts:
    dead_letters: int
    active_sessions: int
    overdue: int


def _count(tx: Tx) -> _Counts:
    letters = select(func.count()).where(DeadLetterRow.state == "open")
    active = select(func.count()).where(Conversation.last_activity_at > now() - ACTIVE_SECONDS)
    waiting = Escalation.state == "open", Escalation.due_at < now()
    return _Counts(
        dead_letters=tx.scalar(letters),
        active_sessions=tx.scalar(active),
        overdue=tx.scalar(select(func.count()).select_from(Escalation).where(*waiting)),
    )


async def _lag(runtime: Runtime) -> dict[str, Any]:
    """How far behind each queue is. It informs; a long queue needs this process, so being
    behind never makes it unready."""
    try:
        depths = await answer_in_time(runtime.queue.depth())
    except FAULTS as error:
        return {"error": type(error).__name__}
    return {
        name: {"waiting": depth.waiting, "oldest_seconds": round(depth.oldest_seconds, 1)}
        for name, depth in depths.items()
    }


async def _schema_problem(runtime: Runtime) -> str:
    """Why this version cannot work on the database; "" where it can."""

    def revision(tx: Tx) -> str:
        current = None
        if inspect(tx.connection).has_table("alembic_version"):
            current = tx.scalar(text("SELECT version_num FROM alembic_version"))
        return "" if is_usable(tx.connection, current) else current or "none"

    if not runtime.needs_store:
        return ""
    try:
        schema = await answer_in_time(runtime.store.read(revision))
    except FAULTS as error:
        return f"store: {type(error).__name__}"
    return schema and f"the database is at schema {schema}, this version needs {HEAD}"


def _report(
    runtime: Runtime, status: str, findings: Sequence[ProbeResult], seen: Seen
) -> dict[str, Any]:
    moment = datetime.now(UTC).isoformat()
    return {
        "service": runtime.settings.service_name,
        "version": __version__,
        "status": status,
        "timestamp": moment,
        "services": list(runtime.services),
        "dependencies": {
            finding.name: {
                "status": finding.status,
                "since": seen.since(finding, moment),
                "latency_ms": finding.latency_ms,
                **({"detail": finding.detail} if finding.detail else {}),
            }
            for finding in findings
        },
    }
