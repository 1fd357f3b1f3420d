"""How far the search has come. The words themselves are in a table of each engine's own kind."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id


class SearchProgress(Base):
    """Up to where the rows of a table (`message`, `contact`, `media`) can be found: by their order
    in it, as each engine has it (index.py)."""

    __tablename__ = "search_progress"

    source: Mapped[str] = mapped_column(primary_key=True)
    indexed_to: Mapped[str]


class SearchAgain(Base):
    """A row whose words have changed since they were written down; triggers leave it here."""

    __tablename__ = "search_again"

    source: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[Id] = mapped_column(primary_key=True)
