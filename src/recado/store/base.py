"""What every table shares: the metadata, column types, ids and the clock, and how one statement
writes into several.

Points in time are Unix seconds in a double, in every table: one type that both engines, JSON and
Python sort alike. Ids are UUIDv7 in hex: ordered by time, so that new rows land together.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
import uuid_utils
from sqlalchemy import JSON, BindParameter, Double, MetaData, String, Text, bindparam
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

Id = Annotated[str, mapped_column(String(32))]
PrimaryId = Annotated[str, mapped_column(String(32), primary_key=True)]
Seconds = Annotated[float, mapped_column(Double)]
#: None is stored as SQL's NULL, not as JSON's.
Json = Annotated[
    Any,
    mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"), nullable=True
    ),
]
LongText = Annotated[str, mapped_column(Text)]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def new_id() -> str:
    """A new UUIDv7 in hex (32 characters), later ones sorting after earlier ones."""
    return uuid_utils.uuid7().hex


def first_id(moment: float) -> str:
    """No id that was made at `moment` (Unix seconds) or later sorts before this.

    UUIDv7 begins with the milliseconds in which it was made (RFC 9562, 5.7): so the primary key
    also finds what is old.
    """
    return f"{min(max(int(moment * 1000), 0), 0xFFFF_FFFF_FFFF):012x}"


def now() -> float:
    """The present, in Unix seconds."""
    return time.time()


_encoder = msgspec.json.Encoder()


def encode_json(value: Any) -> str:
    return _encoder.encode(value).decode()


decode_json = msgspec.json.Decoder().decode


class InsertFrom:
    """An INSERT of one row for each of `source`: some columns are `taken` from there by SQL, others
    are `given` as parameters, whose names begin with the table's. The rest is null.

        taken = {"position": "message_count"}
        part = InsertFrom(Message, "place", taken=taken, given=("id", "text"))
        both = f"WITH place AS (UPDATE …), written AS ({part.sql}) SELECT * FROM place"
        both = prepare(text(both).bindparams(*part.binds))
        tx.first(both, {**part.values({"id": "…", "text": "…"}), …})

    On PostgreSQL it takes longer to ask for a statement than to insert a row.
    """

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
