"""One process of Recado: its HTTP routes, its workers, and how it starts and stops."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from recado.app.health import Lifecycle, health_routes
from recado.app.services import SERVICES
from recado.app.stacks import log_stacks
from recado.app.starting import prepare_in_time, starting_app, try_to_prepare
from recado.app.wiring import close_runtime, open_runtime
from recado.errors import SettingsError
from recado.http.door import Door, read_networks
from recado.http.edge import Edge
from recado.http.handlers import exception_handlers
from recado.queue.worker import Worker
from recado.resilience.descriptors import allow_many_files
from recado.resilience.lasting import lasting
from recado.runtime import Runtime
from recado.settings import Settings
from recado.webhooks.edge import WebhookShortcut

log = structlog.get_logger(__name__)

#: A stop takes no longer than both together, which must stay below 15 s: what sends SIGTERM
#: (systemd, Kubernetes, a person) loses patience.
DRAIN_SECONDS = 3
JOBS_GRACE_SECONDS = 9.0


def build_app(
    runtime: Runtime, services: Sequence[str], lifecycle: Lifecycle | None = None
) -> ASGIApp:
    """The HTTP side of `services`: webhooks first, for they are most of the traffic."""
    lifecycle = lifecycle or Lifecycle()
    chosen = [SERVICES[name] for name in services]
    first = [service for service in chosen if service.name == "ingest"]
    rest = [service for service in chosen if service.name != "ingest"]
    routes: list[BaseRoute] = []
    for service in first:
        routes += [route for collect in service.routes for route in collect(runtime)]
    routes += health_routes(runtime, lifecycle)
    for service in rest:
        routes += [route for collect in service.routes for route in collect(runtime)]
    app = Starlette(routes=routes, exception_handlers=exception_handlers())
    front = WebhookShortcut(app, routes)
    return Edge(front, service_name=runtime.settings.service_name, stopping=lifecycle.stopping)


@asynccontextmanager
async def running(
    runtime: Runtime, services: Sequence[str], lifecycle: Lifecycle | None = None
) -> AsyncIterator[None]:
    """Work on the jobs of `services` for as long as the context is open.

    At its end, jobs under way may finish within JOBS_GRACE_SECONDS; the rest are handed back.
    """
    lifecycle = lifecycle or Lifecycle()
    # Without the store there are no jobs to work on, and none were held.
    if runtime.needs_store and (recovered := await runtime.queue.recover()):
        log.info("freed what the process before this one held", jobs=recovered)
    for prepare in (prepare for name in services for prepare in SERVICES[name].prepare):
        await prepare(runtime)
    makers = [make for name in services for make in SERVICES[name].consumers]
    worker = Worker(
        runtime.queue,
        runtime.store,
        [make(runtime) for make in makers],
        observe=runtime.metrics.job,
        tracing=runtime.tracing,
    )
    await worker.start()
    beside = [
        lasting("clock", runtime.clock.keep),
        *(
            lasting(f"{name}:background", partial(run, runtime))
            for name in services
            for run in SERVICES[name].background
        ),
    ]
    lifecycle.start()
    try:
        yield
    finally:
        lifecycle.stop()
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await worker.stop(grace_seconds=JOBS_GRACE_SECONDS)


async def serve(
    settings: Settings,
    services: Sequence[str],
    listening: socket.socket,
    on_started: Callable[[Runtime], Awaitable[None]],
) -> None:
    """Run `services` until SIGTERM or SIGINT, answering on the socket `listening`.

    `on_started` is awaited once they have started. Raises SettingsError.
    """
    allow_many_files()
    lifecycle = Lifecycle()
    stop = _stop_on_signals(lifecycle)
    runtime = open_runtime(settings, services)
    door = _door(runtime)
    try:
        if problem := await try_to_prepare(runtime):
            async with _answering_meanwhile(runtime, lifecycle, listening, stop, door):
                await prepare_in_time(runtime, lifecycle, problem)
        if lifecycle.stopping.is_set():
            return
        async with running(runtime, services, lifecycle):
            server = _Server(server_config(build_app(runtime, services, lifecycle), settings, door))
            server.call_when_started(lambda: on_started(runtime))
            stop.append(server)
            _settle_memory()
            if not lifecycle.stopping.is_set():
                await server.serve(sockets=[listening])
    finally:
        await close_runtime(runtime)
        listening.close()
    log.info("stopped")


@asynccontextmanager
async def _answering_meanwhile(
    runtime: Runtime,
    lifecycle: Lifecycle,
    listening: socket.socket,
    stop: list[uvicorn.Server],
    door: Door,
) -> AsyncIterator[None]:
    """Answer that this process is starting, and why it has not started yet."""
    server = _Server(server_config(starting_app(runtime, lifecycle), runtime.settings, door))
    stop.append(server)
    answering = asyncio.create_task(server.serve(sockets=[listening.dup()]))
    try:
        yield
    finally:
        stop.remove(server)
        server.should_exit = True
        await answering


def _settle_memory() -> None:
    """What is here now stays: the collector need not look through it again and again. And a
    message makes some hundred objects, so its default of one look every 700 is far too often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens already, so that a taken port is found before anything is opened.

    Raises SettingsError saying what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except (OSError, OverflowError) as error:
        listening.close()
        raise SettingsError(_why_not(host, port, error)) from error
    listening.setblocking(False)
    return listening


def _why_not(host: str, port: int, error: OSError | OverflowError) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use. Choose another with --port {port + 1},"
            " or --port 0 for any that is free."
        )
    if number == errno.EACCES:
        return f"Port {port} may not be used by this user. Choose one above 1023 with --port."
    said = str(error).rstrip(".")
    return f"Cannot listen on {host}:{port}: {said}. Choose others with --host and --port."


class _Server(uvicorn.Server):
    """uvicorn's server, ended by our own signal handlers: its own would end the process by the
    signal, and a stop that was asked for is a success."""

    _callback: Callable[[], Awaitable[None]] | None = None

    def call_when_started(self, callback: Callable[[], Awaitable[None]]) -> None:
        self._callback = callback

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._callback is not None:
            await self._callback()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _door(runtime: Runtime) -> Door:
    settings = runtime.settings
    return Door(
        settings.connections_per_address,
        read_networks(settings.trusted_proxies),
        report=runtime.metrics.security_event,
    )


def server_config(app: ASGIApp, settings: Settings, door: Door) -> uvicorn.Config:
    return uvicorn.Config(
        door.bounded(app),
        http=door.protocol(),
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=2048,
    )


def _stop_on_signals(lifecycle: Lifecycle) -> list[uvicorn.Server]:
    """SIGTERM and SIGINT stop the servers in the list; a second one does not wait for anybody.
    SIGUSR1 has told what the process waits for."""
    servers: list[uvicorn.Server] = []

    def stop() -> None:
        again = lifecycle.stopping.is_set()
        lifecycle.stop()
        for server in servers:
            server.should_exit = True
            server.force_exit = again

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGUSR1, log_stacks)
    return servers
