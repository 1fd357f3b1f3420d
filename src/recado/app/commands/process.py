"""`recado up`, `recado serve`, `recado doctor`, `recado bench`: running Recado, and asking how
it does."""

from __future__ import annotations

import asyncio
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.runtime import Runtime
    from recado.settings import Settings

LINK_HOURS = 1
UP_PORT = 8080
#: What it compares with, and what it measures with.
_BENCH_NEEDS = ("asyncpg", "celery", "dramatiq", "psutil", "pywa", "redis")

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")]


def up(
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any free one.")] = UP_PORT,
    data: terminal.DataOption = None,
) -> None:
    """Run all services in this process: all that Recado is."""
    loaded = terminal.settings(data)
    from recado.app.services import SERVICES

    _serve(loaded, list(SERVICES), host, port)


def serve(
    services: Annotated[
        list[str], typer.Argument(help="Their names, such as `ingest sending`.", metavar="SERVICE…")
    ],
    host: Host = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; else the first service's own.")
    ] = None,
    data: terminal.DataOption = None,
) -> None:
    """Run some services in this process."""
    loaded = terminal.settings(data)
    from recado.app.services import SERVICES

    unknown = [name for name in services if name not in SERVICES]
    if unknown:
        raise typer.BadParameter(
            f"there is no service {unknown[0]!r}; there are {', '.join(SERVICES)}",
            param_hint="SERVICE",
        )
    chosen = [name for name in SERVICES if name in services]
    _serve(loaded, chosen, host, SERVICES[services[0]].port if port is None else port)


def doctor(
    offline: Annotated[
        bool, typer.Option("--offline", help="Check what needs no connection only.")
    ] = False,
    data: terminal.DataOption = None,
) -> None:
    """Check settings, credentials, reachability and webhooks, and say what to fix."""
    from recado.app.doctor.examine import examine

    loaded = terminal.quiet_settings(data, may_begin=True)
    healthy = terminal.run(examine(loaded, offline=offline, say=typer.echo))
    raise typer.Exit(0 if healthy else 1)


def bench(context: typer.Context) -> None:
    """Measure this machine (from the checkout; arguments go to the benchmark)."""
    import subprocess

    checkout = next(
        (it for it in (Path.cwd(), Path(__file__).parents[4]) if (it / "bench").is_dir()), None
    )
    if checkout is None:
        typer.echo(
            "recado: the benchmarks are in the folder `bench` of the checkout, which is not here:"
            " run this in a clone of the repository.",
            err=True,
        )
        raise typer.Exit(1)
    if lacking := [name for name in _BENCH_NEEDS if find_spec(name) is None]:
        typer.echo(
            f"recado: the benchmarks need tools that are not installed ({', '.join(lacking)}):"
            " `make setup` brings them.",
            err=True,
        )
        raise typer.Exit(1)
    command = [sys.executable, "-m", "bench", *context.args]
    raise typer.Exit(subprocess.run(command, cwd=checkout, check=False).returncode)  # noqa: S603 - our own module, the caller's own arguments


def _serve(loaded: Settings, services: list[str], host: str, port: int) -> None:
    import uvloop

    from recado.app.server import listen
    from recado.app.server import serve as serve_until_stopped

    _make_data_folder(loaded)
    new_key = not loaded.api_key.get_secret_value() and not (loaded.data / "api_key").exists()
    listening = listen(host, port)

    async def started(runtime: Runtime) -> None:
        if "desk" in runtime.services:
            terminal.remember_desk_address(loaded, _address(listening))
        lines = await _greeting(runtime, listening, new_key=new_key)
        terminal.tell(lines)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_until_stopped(loaded, services, listening, started))


def _make_data_folder(loaded: Settings) -> None:
    """Raises SettingsError: nothing can be kept there."""
    from recado.app.doctor.data_folder import what_helps, why_not_writable
    from recado.errors import SettingsError

    reason = why_not_writable(loaded)
    if not reason:
        try:
            loaded.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = f"{loaded.data.resolve()} cannot be made: {error.strerror}"
    if reason:
        raise SettingsError(f"RECADO_DATA: {reason}. {what_helps(reason)}")


async def _greeting(runtime: Runtime, listening: socket.socket, *, new_key: bool) -> list[str]:
    """What a person needs to go on; for programs the one line that it runs."""
    from recado import __version__

    loaded = runtime.settings
    address = _address(listening)
    base = loaded.public_url or address
    head = f"Recado {__version__} is running on {address}"
    if set(runtime.services) >= {"desk", "assistant"}:
        lines = [
            "",
            typer.style(head, bold=True),
            "",
            *await way_in(runtime, base),
            f"  Model   {_model(loaded.model)}",
            f"  Lines   {await _lines(runtime)}",
            f"  Data    {loaded.data}",
        ]
    else:
        lines = [f"{head} ({', '.join(runtime.services)})"]
    lines += await _warnings(runtime)
    if new_key:
        kept = terminal.dim(f"          shown this once; kept in {loaded.data / 'api_key'}")
        lines += [f"  API key {runtime.api_key}", kept]
    if len(lines) > 1:
        lines += ["", *_next_steps(runtime), terminal.dim("Stop with Ctrl+C."), ""]
    return lines


async def _warnings(runtime: Runtime) -> list[str]:
    """What will not work, each with what to do."""
    from recado.app.doctor.examine import SIGNS, what_will_not_work

    lines = []
    for finding in await what_will_not_work(runtime):
        text, fix = finding.in_english()
        told = f"{SIGNS[finding.mark]} {text}"
        lines.append("  " + typer.style(told, fg="red", bold=True))
        lines.append(f"          {fix}")
    return ["", *lines, ""] if lines else []


async def way_in(runtime: Runtime, base: str) -> list[str]:
    """A link for whoever sits at the terminal; in a log, which others read, one only as long as
    nobody has ever come in."""
    from recado.security.sessions import has_anybody_signed_in

    make = f" {terminal.command()} users link EMAIL"
    if not sys.stdout.isatty() and await runtime.store.read(has_anybody_signed_in):
        return [
            f"  Open    {typer.style(base, fg='cyan', bold=True)}",
            terminal.dim("          a link that signs you in:") + terminal.dim(make),
        ]
    link = typer.style(await _sign_in_link(runtime, base), fg="cyan", bold=True)
    hint = f"          signs you in once, within {LINK_HOURS} h; a new one:"
    return [f"  Open    {link}", terminal.dim(hint) + terminal.dim(make)]


async def _sign_in_link(runtime: Runtime, base: str) -> str:
    from recado.security.sessions import create_sign_in_link
    from recado.security.users import ensure_admin

    admin = await ensure_admin(runtime.store)
    token = await create_sign_in_link(runtime.store, admin, LINK_HOURS * 3600)
    return f"{base}/signin/{token}"


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - shown, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _model(name: str) -> str:
    if name == "embedded":
        return "embedded: answers from your knowledge, no key needed (RECADO_MODEL for another)"
    return name


async def _lines(runtime: Runtime) -> str:
    lines = [line for line in await runtime.lines.all() if line.enabled]
    return " · ".join(
        line.name if line.channel == "web" else f"{line.name} {line.address}" for line in lines
    )


def _next_steps(runtime: Runtime) -> list[str]:
    settings = runtime.settings
    steps = []
    if not settings.whatsapp_access_token.get_secret_value():
        steps.append(
            "a WhatsApp number: set WHATSAPP_ACCESS_TOKEN and the like, or Lines in the desk"
        )
    steps.append(f"your knowledge: {terminal.command()} knowledge add handbook.pdf")
    steps.append(f"what is still missing: {terminal.command()} doctor")
    return [
        terminal.dim(f"  Next    {steps[0]}"),
        *(terminal.dim(f"          {it}") for it in steps[1:]),
        "",
    ]
