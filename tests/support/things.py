"""A plain table for tests of the store: `thing (id TEXT PRIMARY KEY)`."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import PIPE, Popen

from sqlalchemy import text

from recado.store import Store, Tx

ROOT = Path(__file__).parent.parent.parent
CREATE_THING = "CREATE TABLE thing (id TEXT PRIMARY KEY)"


def add(tx: Tx, id: str) -> None:
    tx.execute(text("INSERT INTO thing VALUES (:id)"), {"id": id})


async def ids(store: Store) -> list[str]:
    rows = await store.read(lambda tx: tx.all(text("SELECT id FROM thing ORDER BY id")))
    return [row.id for row in rows]


def start_process(command: str, target: str) -> Popen[str]:
    """A tests/support/store_process.py with its pipes open."""
    arguments = [sys.executable, "-m", "tests.support.store_process", command, target]
    return Popen(arguments, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)
