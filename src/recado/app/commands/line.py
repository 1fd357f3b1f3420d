"""`recado line …`: pair one line with a phone, and see how its pairing stands."""

from __future__ import annotations

import asyncio
import io
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.channels.port import Channel, Connection, Line
    from recado.runtime import Runtime

app = typer.Typer(
    help="Pair a line with a phone (Evolution), and see how it stands.", no_args_is_help=True
)

POLL_SECONDS = 2.0
LineName = Annotated[
    str, typer.Argument(metavar="NAME|ID", help="The line's name, address or id (`lines list`).")
]


@app.command()
def connect(
    line: LineName,
    wait: Annotated[
        float, typer.Option("--wait", help="Seconds to wait for the phone; 0 shows the code only.")
    ] = 180.0,
) -> None:
    """Show the QR code to scan with the phone, and wait until it is linked."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        async with terminal.opened(loaded) as runtime:
            chosen = await _line(runtime, line)
            if await _pair(runtime.channels[chosen.channel], chosen, wait):
                typer.echo(f"{chosen.name} is linked.")

    terminal.run(work())


@app.command()
def state(line: LineName) -> None:
    """Say how the pairing stands: open, connecting or closed."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        async with terminal.opened(loaded) as runtime:
            chosen = await _line(runtime, line)
            found = await runtime.channels[chosen.channel].connection(chosen)
        typer.echo(f"{found.state}: {found.detail}" if found.detail else found.state)

    terminal.run(work())


@app.command()
def disconnect(
    line: LineName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """End the pairing: the phone forgets the line, and connecting again needs a new scan."""
    loaded = terminal.quiet_settings()
    terminal.confirm(f"End the pairing of {line}?", yes=yes)

    async def work() -> None:
        async with terminal.opened(loaded) as runtime:
            chosen = await _line(runtime, line)
            await runtime.channels[chosen.channel].disconnect(chosen)
        typer.echo(f"{chosen.name} is not linked any more.")

    terminal.run(work())


async def _line(runtime: Runtime, name: str) -> Line:
    from recado.app.commands.talk import line_named

    return await line_named(runtime, name)


async def _pair(channel: Channel, line: Line, wait_seconds: float) -> bool:
    """Show each code as it comes, until the line is open. False: nobody wanted to wait for that.

    Raises ServiceUnavailable when the wait is over.
    """
    from recado.errors import ServiceUnavailable

    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_seconds
    shown = ""
    while (found := await channel.connect(line)).state != "open":
        if (found.qr or found.pairing_code) and found.qr != shown:
            shown = found.qr
            _show(found)
        if wait_seconds <= 0:
            return False
        if loop.time() >= deadline:
            raise ServiceUnavailable(f"{line.name} was not linked within {wait_seconds:g} s.")
        await asyncio.sleep(POLL_SECONDS)
    return True


def _show(found: Connection) -> None:
    """The code, drawn for people; a program gets its text."""
    if not sys.stdout.isatty():
        typer.echo(found.qr)
    elif found.qr:
        typer.echo(drawn(found.qr))
        typer.echo("On the phone: WhatsApp › Linked devices › Link a device, and scan this.")
    if found.pairing_code:
        typer.echo(f"Or link with the phone number, and type {found.pairing_code}.")


def drawn(code: str) -> str:
    """A QR code in half blocks, dark on light whatever the terminal's colours are."""
    import segno

    drawing = io.StringIO()
    segno.make(code, error="l", micro=False).terminal(drawing, compact=True)
    return drawing.getvalue()
