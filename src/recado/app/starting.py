"""Starting while the database is away: say so to whoever asks, and try again until it is there.

A process that ended instead would be restarted again and again, and nobody could ask it why.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from recado.app.health import Lifecycle, health_routes
from recado.app.wiring import prepare_runtime
from recado.errors import ServiceUnavailable
from recado.http.edge import Edge
from recado.http.problems import problem_response
from recado.runtime import Runtime

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.5
MOST_PAUSE_SECONDS = 5.0
NOT_YET = "Recado is starting; send it again."


async def try_to_prepare(runtime: Runtime) -> str:
    """Why `runtime` cannot be prepared now; "" when it is."""
    try:
        await prepare_runtime(runtime)
    except ServiceUnavailable as error:
        return error.detail
    return ""


async def prepare_in_time(runtime: Runtime, lifecycle: Lifecycle, problem: str) -> None:
    """Try until it succeeds, or the process is told to stop."""
    pause = FIRST_PAUSE_SECONDS
    while problem and not lifecycle.stopping.is_set():
        log.warning("cannot start yet, trying again", error=problem, seconds=pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(lifecycle.stopping.wait(), pause)
        pause = min(MOST_PAUSE_SECONDS, pause * 2)
        problem = await try_to_prepare(runtime)


def starting_app(runtime: Runtime, lifecycle: Lifecycle) -> ASGIApp:
    """What is answered meanwhile: probes and metrics as always, 503 for all else."""

    async def not_yet(scope: Scope, receive: Receive, send: Send) -> None:
        answer = problem_response(ServiceUnavailable(NOT_YET), scope["trace_id"])
        await answer(scope, receive, send)

    routes = [*health_routes(runtime, lifecycle), Mount("/", not_yet)]
    return Edge(
        Starlette(routes=routes),
        service_name=runtime.settings.service_name,
        stopping=lifecycle.stopping,
    )
