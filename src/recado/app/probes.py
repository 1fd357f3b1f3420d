"""Asking what Recado stands on whether it answers: the store, the queue, the cache, files,
providers and models; and whether its disk has room."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from recado.errors import RecadoError
from recado.runtime import Runtime

T = TypeVar("T")

#: A dependency that has not answered by then counts as down; probes come every few seconds.
PROBE_SECONDS = 2.0

State = Literal["healthy", "degraded", "unhealthy"]


@dataclass(frozen=True, slots=True)
class Probe:
    """`critical`: without it, this process cannot do its work."""

    name: str
    check: Callable[[], Coroutine[Any, Any, None]]
    critical: bool = True


@dataclass(frozen=True, slots=True)
class ProbeResult:
    name: str
    status: State
    latency_ms: float
    detail: str = ""


#: Less room than this is an operator's task, and less than that stops a database on the disk.
LITTLE_ROOM_BYTES = 256 << 20
NO_ROOM_BYTES = 8 << 20
#: The services that keep or serve files.
_USE_FILES = {"media", "sending", "conversations", "desk"}
#: The services that take from the queue or put into it at once. What the others give to do is
#: written with their transactions, and waits in the outbox while a broker is away.
_USE_QUEUE = {"ingest", "assistant", "media", "sending"}


def probes(runtime: Runtime) -> list[Probe]:
    async def store() -> None:
        await runtime.store.read(lambda tx: tx.scalar(text("SELECT 1")))

    hosted = set(runtime.services)
    found = [
        Probe("store", store, critical=runtime.needs_store),
        Probe(
            "queue",
            runtime.queue.check,
            critical=not hosted or runtime.queue.transactional or bool(_USE_QUEUE & hosted),
        ),
    ]
    if runtime.cache is not None:
        found.append(Probe("cache", runtime.cache.check, critical=False))
    if not hosted or _USE_FILES & hosted:
        found.append(Probe("files", runtime.blobs.check, critical=False))
    return found


async def examine(runtime: Runtime) -> list[ProbeResult]:
    """Every dependency's state, asked at the same time."""
    *found, disk = await asyncio.gather(*(_ask(probe) for probe in probes(runtime)), _disk(runtime))
    return [*found, disk, *_providers(runtime)]


async def free_bytes(runtime: Runtime) -> int:
    """The room where RECADO_DATA is. Raises OSError, TimeoutError: it does not answer."""
    return (await answer_in_time(asyncio.to_thread(shutil.disk_usage, runtime.settings.data))).free


async def answer_in_time(asked: Coroutine[Any, Any, T]) -> T:
    """What was `asked`. Raises what it raises, and TimeoutError after PROBE_SECONDS: whoever probes
    waits no longer, though a server that hangs does not let go of a question at once."""
    task = asyncio.create_task(asked)
    try:
        await asyncio.wait({task}, timeout=PROBE_SECONDS)
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(lambda it: it.cancelled() or it.exception())


def overall(findings: Sequence[ProbeResult]) -> State:
    states = {finding.status for finding in findings}
    if "unhealthy" in states:
        return "unhealthy"
    return "degraded" if "degraded" in states else "healthy"


async def _ask(probe: Probe) -> ProbeResult:
    down: State = "unhealthy" if probe.critical else "degraded"
    started = time.perf_counter()
    status, detail = "healthy", ""
    try:
        await answer_in_time(probe.check())
    except TimeoutError:
        status, detail = down, f"no answer within {PROBE_SECONDS:g} s"
    except (RecadoError, SQLAlchemyError, OSError) as error:
        # Its cause's class, not its text: that may name hosts and users, and this page is public.
        status, detail = down, type(error.__cause__ or error).__name__
    elapsed = (time.perf_counter() - started) * 1000
    return ProbeResult(probe.name, status, round(elapsed, 2), detail)  # type: ignore[arg-type]


async def _disk(runtime: Runtime) -> ProbeResult:
    try:
        free = await free_bytes(runtime)
    except (OSError, TimeoutError) as error:
        return ProbeResult("disk", "degraded", 0.0, type(error).__name__)
    return judge_room(free, in_use=runtime.store.dialect == "sqlite")


def judge_room(free: int, *, in_use: bool) -> ProbeResult:
    """What `free` bytes mean for a process whose database is on that disk (`in_use`) or not: a
    database without room takes nothing more, and webhooks are refused."""
    if free >= LITTLE_ROOM_BYTES:
        return ProbeResult("disk", "healthy", 0.0)
    state: State = "unhealthy" if in_use and free < NO_ROOM_BYTES else "degraded"
    return ProbeResult("disk", state, 0.0, f"{free / (1 << 20):.0f} MB free")


def breakers(runtime: Runtime) -> dict[str, str]:
    """Every circuit breaker of this process: closed, half-open or open."""
    states = {
        f"{kind}:{name}": state
        for kind, channel in runtime.channels.items()
        for name, state in channel.breakers().items()
    }
    return states | {f"model:{name}": it for name, it in runtime.models.breakers().items()}


def _providers(runtime: Runtime) -> list[ProbeResult]:
    """An open breaker is a provider's outage, and a model without its key an operator's task:
    messages wait or are handed over, and Recado goes on."""
    findings = [
        ProbeResult(name, "healthy" if state == "closed" else "degraded", 0.0, f"breaker {state}")
        for name, state in breakers(runtime).items()
    ]
    refused = [f"model:{name}" for name in sorted(runtime.models.refused())]
    told = "cannot be used as it is set up: recado doctor says why"
    findings = [finding for finding in findings if finding.name not in refused]
    return findings + [ProbeResult(name, "degraded", 0.0, told) for name in refused]
