"""`recado templates`: the vendor's message templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.channels.port import Line
    from recado.runtime import Runtime

app = typer.Typer(help="The vendor's message templates.", no_args_is_help=True)

LineOption = Annotated[
    str, typer.Option("--line", help="The line's name, address or id. Left out: all lines.")
]


@app.command("list")
def list_(line: LineOption = "") -> None:
    """List the templates, as they were when they were last synchronised."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.templates.catalogue import list_templates

        async with terminal.opened(loaded) as runtime:
            names = {it.id: it.name for it in await _lines(runtime, line)}
            found = await runtime.store.read(list_templates)
        rows = [
            (it.name, it.language, it.status, it.category, names[it.line_id])
            for it in found
            if it.line_id in names
        ]
        terminal.table(("name", "language", "status", "category", "line"), rows)

    terminal.run(work())


@app.command()
def sync(line: LineOption = "") -> None:
    """Ask the vendors for their templates now; Recado does so once an hour."""
    loaded = terminal.quiet_settings()

    async def work() -> list[str]:
        from recado.errors import NotFound
        from recado.templates.sync import sync_templates

        async with terminal.opened(loaded) as runtime:
            lines = await _lines(runtime, line)
            if not lines:
                raise NotFound("No line has templates. Add a WhatsApp or Twilio line first.")
            return [f"{it.name}: {await sync_templates(runtime, it)} templates." for it in lines]

    for told in terminal.run(work()):
        typer.echo(told)


async def _lines(runtime: Runtime, name: str) -> list[Line]:
    """The lines that have templates; those of that name. Raises NotFound."""
    from recado.errors import NotFound
    from recado.language.reading import for_matching

    having = [
        it
        for it in await runtime.lines.all()
        if "templates" in runtime.channels[it.channel].capabilities.features
    ]
    wanted = for_matching(name)
    found = [
        it for it in having if wanted in {"", it.id, *map(for_matching, (it.address, it.name))}
    ]
    if name and not found:
        known = ", ".join(it.name for it in having) or "none"
        raise NotFound(f"No line with templates is called {name}; there are: {known}.")
    return found
