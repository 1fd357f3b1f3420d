"""Asking what Recado stands on whether it answers: the store, the queue, the cache, files,
providers and models."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

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


#: The services that keep or serve files.
_USE_FILES = {"media", "sending", "conversations", "desk"}


def probes(runtime: Runtime) -> list[Probe]:
    async def store() -> None:
        await runtime.store.read(lambda tx: tx.scalar(text("SELECT 1")))

    found = [
        Probe("store", store, critical=runtime.needs_store),
        Probe("queue", runtime.queue.check),
    ]
    if runtime.cache is not None:
        found.append(Probe("cache", runtime.cache.check, critical=False))
    if not runtime.services or _USE_FILES & set(runtime.services):
        found.append(Probe("files", runtime.blobs.check, critical=False))
    return found


async def examine(runtime: Runtime) -> list[Finding]:
    """Every dependency's state, asked at the same time."""
    found = await asyncio.gather(*(_ask(probe) for probe in probes(runtime)))
    return [*found, *_providers(runtime)]


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


def breakers(runtime: Runtime) -> dict[str, str]:
    """Every circuit breaker of this process: closed, half-open or open."""
    states = {
        f"{kind}:{name}": state
        for kind, channel in runtime.channels.items()
        for name, state in channel.breakers().items()
    }
    return states | {f"model:{name}": it for name, it in runtime.models.breakers().items()}


def _providers(runtime: Runtime) -> list[Finding]:
    """An open breaker is a provider's outage, and a model without its key an operator's task:
    messages wait or are handed over, and Recado goes on."""
    findings = [
        Finding(name, "healthy" if state == "closed" else "degraded", 0.0, f"breaker {state}")
        for name, state in breakers(runtime).items()
    ]
    refused = [f"model:{name}" for name in sorted(runtime.models.refused())]
    told = "cannot be used as it is set up: recado doctor says why"
    findings = [finding for finding in findings if finding.name not in refused]
    return findings + [Finding(name, "degraded", 0.0, told) for name in refused]
