"""`recado migrate`, `recado export`, `recado erase`, `recado maintenance`: what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recado.app.commands import terminal
from recado.security.private_files import write_private

maintenance = typer.Typer(help="The scheduled work.", no_args_is_help=True)

Contact = Annotated[
    str, typer.Argument(help="A phone number, BSUID, user name, or the contact's id.")
]


@maintenance.callback()
def _maintenance() -> None:
    """The scheduled work, now."""


def migrate() -> None:
    """Bring the database to this version's schema."""
    loaded = terminal.quiet_settings(may_begin=True)
    if not loaded.database_url:  # or whoever stands in the wrong folder would believe it was done
        terminal.refuse_elsewhere(loaded)

    async def work() -> None:
        from recado.store import open_store
        from recado.store.migrate import HEAD
        from recado.store.migrate import migrate as bring_up

        store = open_store(loaded.store_url, sync=loaded.sqlite_sync)
        try:
            changed = await bring_up(store)
        finally:
            await store.close()
        typer.echo(f"Migrated to schema {HEAD}." if changed else f"At schema {HEAD} already.")

    terminal.run(work())


def export(
    contact: Contact,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file instead of standard output.")
    ] = None,
    files: Annotated[
        Path | None, typer.Option("--files", help="A folder for the files that came and went.")
    ] = None,
) -> None:
    """Write all that is stored about a contact, as JSON."""
    loaded = terminal.quiet_settings()

    async def work() -> bytes:
        import msgspec

        from recado.maintenance.personal_data import export_contact, export_files, find_contact

        async with terminal.opened(loaded) as runtime:
            found = await runtime.store.read(
                lambda tx: export_contact(tx, find_contact(tx, contact))
            )
            if files is not None:
                await export_files(runtime, found["media"], files)
        return msgspec.json.format(msgspec.json.encode(found), indent=2)

    exported = terminal.run(work())
    if output is None:
        typer.echo(exported.decode())
    else:
        write_private(output, exported + b"\n")
        typer.echo(f"Wrote {output} ({len(exported):,} bytes).", err=True)


def erase(
    contact: Contact, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Remove all that is stored about a contact, for good."""
    loaded = terminal.quiet_settings()

    async def look() -> str:
        from recado.maintenance.personal_data import describe_contact, find_contact

        async with terminal.opened(loaded) as runtime:
            return await runtime.store.read(
                lambda tx: describe_contact(tx, find_contact(tx, contact))
            )

    async def work() -> dict[str, int]:
        from recado.maintenance.personal_data import erase

        async with terminal.opened(loaded) as runtime:
            return await erase(runtime, contact, actor="cli")

    described = terminal.run(look())
    terminal.confirm(f"Erase {described}? There is no way back but a backup.", yes=yes)
    removed = terminal.run(work())
    typer.echo(f"Erased {described}:")
    for name, count in removed.items():
        if count:
            typer.echo(f"  {count:>6} {name}")


@maintenance.command("run")
def run() -> None:
    """Do the scheduled work now: remove what is past its time."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.maintenance.tasks import clean_up

        async with terminal.opened(loaded) as runtime:
            for name, count in (await clean_up(runtime)).items():
                typer.echo(f"{count:>6} {name}")

    terminal.run(work())
