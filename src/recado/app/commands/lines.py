"""`recado lines`: the business's addresses on channels."""

from __future__ import annotations

import typer

from recado.app.commands import terminal

app = typer.Typer(help="The business's addresses on channels.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """List the lines; more are added on the desk or through the API."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        async with terminal.opened(loaded) as runtime:
            lines = await runtime.lines.all()
        rows = [
            (it.name, it.channel, it.address, "enabled" if it.enabled else "disabled", it.id)
            for it in lines
        ]
        terminal.table(("name", "channel", "address", "state", "id"), rows)

    terminal.run(work())
