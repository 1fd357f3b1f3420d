"""New messages are looked through for facts, beside the way of a message: nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row, insert, select, update

from recado.conversations.facts.finding import Fact, facts_in
from recado.conversations.facts.keeping import add_found
from recado.conversations.facts.model import FactsRead
from recado.conversations.model import Conversation, Message
from recado.runtime import Runtime
from recado.store import Store, Tx, first_id, now

#: How often it is done.
READ_SECONDS = 15.0
BATCH = 500
#: A message may be committed so long after its id was made, by a machine whose clock is behind: so
#: far back is looked again. What a message has told already, it does not tell again.
OVERLAP_SECONDS = 120.0
#: Where it has never run, so far back.
FIRST_SECONDS = 30 * 86_400.0
_NAME = "facts"
#: What is heard is less sure than what is written.
_OF_TYPE = {"text": 1.0, "audio": 0.85}


async def read_facts(runtime: Runtime) -> dict[str, int]:
    """For the scheduler: what has been said since the last time."""
    return {"facts about contacts found": await find_facts(runtime.store)}


async def find_facts(store: Store) -> int:
    """Look through the messages that came since, and return how many facts are new."""
    began = now()
    read_to = await store.read(_read_to)
    after = first_id((began - FIRST_SECONDS if read_to is None else read_to) - OVERLAP_SECONDS)
    total = 0
    while rows := await store.read(partial(_messages, after)):
        found = await asyncio.to_thread(_find, rows)
        if found:
            total += await store.write(partial(_keep, found))
        after = rows[-1].id
    await store.write(lambda tx: _note(tx, began, known=read_to is not None))
    return total


def _read_to(tx: Tx) -> float | None:
    read_to: float | None = tx.scalar(select(FactsRead.read_to).where(FactsRead.name == _NAME))
    return read_to


def _messages(after: str, tx: Tx) -> Sequence[Row[Any]]:
    return tx.all(
        select(
            *(Message.id, Message.type, Message.text, Message.content, Message.direction),
            *(Message.created_at, Message.conversation_id, Message.revoked_at),
        )
        .where(Message.id > after)
        .order_by(Message.id)
        .limit(BATCH)
    )


def _find(rows: Sequence[Row[Any]]) -> list[tuple[Row[Any], list[Fact]]]:
    found = []
    for row in rows:
        content = row.content or {}
        # In a group others speak, and what is passed on is not about whoever passes it on.
        others = content.get("participant") or content.get("forwarded")
        if row.direction != "inbound" or row.type not in _OF_TYPE or row.revoked_at or others:
            continue
        sure = _OF_TYPE[row.type]
        facts = [it._replace(confidence=it.confidence * sure) for it in facts_in(row.text)]
        if facts:
            found.append((row, facts))
    return found


def _keep(found: Sequence[tuple[Row[Any], list[Fact]]], tx: Tx) -> int:
    """By the conversations' contacts as they are now: two may have become one meanwhile."""
    ids = {row.conversation_id for row, _ in found}
    owners = select(Conversation.id, Conversation.contact_id).where(Conversation.id.in_(ids))
    contacts = {row.id: row.contact_id for row in tx.all(owners.with_for_update(read=True))}
    total = 0
    for row, facts in found:
        contact_id = contacts.get(row.conversation_id)
        if contact_id is not None:  # else erased meanwhile
            total += add_found(tx, contact_id, row.id, facts, said_at=row.created_at)
    return total


def _note(tx: Tx, moment: float, *, known: bool) -> None:
    if known:
        tx.execute(update(FactsRead).where(FactsRead.name == _NAME).values(read_to=moment))
    else:
        tx.execute(insert(FactsRead), {"name": _NAME, "read_to": moment})
