"""Figures as they come, then one table."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bench.client import Timings


class Report:
    def __init__(self) -> None:
        self._console = Console()
        self._rows: list[tuple[str, str, str]] = []

    def add(self, what: str, figure: str, beside: str = "") -> None:
        self._rows.append((what, figure, beside))
        self._console.print(f"[dim]{what}: {figure}  {beside}")

    def show(self) -> None:
        table = Table(title="Recado, one machine, one run", title_justify="left")
        table.add_column("what")
        table.add_column("figure", justify="right")
        table.add_column("beside it")
        for row in self._rows:
            table.add_row(*row)
        self._console.print(table)


def tail(timings: Timings) -> str:
    return f"p50 {timings.percentile(0.5):.1f} ms, p99 {timings.percentile(0.99):.1f} ms"
