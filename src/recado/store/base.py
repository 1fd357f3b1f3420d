"""What every table shares: the metadata, column types, ids and the clock.

Points in time are Unix seconds in a double, in every table: one type that both engines, JSON and
Python sort alike. Ids are UUIDv7 in hex: ordered by time, so that new rows land together.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

import msgspec
import uuid_utils
from sqlalchemy import JSON, Double, MetaData, String, Text
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
