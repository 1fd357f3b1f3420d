"""Which versions of Recado may work on a database: the rule of rolling restarts.

Each migration from 0002 on leaves a row here: the oldest revision whose code goes on working
after it. A migration that only adds ("expand") leaves the revision before it; one that takes away
("contract") leaves the first that no longer uses what it takes.
"""

from __future__ import annotations

from sqlalchemy import inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base

#: The newest revision in `migrations/versions`; a test keeps it so.
HEAD = "0031"


class SchemaRule(Base):
    """`usable_since` is the oldest revision whose code works on a database at `revision`."""

    __tablename__ = "schema_rule"

    revision: Mapped[str] = mapped_column(primary_key=True)
    usable_since: Mapped[str]


def is_usable(connection: Connection, current: str | None, code: str = HEAD) -> bool:
    """Whether code made for revision `code` may work on a database at `current`."""
    if current == code:
        return True
    if current is None or current < code or not inspect(connection).has_table("schema_rule"):
        return False
    rule = select(SchemaRule.usable_since).where(SchemaRule.revision == current)
    usable_since = connection.execute(rule).scalar()
    return usable_since is not None and usable_since <= code
