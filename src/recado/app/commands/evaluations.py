"""`recado eval`: whether a change made the assistant better, before it goes live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.app.evaluating import Evaluation
    from recado.assistant.evaluations.results import Run
    from recado.settings import Settings

app = typer.Typer(
    help="Ask the assistant what it should know, and see how often it is right.",
    no_args_is_help=True,
)


@app.command()
def run(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files of cases, or folders of them (RECADO_DATA/evaluations/cases); `attacks` are"
            " those that come with Recado."
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            help="Ask this one, too: a model, `character:NAME`, or a version of it, `NAME@draft` or"
            " `NAME@3`."
        ),
    ] = None,
    least: Annotated[
        str,
        typer.Option(
            help="RIGHT,DECLINED in percent: what every set has to reach. Single cases may then"
            " fail."
        ),
    ] = "",
    judge: Annotated[
        str, typer.Option(help="The model that judges what rules cannot; else that is skipped.")
    ] = "",
    report: Annotated[
        Path | None,
        typer.Option(help="Where the HTML report goes (RECADO_DATA/evaluations/ID.html)."),
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML there, for CI.")] = None,
    at_once: Annotated[
        int, typer.Option(min=0, max=100, help="Questions at once; 0: as suits the model.")
    ] = 0,
    data: terminal.DataOption = None,
) -> None:
    """Ask all cases, as customers would, and show how it went. Nothing is sent or stored in the
    conversations. The exit status is 1 where a case fails, or a bound is missed."""
    from recado.app.commands.evaluation_tables import read_least, show
    from recado.app.evaluating import Evaluation, Variant
    from recado.assistant.evaluations.bundled import found_at
    from recado.assistant.evaluations.case_files import read_sets
    from recado.assistant.evaluations.comparing import since
    from recado.assistant.evaluations.junit import to_junit
    from recado.assistant.evaluations.report import to_html
    from recado.assistant.evaluations.results import Runs, write_privately
    from recado.errors import NotFound

    bounds = read_least(least) if least else None
    loaded = terminal.quiet_settings(data, may_begin=bool(paths))
    runs = Runs(loaded.data)
    if not paths and not runs.cases.is_dir():
        raise NotFound(
            "There are no cases yet. `recado eval init evals` writes an example; the desk makes"
            " them of conversations."
        )
    sets = read_sets([found_at(path) for path in paths or [runs.cases]])
    variants = [Variant(), *map(Variant.of, against or ())]
    evaluation = Evaluation(loaded, sets, variants, judge=judge, at_once=at_once)
    if evaluation.needs_installation:
        terminal.refuse_elsewhere(loaded)
    found = terminal.run(_ask(evaluation, loaded))
    comparisons = since(runs, found)
    good = show(found, comparisons, bounds)
    stands = terminal.is_where_recado_runs(loaded)
    page = report or (runs.path(found, ".html") if stands else None)
    if page is not None:
        write_privately(page, to_html(found, comparisons).encode())
    if junit is not None:
        write_privately(junit, to_junit(found))
    told = f", report in {page}" if page is not None else ""
    if stands:
        typer.echo(f"Run {found.id}: stored in {runs.put(found)}{told}")
    else:  # a new data folder here would be found by nobody
        typer.echo(f"Run {found.id}: not stored, for there is no {loaded.data.resolve()}{told}")
    if not good:
        raise typer.Exit(1)


async def _ask(evaluation: Evaluation, loaded: Settings) -> Run:
    with terminal.progress("Asked") as told:
        if not evaluation.needs_installation:
            return await evaluation.run(on_done=told)
        async with terminal.opened(loaded) as installation:
            return await evaluation.run(installation, on_done=told)


@app.command()
def compare(
    before: Annotated[
        str, typer.Argument(help="A run: its id, its file, or last, last~1 and so on.")
    ],
    after: Annotated[str, typer.Argument(help="The other one.")] = "last",
    data: terminal.DataOption = None,
) -> None:
    """Show two runs side by side: the figures of the second one with what changed since the first,
    and the cases that went otherwise."""
    from recado.app.commands.evaluation_tables import show_table, tell_changes
    from recado.assistant.evaluations.comparing import match
    from recado.assistant.evaluations.results import Runs

    runs = Runs(terminal.quiet_settings(data, may_begin=True).data)
    old, new = runs.get(before), runs.get(after)
    comparisons = match(old, new)
    show_table(new.sets, comparisons)
    for found, comparison in zip(new.sets, comparisons, strict=True):
        if comparison is None:
            typer.echo(f"{found.name} is in {new.id} only.", err=True)
        tell_changes(found, comparison)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="A folder, or a .yaml file, that is not there yet.")],
) -> None:
    """Write an example to begin with: it passes as it is, with the business that comes with
    Recado."""
    from importlib.resources import files

    from recado.errors import Conflict

    file = path if path.suffix in {".yaml", ".yml"} else path / "first.yaml"
    example = files("recado.assistant.evaluations") / "example.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("xb") as new:
            new.write(example.read_bytes())
    except FileExistsError as error:
        raise Conflict(f"{file} is there already; name another file.") from error
    typer.echo(f"Wrote {file}. Ask it: {terminal.command()} eval run {file}")
