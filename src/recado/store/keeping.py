"""What a feature keeps, as `maintenance` needs to know it: to remove what is past its time, and to
give people all that is about them, or to take it away.

A feature says it in its `keeping.py`, and enters in maintenance/features.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from recado.store.base import now
from recado.store.mentions import Key
from recado.store.store import Tx
from recado.store.sweeping import DAY, remove_older

#: Some of what is past its time goes; returns how much, and is called again until that is none.
Sweep = Callable[[Tx], int]


@dataclass(frozen=True, slots=True)
class OfConversation:
    """A table whose rows belong to a conversation, by `conversation_id`, and go with it.

    `name` is what an export calls them. `when_old`: they also go by themselves, by their ids' age
    (RECADO_RETENTION_DAYS), and that is told in these words; "": they do not.
    """

    name: str
    table: Any
    when_old: str = ""


@dataclass(frozen=True, slots=True)
class OfContact:
    """A table whose rows belong to a contact, by `contact_id`, and go with it; the rest is as in
    OfConversation."""

    name: str
    table: Any
    when_old: str = ""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What one feature keeps. By the name it has in an export or a report:

    - `of_conversation`: tables whose rows belong to a conversation;
    - `of_contact`: tables whose rows belong to a contact;
    - `mentioning`: the keys of tables that name people in no column of its own;
    - `past_time`: what goes by itself;
    - `export` and `erase`: what else holds one of a person's marks (Subject.marks).
    """

    of_conversation: Sequence[OfConversation] = ()
    of_contact: Sequence[OfContact] = ()
    mentioning: Mapping[str, Key] = field(default_factory=dict)
    past_time: Mapping[str, Sweep] = field(default_factory=dict)
    export: Callable[[Tx, Sequence[bytes]], Mapping[str, Any]] = lambda _tx, _marks: {}
    erase: Callable[[Tx, Sequence[bytes]], Mapping[str, int]] = lambda _tx, _marks: {}


def after_days(key: InstrumentedAttribute[str], days: float) -> Sweep:
    """Removes rows whose id, of which `key` is the column, was made so many days ago."""
    return partial(_remove_after, key, days)


def _remove_after(key: InstrumentedAttribute[str], days: float, tx: Tx) -> int:
    return remove_older(tx, key, now() - days * DAY)
