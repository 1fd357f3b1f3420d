"""`recado knowledge`: what the assistant answers from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.assistant.knowledge.folders import Learnt
    from recado.runtime import Runtime

app = typer.Typer(help="What the assistant answers from.", no_args_is_help=True)


@app.command()
def add(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files (md, txt, html, csv, json, pdf, docx, odt, xlsx, ods, pptx, jpg, png),"
            " folders of them, or https://…"
        ),
    ],
    force: Annotated[bool, typer.Option(help="Read again what has not changed.")] = False,
    daily: Annotated[bool, typer.Option(help="Read pages again by itself, once a day.")] = False,
    sendable: Annotated[
        bool | None,
        typer.Option(
            "--sendable/--not-sendable",
            help="Customers who ask for them may be sent the files themselves.",
        ),
    ] = None,
) -> None:
    """Learn files and pages, each in place of what was there under its name.

    What cannot be read is told, and the rest goes on; the exit status is then 1.
    """
    loaded = terminal.quiet_settings()

    told: list[str] = []
    failed: list[str] = []

    async def work() -> None:
        async with terminal.opened(loaded) as runtime:
            pages, files = _parted(paths)
            async for learnt in _learn(
                runtime, files, pages, force=force, daily=daily, sendable=sendable
            ):
                _tell(learnt)
                told.append(learnt.name)
                if learnt.problem and learnt.meant:
                    failed.append(learnt.name)

    terminal.run(work())
    if failed and len(told) > 1:
        names = ", ".join(failed[:10]) + (" …" if len(failed) > 10 else "")
        typer.echo(f"Not learnt: {terminal.counted(len(failed), 'file')} ({names}).", err=True)
    if failed:
        raise typer.Exit(1)


def _parted(paths: list[str]) -> tuple[list[str], list[Path]]:
    """The addresses of pages, and the files."""
    pages = [it for it in paths if it.lower().startswith(("https://", "http://"))]
    return pages, [Path(it) for it in paths if it not in pages]


async def _learn(
    runtime: Runtime,
    files: list[Path],
    pages: list[str],
    *,
    force: bool,
    daily: bool,
    sendable: bool | None,
) -> AsyncIterator[Learnt]:
    from recado.assistant.knowledge.folders import Learnt
    from recado.errors import RequestError

    async for learnt in runtime.knowledge.add_paths(files, force=force, sendable=sendable):
        yield learnt
    for url in pages:
        try:
            view = await runtime.pages.add(url, refresh="daily" if daily else "never")
            yield Learnt(view.name, view)
        except RequestError as error:
            yield Learnt(url, problem=error.detail)


def _tell(learnt: Learnt) -> None:
    """A file in a line as soon as it is read: what it held, what became of it, what did not."""
    view = learnt.source
    if view is None:
        named = "" if learnt.name in learnt.problem else f"{learnt.name}: "
        outcome = "failed" if learnt.meant else "left out"
        typer.echo(f"{outcome:10} {named}{learnt.problem}", err=True)
        return
    held = ", ".join(terminal.counted(n, noun) for noun, n in view.counts.items())
    passages = f"{terminal.counted(view.passage_count, 'passage')}, {view.language}"
    became = f"{held} → {passages}" if held else passages
    typer.echo(f"{view.outcome:10} {learnt.name} ({became})")
    for left in view.left_out:
        typer.echo(terminal.dim(f"{'':10} {left.reason}: {left.what}"), err=True)
    if view.note:
        typer.echo(terminal.dim(view.note), err=True)


@app.command("list")
def list_() -> None:
    """List what was learnt."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        async with terminal.opened(loaded) as runtime:
            views = await runtime.knowledge.list()
        rows = [
            (
                it.name,
                it.kind,
                it.language,
                it.passage_count,
                f"{max(it.size_bytes / 1024, 0.1):.1f} KB",
                "sample" if it.sample else terminal.when(it.updated_at),
            )
            for it in views
        ]
        terminal.table(("name", "kind", "language", "passages", "size", "since"), rows)

    terminal.run(work())


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="As a customer would ask.")],
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
) -> None:
    """Show what a question finds; from a score of 0.60 on, a passage answers it."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.language.detection import detect_language

        language = detect_language(question, default=loaded.default_language).code
        async with terminal.opened(loaded) as runtime:
            hits = await runtime.knowledge.search(question, language, limit=limit)
        for hit in hits:
            typer.echo(f"{hit.score:.2f}  {hit.source_name} › {hit.heading}")
            typer.echo(terminal.dim(f"      {' '.join(hit.text.split())[:300]}"))
        if not hits:
            typer.echo("Nothing answers that.", err=True)

    terminal.run(work())
