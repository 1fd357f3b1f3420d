"""`recado files`: where files are kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.media.storage.moving import Report
    from recado.media.storage.port import Blobs
    from recado.runtime import Runtime

app = typer.Typer(help="Where files are kept.", no_args_is_help=True)
#: Failures are shown up to here; beyond, only counted.
MOST_SHOWN = 20


@app.callback()
def _files() -> None:
    """Where files are kept."""


@app.command()
def move(
    source: Annotated[str, typer.Argument(help="Where they are, as RECADO_BLOB_URL names it.")],
    target: Annotated[str, typer.Argument(help="Where they are to be.")],
    delete: Annotated[
        bool, typer.Option(help="Delete each at the source once its copy has been compared.")
    ] = False,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Files under way at once.")] = 8,
) -> None:
    """Copy all files from one storage to another, and compare their checksums.

    Ctrl+C stops it; run again, it goes on. The exit status is 1 when something is not there yet.
    """
    loaded = terminal.quiet_settings()

    async def work() -> tuple[Report, bool]:
        from recado.errors import SettingsError
        from recado.media.storage.opening import open_storage

        if source.rstrip("/") == target.rstrip("/"):
            raise SettingsError("Both are the same storage: name two.")
        opened = [
            open_storage(url, loaded, setting=name)
            for url, name in ((source, "SOURCE"), (target, "TARGET"))
        ]
        try:
            async with terminal.opened(loaded) as runtime:
                return await _move(runtime, *opened, delete=delete, at_once=at_once)
        finally:
            for blobs in opened:
                await blobs.close()

    report, ended = terminal.run(work())
    _tell(report, ended=ended)
    if report.failures or not ended:
        raise typer.Exit(1)


async def _move(
    runtime: Runtime, source: Blobs, target: Blobs, *, delete: bool, at_once: int
) -> tuple[Report, bool]:
    from recado.media.storage.moving import Mover, count
    from recado.media.sweep import recorded_checksums, sweep_bytes

    await target.check()
    total, stop = await count(source), asyncio.Event()
    with terminal.stopping(stop), terminal.progress("Files moved") as show:
        mover = Mover(
            source,
            target,
            lambda ids: recorded_checksums(runtime, ids),
            delete=delete,
            at_once=at_once,
            progress=lambda done: show(done, max(done, total)),
        )
        report = await mover.run(stop)
    if delete and not stop.is_set():
        # What was erased is not copied, and must not stay behind either.
        report.deleted += await sweep_bytes(runtime, source)
    return report, not stop.is_set()


def _tell(report: Report, *, ended: bool) -> None:
    for key, reason in report.failed[:MOST_SHOWN]:
        typer.echo(f"{key}: {reason}", err=True)
    if report.failures > MOST_SHOWN:
        typer.echo(f"… and {report.failures - MOST_SHOWN} more", err=True)
    copied = f"Copied {terminal.counted(report.copied, 'file')} ({report.copied_bytes:,} bytes)"
    parts = [f"{copied}; {report.there} were there already"]
    if report.nobodys:
        parts.append(f"{report.nobodys} belong to no message and were left")
    if report.erased:
        parts.append(f"{report.erased} were erased meanwhile, and their copies with them")
    if report.deleted:
        parts.append(f"{report.deleted} were deleted at the source")
    if report.failures:
        parts.append(f"{report.failures} failed")
    typer.echo("; ".join(parts) + ".")
    if not ended:
        typer.echo("Stopped before the end. The same command goes on.", err=True)
