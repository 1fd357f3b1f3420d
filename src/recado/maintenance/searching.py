"""Keeps the index of the search (conversations/search) up with what is said, beside other work."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from recado.conversations.search.index import SOURCES, add_missing, forget_deleted, index_some
from recado.runtime import Runtime
from recado.store import now
from recado.store.sweeping import DAY

SEARCH_SECONDS = 10.0
#: Rows that one transaction writes down: few, for on SQLite everybody else waits meanwhile.
AT_ONCE = 100
#: Other scheduled work waits no longer than this, however many rows there are.
MOST_SECONDS = 60.0
#: How long others have the store to themselves, for each second that this had it.
REST = 2.0
#: A machine whose clock is wrong by less is noticed.
LOOKED_BACK = 14 * DAY

ADDED, FORGOTTEN = "rows made searchable", "search entries of removed rows merged away"


async def make_searchable(runtime: Runtime) -> dict[str, int]:
    """Write down what is not searchable yet, for a while."""
    until, count = time.monotonic() + MOST_SECONDS, 0
    for source in SOURCES:
        while time.monotonic() < until:
            began = time.monotonic()
            found = await runtime.store.write(partial(index_some, source=source, most=AT_ONCE))
            if not found:
                break
            count += found
            await asyncio.sleep(REST * (time.monotonic() - began))
    return {ADDED: count}


async def tend_search(runtime: Runtime) -> dict[str, int]:
    """Write down all that is not searchable, and rid the index of what is gone."""
    added = forgotten = 0
    for source in SOURCES:
        while found := await runtime.store.write(partial(index_some, source=source, most=AT_ONCE)):
            added += found
        since = now() - LOOKED_BACK
        while found := await runtime.store.write(
            partial(add_missing, source=source, since=since, most=AT_ONCE)
        ):
            added += found
    while found := await runtime.store.write(forget_deleted):
        forgotten += found
    return {ADDED: added, FORGOTTEN: forgotten}
