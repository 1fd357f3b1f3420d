"""`recado eval`: whether a change made the assistant better, before it goes live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.assistant.evaluations.results import Run

app = typer.Typer(
    help="Ask the assistant what it should know, and see how often it is right.",
    no_args_is_help=True,
)


@app.command()
def run(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files of cases, or folders of them (RECADO_DATA/evaluations/cases)."),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(help="Ask this one, too: a model's name, or `character:NAME`."),
    ] = None,
    least: Annotated[
        str,
        typer.Option(
            help="RIGHT,DECLINED in percent: what every set has to reach. Single cases may then"
            " fail."
        ),
    ] = "",
    at_once: Annotated[
        int, typer.Option(min=0, max=100, help="Questions at once; 0: as suits the model.")
    ] = 0,
    data: terminal.DataOption = None,
) -> None:
    """Ask all cases, as customers would, and show how it went. Nothing is sent or stored in the
    conversations. The exit status is 1 where a case fails, or a bound is missed."""
    from recado.app.commands.evaluation_tables import Least, show
    from recado.app.evaluating import Evaluation, Variant
    from recado.assistant.evaluations.cases import read_sets
    from recado.assistant.evaluations.results import Runs

    bounds = Least.of(least) if least else None
    loaded = terminal.quiet_settings(data, may_begin=bool(paths))
    runs = Runs(loaded.data)
    sets = read_sets(paths or [runs.cases])
    variants = [Variant(), *map(Variant.of, against or ())]
    evaluation = Evaluation(loaded, sets, variants, at_once=at_once)

    async def work() -> Run:
        with terminal.progress("Asked") as told:
            if not evaluation.needs_installation:
                return await evaluation.run(on_done=told)
            async with terminal.opened(loaded) as installation:
                return await evaluation.run(installation, on_done=told)

    if evaluation.needs_installation:
        terminal.quiet_settings(data)  # refuses where there is none
    found = terminal.run(work())
    good = show(found, runs, bounds)
    typer.echo(f"Stored as {found.id} in {runs.put(found)}.")
    if not good:
        raise typer.Exit(1)
