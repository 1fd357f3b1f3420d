"""Writing into several tables with one statement of PostgreSQL's: WITH … AS (INSERT …).

    part = InsertFrom(Message, "place", taken={"position": "message_count"}, given=("id", "text"))
    both = prepare(
        text(f"WITH place AS (UPDATE …), written AS ({part.sql}) SELECT * FROM place").bindparams(
            *part.binds
        )
    )
    tx.first(both, {**part.values({"id": "…", "text": "…"}), …})

On PostgreSQL it takes longer to ask for a statement than to insert a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BindParameter, bindparam

from recado.store.base import Base


class InsertFrom:
    """An INSERT of one row for each of `source`: some columns are `taken` from there by SQL, others
    are `given` as parameters, whose names begin with the table's. The rest is null."""

    def __init__(
        self, model: type[Base], source: str, *, taken: Mapping[str, str], given: Iterable[str]
    ) -> None:
        table = model.__table__
        self._names = {column: f"{model.__tablename__}_{column}" for column in given}
        columns = ", ".join([*taken, *self._names])
        values = ", ".join([*taken.values(), *(f":{name}" for name in self._names.values())])
        self.sql = f"INSERT INTO {model.__tablename__} ({columns}) SELECT {values} FROM {source}"  # noqa: S608
        self.binds: list[BindParameter[Any]] = [
            bindparam(name, type_=table.c[column].type) for column, name in self._names.items()
        ]

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters for a row."""
        return {name: row[column] for column, name in self._names.items()}
