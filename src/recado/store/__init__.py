"""The store: one SQL database (SQLite or PostgreSQL), its transactions and migrations."""

from recado.store.base import Base, first_id, new_id, now
from recado.store.store import Followers, Store, Tx, open_store

__all__ = ["Base", "Followers", "Store", "Tx", "first_id", "new_id", "now", "open_store"]
