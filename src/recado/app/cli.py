"""`recado …`: what a person or a script can do from a terminal.

Commands live in `commands/`; they import what they need when they run, so that `--help` is fast.
Exit status: 0 done, 1 failed with one clear line on stderr, 2 wrong usage.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from recado import __version__
from recado.app.commands import (
    costs,
    data,
    dead_letters,
    evaluations,
    files,
    knowledge,
    line,
    lines,
    process,
    talk,
    templates,
    users,
)
from recado.security.private_files import close_new_files


class Group(TyperGroup):
    """Turns the errors that a person can mend into one line and exit status 1."""

    def invoke(self, ctx: Any) -> Any:
        from recado.app.commands.terminal import one_line

        try:
            return super().invoke(ctx)
        except Exception as error:
            told = one_line(error)
            if told is None:
                raise  # ours to mend: with its traceback
            typer.echo(f"recado: {told}", err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    name="recado",
    cls=Group,
    help="AI agents and human teams on WhatsApp: every message answered, once, in order,"
    " by one speaker.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: half the time to `--help`
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"recado {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Options before the command."""
    close_new_files()


app.command()(process.up)
app.command()(process.serve)
app.command()(talk.chat)
app.command()(talk.send)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(evaluations.app, name="eval")
app.add_typer(files.app, name="files")
app.add_typer(users.app, name="users")
app.add_typer(lines.app, name="lines")
app.add_typer(templates.app, name="templates")
app.add_typer(line.app, name="line")
app.command()(costs.costs)
app.command()(process.doctor)
app.command()(data.migrate)
app.command()(data.export)
app.command()(data.erase)
app.add_typer(data.maintenance, name="maintenance")
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    process.bench
)


def main() -> None:
    try:
        app()
    except BrokenPipeError:  # `recado … | head`: who reads has had enough
        sys.stderr.close()
        sys.exit(0)
