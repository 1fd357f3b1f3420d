"""`recado dead-letters`: what could not be processed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.queue.dead_letters import Progress

app = typer.Typer(help="What could not be processed: see, replay, drop.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The dead letter's id, from `list`.")]


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="open, replayed, dropped or all.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many, newest first.")] = 50,
) -> None:
    """List dead letters, newest first."""
    if state not in {"open", "replayed", "dropped", "all"}:
        raise typer.BadParameter("open, replayed, dropped or all", param_hint="--state")
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.queue.dead_letters import DeadLetters

        async with terminal.opened(loaded) as runtime:
            letters = DeadLetters(runtime.store, runtime.queue)
            page = await letters.list(None if state == "all" else state, limit=limit)
        rows = [
            (it.id, terminal.when(it.created_at), it.queue, it.state, it.cause) for it in page.items
        ]
        if rows:
            terminal.table(("id", "since", "queue", "state", "cause"), rows)
        else:
            typer.echo(
                f"There are no {state} dead letters." if state != "all" else "None.", err=True
            )
        if page.next:
            typer.echo("There are more: raise --limit.", err=True)

    terminal.run(work())


@app.command()
def show(id: Id) -> None:
    """Show a dead letter with its cause and its whole body."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.queue.dead_letters import DeadLetters

        async with terminal.opened(loaded) as runtime:
            letter = await DeadLetters(runtime.store, runtime.queue).get(id)
        for name, value in (
            ("id", letter.id),
            ("state", letter.state),
            ("queue", letter.queue),
            ("lane", letter.lane),
            ("cause", letter.cause),
            ("received", f"{letter.receives} ×"),
            ("since", terminal.when(letter.created_at)),
            ("closed", terminal.when(letter.closed_at)),
            ("trace id", letter.trace_id),
            ("conversation", letter.conversation_id or ""),
        ):
            if value:
                typer.echo(f"{name + ':':14}{value}")
        typer.echo(f"\n{letter.text}")

    terminal.run(work())


@app.command()
def replay(
    id: Annotated[str | None, typer.Argument(help="The dead letter's id, from `list`.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every open one, oldest first.")] = False,
    queue: Annotated[str | None, typer.Option(help="With --all: of this queue only.")] = None,
) -> None:
    """Put a dead letter back at the end of its lane, once its cause is mended."""
    if (id is None) is not all_:
        raise typer.BadParameter("name one dead letter, or --all")
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.queue.dead_letters import DeadLetters

        async with terminal.opened(loaded) as runtime:
            letters = DeadLetters(runtime.store, runtime.queue)
            if id is not None:
                await letters.replay(id)
                typer.echo(f"Replayed {id}.")
            elif not await _replay_all(letters.replay_all(queue)):
                raise typer.Exit(130)

    terminal.run(work())


async def _replay_all(steps: AsyncIterator[Progress]) -> bool:
    """Show how far it is; Ctrl+C ends it after the slice that is under way. False: it was ended."""
    stopped = asyncio.Event()
    at = None
    with terminal.stopping(stopped), terminal.progress("Replaying dead letters") as show:
        async for at in steps:
            show(at.replayed, at.replayed + at.left)
            if stopped.is_set():
                break
    if at is not None and at.left:
        typer.echo(f"Stopped. Replayed {at.replayed}; {at.left} are left.", err=True)
        return False
    typer.echo(f"Replayed {at.replayed if at else 0}.")
    return True


@app.command()
def drop(
    id: Id, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Give a dead letter up for good."""
    loaded = terminal.quiet_settings()
    terminal.confirm(f"Drop dead letter {id}? What it holds is never processed.", yes=yes)

    async def work() -> None:
        from recado.queue.dead_letters import DeadLetters

        async with terminal.opened(loaded) as runtime:
            await DeadLetters(runtime.store, runtime.queue).drop(id)
        typer.echo(f"Dropped {id}.")

    terminal.run(work())
