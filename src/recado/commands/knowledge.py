"""`recado knowledge`: what the assistant answers from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recado.commands import terminal

app = typer.Typer(help="What the assistant answers from.", no_args_is_help=True)


@app.command()
def add(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Files (md, txt, html, csv, json, pdf, docx), or folders of them."),
    ],
    force: Annotated[bool, typer.Option(help="Read again what has not changed.")] = False,
) -> None:
    """Learn files, each in place of what was there under its name."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        async with terminal.opened(loaded) as runtime:
            for path in paths:  # one by one, so that each is shown as soon as it is learnt
                for view in await runtime.knowledge.add_paths([path], force=force):
                    passages = f"{terminal.counted(view.passage_count, 'passage')}, {view.language}"
                    typer.echo(f"{view.outcome:10} {view.name} ({passages})")
                    if view.note:
                        typer.echo(terminal.dim(view.note), err=True)

    terminal.run(work())


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
        from recado.assistant.intelligence.language import detect_language

        language = detect_language(question, default=loaded.default_language).code
        async with terminal.opened(loaded) as runtime:
            hits = await runtime.knowledge.search(question, language, limit=limit)
        for hit in hits:
            typer.echo(f"{hit.score:.2f}  {hit.source_name} › {hit.heading}")
            typer.echo(terminal.dim(f"      {' '.join(hit.text.split())[:300]}"))
        if not hits:
            typer.echo("Nothing answers that.", err=True)

    terminal.run(work())
