"""`recado costs`: what providers' models have cost."""

from __future__ import annotations

from typing import Annotated

import typer

from recado.app.commands import terminal


def costs(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="So many days.")] = 30,
) -> None:
    """What providers' models have cost, by day, line and model."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.assistant.models.costs import read_costs

        async with terminal.opened(loaded) as runtime:
            found = await runtime.store.read(lambda tx: read_costs(tx, days))
        rows = [
            (
                it.day,
                it.line_name or it.line_id,
                it.model,
                str(it.calls),
                str(it.failed),
                str(it.tokens_in),
                str(it.tokens_out),
                f"{it.cost:.4f}" + (f" + {it.unpriced} of unknown price" if it.unpriced else ""),
            )
            for it in found
        ]
        headings = ("day", "line", "model", "calls", "failed", "read", "generated", "US$")
        terminal.table(headings, rows)
        if rows:
            typer.echo(f"Together: US$ {sum(it.cost for it in found):.4f}", err=True)

    terminal.run(work())
