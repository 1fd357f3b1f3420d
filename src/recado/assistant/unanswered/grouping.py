"""Questions that ask the same are put together: new ones when somebody looks, or within minutes.

Each is compared with the first question of each group, through an index of what they are made of,
so that the work grows with the new questions and not with all there ever were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, update

from recado.assistant.unanswered.likeness import ALIKE, Features, Likenesses
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.store import Store, Tx

#: How often it is done where nobody looks.
GROUP_SECONDS = 600.0
#: One transaction puts no more questions in their place than this …
BATCH = 200
#: … among so many groups, those that were asked for last.
MOST_GROUPS = 1000
#: What was dismissed is dismissed again only where it is this much the same.
SURELY_ALIKE = 0.75
LOCK = "unanswered"
_COMPARED = ("open", "dismissed")


async def group_new(store: Store) -> int:
    """Put what came since into its groups. Returns how many questions that were."""
    total = 0
    while await store.read(_has_new):
        total += await store.write(group_batch)
    return total


def group_batch(tx: Tx) -> int:
    """As group_new, for BATCH of them."""
    tx.lock(LOCK)
    question = UnansweredQuestion
    new = tx.all(
        select(question.__table__)
        .where(question.group_id.is_(None))
        .order_by(question.id)
        .limit(BATCH)
    )
    if not new:
        return 0
    groups = Likenesses()
    states = {}
    for first in _first_of_groups(tx):
        groups.add(first.group_id, Features.of(first.text, first.language))
        states[first.group_id] = first.state
    for row in new:
        features = Features.of(row.text, row.language)
        group_id = _group_for(features, groups, states)
        if group_id is None:
            group_id = row.id
            groups.add(group_id, features)
            states[group_id] = row.state
        values = {"group_id": group_id, "state": states[group_id]}
        tx.execute(update(question).where(question.id == row.id).values(values))
    return len(new)


def _group_for(features: Features, groups: Likenesses, states: dict[str, str]) -> str | None:
    found = groups.closest(features)
    if found is None:
        return None
    group_id, likeness = found
    return group_id if likeness >= (ALIKE if states[group_id] == "open" else SURELY_ALIKE) else None


def _first_of_groups(tx: Tx) -> Sequence[Row[Any]]:
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


def _has_new(tx: Tx) -> bool:
    new = select(UnansweredQuestion.id).where(UnansweredQuestion.group_id.is_(None)).limit(1)
    return tx.first(new) is not None
