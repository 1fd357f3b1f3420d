"""The doctor on the database. It only looks: to upgrade is the operator's decision."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from recado.errors import RecadoError
from recado.observability.findings import Finding, fine, hint, wrong
from recado.settings import Settings, mask_url
from recado.store import open_store
from recado.store.migrate import HEAD, find_schema

#: A question that takes longer is not answered.
PROBE_SECONDS = 15.0

_VERSION = {"sqlite": "SELECT 'SQLite ' || sqlite_version()", "postgresql": "SELECT version()"}
_MADE_AT_START = "`recado migrate`, or the first `recado up`, makes its tables."
_STARTED = "Is it started, and is DATABASE_URL right?"


async def check_database(settings: Settings) -> tuple[list[Finding], bool]:
    """It answers, is at this version's schema, and keeps its promise at a power cut. And whether it
    is empty: nobody has started Recado on it yet."""
    shown = mask_url(settings.store_url)
    try:
        if _is_missing_file(settings.store_url):
            return hint(f"{shown} is not there yet", _MADE_AT_START), True
        store = open_store(settings.store_url, sync=settings.sqlite_sync)
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                schema, usable = await find_schema(store)
                version = await store.read(lambda tx: tx.scalar(text(_VERSION[tx.dialect])))
        finally:
            await store.close()
    except TimeoutError:
        return wrong(f"{shown} does not answer", _STARTED), False
    except RecadoError as error:
        return wrong(shown, error.detail), False
    except (SQLAlchemyError, OSError) as error:
        reason = getattr(error, "orig", None) or error
        return wrong(f"{shown}: {reason}", _STARTED), False
    found = _judge_schema(f"{shown} ({version})", schema, usable=usable)
    if settings.store_url.startswith("sqlite") and settings.sqlite_sync != "full":
        found += hint(
            f"RECADO_SQLITE_SYNC is {settings.sqlite_sync}: a power cut may lose the last messages",
            "Leave it at `full`, unless you can lose them.",
        )
    return found, schema is None


def _is_missing_file(store_url: str) -> bool:
    """Opening it would make it."""
    url = make_url(store_url)
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _judge_schema(database: str, schema: str | None, *, usable: bool) -> list[Finding]:
    if schema is None:
        return hint(f"{database} has no tables of Recado yet", _MADE_AT_START)
    if usable:
        newer = "" if schema == HEAD else f", a newer version's; this one ({HEAD}) can work on it"
        return fine(f"{database}, schema {schema}{newer}")
    what = f"{database}: schema is at {schema}, this version needs {HEAD}"
    if schema < HEAD:
        return wrong(what, "Back up, then run `recado migrate`.")
    return wrong(what, "A newer Recado has used it: upgrade this one, or restore a backup.")
