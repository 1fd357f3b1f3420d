"""A draft tried on what was said last week: asked for, followed, and what it would have changed.

What is kept names conversations and figures, no words: whoever is erased is in no trial. It stands
with the draft and goes with it: a changed draft is a new one, without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import select, update

from recado.conversations.model import Conversation
from recado.errors import NotFound
from recado.escalation.policy.model import EscalationPolicyVersion
from recado.escalation.policy.rules import PolicyContent, content_of
from recado.store import Tx, now

#: A trial of which nothing was heard for so long has ended with its process: who looks for work
#: begins it again.
SILENT_SECONDS = 60.0
#: So far back.
DAYS = 7
#: So many differences are told one by one; all are counted.
MOST_TOLD = 100
_V = EscalationPolicyVersion
_DRAFT = select(_V.id, _V.content, _V.trial).where(_V.state == "draft")


class TrialReason(msgspec.Struct, frozen=True):
    """A reason of one of the two scores, and its points."""

    code: str
    weight: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A turn that one of the two hands over: the message at `position` and those before it.
    `score` and `reasons` are by what holds, `draft_score` and `draft_reasons` by the draft."""

    kind: Literal["more", "fewer"]
    conversation_id: str
    turn_id: str
    position: int
    at: float
    score: int
    draft_score: int
    reasons: tuple[TrialReason, ...] = ()
    draft_reasons: tuple[TrialReason, ...] = ()


class PolicyTrial(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is, and what it has found: `more` conversations would have been handed over, and
    `fewer` would not. `done` of `total` conversations are read, `turns` in them. `problem` says why
    it could not go on. `at` is when this was told."""

    state: Literal["asked", "running", "done"]
    at: float
    since: float
    done: int = 0
    total: int = 0
    turns: int = 0
    more: int = 0
    fewer: int = 0
    differences: tuple[Difference, ...] = ()
    problem: str = ""


class DraftToTry(msgspec.Struct, frozen=True):
    """`version_id` is this draft with these words: one that is changed meanwhile has another."""

    version_id: str
    content: PolicyContent
    since: float


def ask_for_trial(tx: Tx) -> None:
    """Have the draft tried; a trial that is under way goes on. Raises NotFound: no draft."""
    row = tx.first(_DRAFT.with_for_update())
    if row is None:
        raise NotFound("There is no draft: change something first, then try it.")
    found = trial_of(row.trial)
    if found is None or found.state == "done" or _is_silent(found):
        moment = now()
        since = moment - DAYS * 86_400
        _tell(tx, row.id, PolicyTrial(state="asked", at=moment, since=since))


def is_any_asked(tx: Tx) -> bool:
    return _waiting(tx.first(_DRAFT)) is not None


def take_one(tx: Tx) -> DraftToTry | None:
    """The draft whose trial was asked for and that nobody tries: it is the caller's."""
    found = _waiting(tx.first(_DRAFT.with_for_update()))
    if found is not None:
        running = PolicyTrial(state="running", at=now(), since=found.since)
        _tell(tx, found.version_id, running)
    return found


def tell_trial(tx: Tx, version_id: str, trial: PolicyTrial) -> bool:
    """Keep how far it is. False: the draft has changed since, was published, or is gone."""
    if tx.first(_DRAFT.where(_V.id == version_id).with_for_update()) is None:
        return False
    _tell(tx, version_id, trial)
    return True


def trial_of(stored: Any) -> PolicyTrial | None:
    return None if stored is None else msgspec.convert(stored, PolicyTrial)


def shown_trial(tx: Tx, stored: Any) -> PolicyTrial | None:
    """Without the differences in conversations that are gone since."""
    found = trial_of(stored)
    if found is None or not found.differences:
        return found
    ids = {it.conversation_id for it in found.differences}
    there = {row.id for row in tx.all(select(Conversation.id).where(Conversation.id.in_(ids)))}
    left = tuple(it for it in found.differences if it.conversation_id in there)
    return msgspec.structs.replace(found, differences=left)


def forget_in_trials(tx: Tx, marks: Sequence[bytes]) -> dict[str, int]:
    """Take the differences in these conversations out of what is kept; `marks` as in
    store/keeping.py."""
    gone, count = {it.decode("utf-8", "replace") for it in marks}, 0
    for row in tx.all(select(_V.id, _V.trial).order_by(_V.id).with_for_update()):
        found = trial_of(row.trial)
        if found is None:
            continue
        left = tuple(it for it in found.differences if it.conversation_id not in gone)
        if len(left) < len(found.differences):
            count += len(found.differences) - len(left)
            _tell(tx, row.id, msgspec.structs.replace(found, differences=left))
    return {"differences in trials of the escalation policy": count} if count else {}


def _waiting(row: Any) -> DraftToTry | None:
    found = trial_of(row.trial) if row is not None else None
    if found and (found.state == "asked" or (found.state == "running" and _is_silent(found))):
        return DraftToTry(row.id, content_of(row.content), found.since)
    return None


def _is_silent(found: PolicyTrial) -> bool:
    return found.at < now() - SILENT_SECONDS


def _tell(tx: Tx, version_id: str, trial: PolicyTrial) -> None:
    values = {"trial": msgspec.to_builtins(trial)}
    tx.execute(update(_V).where(_V.id == version_id).values(values))
