"""Asking what Recado stands on whether it answers: the store, the queue, the channels."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from recado.errors import RecadoError
from recado.runtime import Runtime

#: A dependency that has not answered by then counts as down; probes come every few seconds.
PROBE_SECONDS = 2.0

State = Literal["healthy", "degraded", "unhealthy"]


@dataclass(frozen=True, slots=True)
class Probe:
    """`critical`: without it, this process cannot do its work."""

    name: str
    check: Callable[[], Awaitable[None]]
    critical: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    status: State
    latency_ms: float
    detail: str = ""


@runtime_checkable
class ReportsBreakers(Protocol):
    """A channel whose providers sit behind circuit breakers: their states by name, such as
    `{"graph.facebook.com": "closed"}` (closed, half-open, opened)."""

    def breakers(self) -> Mapping[str, str]: ...


def probes(runtime: Runtime) -> list[Probe]:
    async def store() -> None:
        await runtime.store.read(lambda tx: tx.scalar(text("SELECT 1")))

    found = [
        Probe("store", store, critical=runtime.needs_store),
        Probe("queue", runtime.queue.check),
    ]
    if runtime.cache is not None:
        found.append(Probe("cache", runtime.cache.check, critical=False))
    return found


async def examine(runtime: Runtime) -> list[Finding]:
    """Every dependency's state, asked at the same time."""
    found = await asyncio.gather(*(_ask(probe) for probe in probes(runtime)))
    return [*found, *_breakers(runtime)]


def overall(findings: Sequence[Finding]) -> State:
    states = {finding.status for finding in findings}
    if "unhealthy" in states:
        return "unhealthy"
    return "degraded" if "degraded" in states else "healthy"


async def _ask(probe: Probe) -> Finding:
    down: State = "unhealthy" if probe.critical else "degraded"
    started = time.perf_counter()
    status, detail = "healthy", ""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe.check()
    except TimeoutError:
        status, detail = down, f"no answer within {PROBE_SECONDS:g} s"
    except (RecadoError, SQLAlchemyError, OSError) as error:
        # Its class, not its text: that may name hosts and users, and this page is public.
        status, detail = down, type(error).__name__
    elapsed = (time.perf_counter() - started) * 1000
    return Finding(probe.name, status, round(elapsed, 2), detail)  # type: ignore[arg-type]


def _breakers(runtime: Runtime) -> list[Finding]:
    """An open breaker is a provider's outage: messages wait, and Recado goes on."""
    findings = []
    for kind, channel in runtime.channels.items():
        if isinstance(channel, ReportsBreakers):
            for name, state in channel.breakers().items():
                status: State = "healthy" if state == "closed" else "degraded"
                findings.append(Finding(f"{kind}:{name}", status, 0.0, f"breaker {state}"))
    return findings
