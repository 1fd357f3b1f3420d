"""What a turn has of files that say much: as much as it looks at, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from recado.media.reading.findings import MOST_CHARACTERS, columns_of
from recado.media.reading.kept import MOST_OF_TURN, kept_steps, step_reading, steps_of
from recado.media.reading.model import MediaReading
from recado.media.reading.port import FileReading, Piece
from recado.store import Store, new_id, now
from recado.turns.file_passages import lines_about
from recado.turns.files import TurnFile
from tests.support.stores import make_store_on

LONG = FileReading(tuple(Piece(f"Página {n}: línea de un contrato. " * 50) for n in range(300)))
SHORT = FileReading((Piece("Total 5", page=2),))


async def keep(store: Store, reading: FileReading, *, state: str = "done") -> str:
    """One file's step; the file's id."""
    media_id = new_id()
    row = {
        "id": new_id(),
        "media_id": media_id,
        "step": "document",
        "state": state,
        "reader": "documents",
        "passed": {},
        "tries": 1,
        "error": None,
        "started_at": now(),
        "finished_at": None,
        **columns_of(reading),
    }
    await store.write(lambda tx: tx.execute(insert(MediaReading), row))
    return media_id


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_of_ten_contracts_a_turn_has_the_last_and_knows_that_the_others_are_read(
    database: str, tmp_path: Path
) -> None:
    async with make_store_on(database, tmp_path) as store:
        ids = [await keep(store, LONG) for _ in range(9)]
        ids.append(await keep(store, SHORT))
        found = await store.read(lambda tx: kept_steps(tx, ids))
        fetched = [len(step.kept) for steps in found.values() for step in steps]
        assert sum(fetched) < MOST_OF_TURN + 1.5 * MOST_CHARACTERS
        (last,) = found[ids[-1]]
        assert last.pieces() == SHORT.pieces
        (before,) = found[ids[-2]]
        assert len(before.pieces()) > 100
        (first,) = found[ids[0]]
        assert (first.pieces(), first.is_empty) == ((), False)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_a_step_that_found_nothing_is_told_from_one_that_was_left_out(
    database: str, tmp_path: Path
) -> None:
    async with make_store_on(database, tmp_path) as store:
        empty = await keep(store, FileReading(), state="reading")
        (step,) = (await store.read(lambda tx: kept_steps(tx, [empty])))[empty]
        assert step.is_empty
        (row,) = await store.read(lambda tx: steps_of(tx, empty))
        assert step_reading(row).pieces == ()


async def test_a_model_is_told_that_a_file_was_read_and_left_out(tmp_path: Path) -> None:
    async with make_store_on("sqlite", tmp_path) as store:
        ids = [await keep(store, LONG) for _ in range(3)]
        found = await store.read(lambda tx: kept_steps(tx, ids))
        files = [
            TurnFile(
                id=it, message_id="m", kind="document", filename=f"{n}.pdf", is_pending=False,
                sent_at=0, position=n, steps=found[it],
            )
            for n, it in enumerate(ids)
        ]  # fmt: skip
        told = lines_about(files, "¿Qué dice?", "es")
        assert any("0.pdf" in line and "left out" in line for line in told)
        assert not any("nobody has read it" in line for line in told)
