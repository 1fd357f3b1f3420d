"""Questions that ask the same are put together: new ones when somebody looks, or within minutes.

Each is compared with the first question of each group, through an index of what they are made of,
so that the work grows with the new questions and not with all there ever were. It is done outside
any transaction: nobody who writes waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, func, select, update

from recado.assistant.unanswered.likeness import ALIKE, Features, Likenesses
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.store import Store, Tx
from recado.store.prepared import prepare

#: How often it is done where nobody looks.
GROUP_SECONDS = 600.0
#: So many questions are put in their place at once …
BATCH = 200
#: … among so many groups, those that were asked for last.
MOST_GROUPS = 1000
#: What was dismissed is dismissed again only where it is this much the same.
SURELY_ALIKE = 0.75
_COMPARED = ("open", "dismissed")


class Place(msgspec.Struct, frozen=True):
    """Where a question belongs. `state` is the group's; `is_new`: the question begins it."""

    question_id: str
    group_id: str
    state: str
    is_new: bool


async def group_new(store: Store) -> int:
    """Put what came since into its groups. Returns how many questions that were."""
    total = 0
    while placed := await _group_batch(store):
        total += placed
    return total


async def _group_batch(store: Store) -> int:
    new = await store.read(new_questions)
    if not new:
        return 0
    firsts = await store.read(first_of_groups)
    places = await asyncio.to_thread(places_of, new, firsts)
    return await store.write(lambda tx: put_places(tx, places))


def places_of(new: Sequence[Row[Any]], firsts: Sequence[Row[Any]]) -> list[Place]:
    """The places of the new questions, given the first question of each group."""
    groups = Likenesses()
    states = {first.group_id: first.state for first in firsts}
    begun: set[str] = set()
    for first in firsts:
        groups.add(first.group_id, Features.of(first.text, first.language))
    places = []
    for row in new:
        features = Features.of(row.text, row.language)
        group_id = _group_for(features, groups, states)
        if group_id is None:
            group_id = row.id
            groups.add(group_id, features)
            states[group_id] = row.state
            begun.add(group_id)
        places.append(Place(row.id, group_id, states[group_id], group_id in begun))
    return places


def put_places(tx: Tx, places: Sequence[Place]) -> int:
    """Questions whose group was decided about meanwhile stay for the next time. Those of the
    groups that begin here are always put, so that each time leaves fewer."""
    known = [place.group_id for place in places if not place.is_new]
    question = UnansweredQuestion
    rows = tx.all(
        select(question.group_id, question.state).where(question.group_id.in_(known)).distinct()
    )
    now_in = {row.group_id: row.state for row in rows}
    put = [it for it in places if it.is_new or now_in.get(it.group_id) == it.state]
    lost = [it for it in places if not it.is_new and it.group_id not in now_in]
    # Whose group has gone (its contact was erased) begins one.
    put += [Place(it.question_id, it.question_id, "open", True) for it in lost]
    if put:
        values = [
            {"question": it.question_id, "group": it.group_id, "as_state": it.state} for it in put
        ]
        tx.execute(_PUT, values)
    return len(put)


def _group_for(features: Features, groups: Likenesses, states: dict[str, str]) -> str | None:
    found = groups.closest(features)
    if found is None:
        return None
    group_id, likeness = found
    return group_id if likeness >= (ALIKE if states[group_id] == "open" else SURELY_ALIKE) else None


def new_questions(tx: Tx) -> Sequence[Row[Any]]:
    question = UnansweredQuestion
    return tx.all(
        select(question.id, question.text, question.language, question.state)
        .where(question.group_id.is_(None))
        .order_by(question.id)
        .limit(BATCH)
    )


def first_of_groups(tx: Tx) -> Sequence[Row[Any]]:
    question = UnansweredQuestion
    lately = (
        select(func.min(question.id).label("first"))
        .where(question.group_id.is_not(None), question.state.in_(_COMPARED))
        .group_by(question.group_id)
        .order_by(func.max(question.id).desc())
        .limit(MOST_GROUPS)
        .subquery()
    )
    columns = (question.group_id, question.text, question.language, question.state)
    return tx.all(select(*columns).join(lately, lately.c.first == question.id))


_PUT = prepare(
    update(UnansweredQuestion)
    .where(UnansweredQuestion.id == bindparam("question"), UnansweredQuestion.group_id.is_(None))
    .values(group_id=bindparam("group"), state=bindparam("as_state"))
)
