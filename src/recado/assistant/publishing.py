"""What publishing a character needs, and how its draft was evaluated.

Whoever runs the installation may ask that a draft answers its evaluation well before customers
hear it. Evaluating is asked for here and done by `app/evaluating.py`; what was found stands with
the draft and goes where the draft goes: a changed draft is a new one, without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from sqlalchemy import select, update

from recado.assistant.characters import get_character
from recado.assistant.history import LOCK
from recado.assistant.model import Character, CharacterVersion
from recado.errors import BadRequest, Conflict, NotFound
from recado.store import Tx, now

#: An evaluation of which nothing was heard for so long has ended with its process: who looks for
#: work begins it again.
SILENT_SECONDS = 60.0


class PublishingNeeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every set of cases has to reach, in percent: `right` of the questions that have an
    answer, `declined` of those that have none."""

    right: float = 92.0
    declined: float = 96.0

    def missed(self, right: float | None, declined: float | None) -> list[tuple[str, float, float]]:
        """Which figures (None: of no case) fall short: their names, what they are and should be."""
        figures = (("right", right, self.right), ("declined", declined, self.declined))
        return [(name, it, least) for name, it, least in figures if it is not None and it < least]


class DraftEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How a version stood its evaluation, or how far that is.

    `done` of `total` cases are asked. `right` and `declined` are those of its worst set, in
    percent, null where no case says what they count; `failed` is how many cases failed. `problem`
    says why it could not be evaluated. `run_id` names the stored run, `at` is when this was told.
    """

    state: Literal["asked", "running", "done"]
    asked_by: str
    at: float
    done: int = 0
    total: int = 0
    run_id: str = ""
    right: float | None = None
    declined: float | None = None
    failed: int = 0
    problem: str = ""

    def misses(self, needs: PublishingNeeds) -> bool:
        """Whether it falls short: below a bound or, where no case has a figure, with any failed."""
        if self.state != "done" or self.problem or not self.total:
            return True
        if self.right is None and self.declined is None:
            return self.failed > 0
        return bool(needs.missed(self.right, self.declined))


def require_evaluation(tx: Tx, character_id: str, needs: PublishingNeeds | None) -> None:
    """Publish only what reaches `needs` from now on; None: whatever is written.

    Raises NotFound, and BadRequest: no percentages.
    """
    if needs is not None and not (0 <= needs.right <= 100 and 0 <= needs.declined <= 100):
        raise BadRequest("What publishing needs are two percentages, each from 0 to 100.")
    tx.lock(LOCK)
    get_character(tx, character_id)
    values = {
        "publish_needs": None if needs is None else msgspec.to_builtins(needs),
        "revision": Character.revision + 1,
    }
    tx.execute(update(Character).where(Character.id == character_id).values(values))


def check_evaluated(needs: PublishingNeeds | None, found: DraftEvaluation | None) -> None:
    """Raises Conflict: the draft has not shown what publishing needs."""
    if needs is None:
        return
    if found is None or found.state != "done":
        raise Conflict(
            "This character is published only after its draft was evaluated. Evaluate it first."
        )
    if found.misses(needs):
        raise Conflict(
            "The draft's evaluation missed what publishing needs. Mend the draft, or what it knows,"
            " and evaluate it again."
        )


def ask_for_evaluation(tx: Tx, character_id: str, *, asked_by: str) -> None:
    """Have the draft evaluated; one that is under way goes on. Raises NotFound: no draft."""
    tx.lock(LOCK)
    row = tx.first(_DRAFTS.where(CharacterVersion.character_id == character_id))
    if row is None:
        raise NotFound("This character has no draft: everything is published.")
    found = evaluation_of(row.evaluation)
    if found is None or found.state == "done" or _is_silent(found):
        _tell(tx, row.id, DraftEvaluation(state="asked", asked_by=asked_by, at=now()))


class DraftToEvaluate(msgspec.Struct, frozen=True):
    """`version_id` is this draft with these words: one that is changed meanwhile has another."""

    version_id: str
    character_id: str
    asked_by: str


def is_any_asked(tx: Tx) -> bool:
    return next(_waiting(tx), None) is not None


def take_one(tx: Tx) -> DraftToEvaluate | None:
    """A draft whose evaluation was asked for and that nobody evaluates: it is the caller's."""
    tx.lock(LOCK)
    found = next(_waiting(tx), None)
    if found is not None:
        running = DraftEvaluation(state="running", asked_by=found.asked_by, at=now())
        _tell(tx, found.version_id, running)
    return found


def tell_evaluation(tx: Tx, version_id: str, found: DraftEvaluation) -> bool:
    """Keep how far it is, or what it has found. False: the draft has changed since, or is gone."""
    tx.lock(LOCK)
    if tx.first(_DRAFTS.where(CharacterVersion.id == version_id)) is None:
        return False
    _tell(tx, version_id, found)
    return True


def keep_evaluation(tx: Tx, character_id: str, found: DraftEvaluation | None) -> None:
    """Let the version that has just been published keep how it stood as a draft."""
    if found is not None:
        tx.execute(
            update(CharacterVersion)
            .where(
                CharacterVersion.character_id == character_id,
                CharacterVersion.state == "published",
            )
            .values(evaluation=msgspec.to_builtins(found))
        )


def evaluation_of(stored: Any) -> DraftEvaluation | None:
    return None if stored is None else msgspec.convert(stored, DraftEvaluation)


def needs_of(stored: Any) -> PublishingNeeds | None:
    return None if stored is None else msgspec.convert(stored, PublishingNeeds)


_DRAFTS = select(CharacterVersion.__table__).where(CharacterVersion.state == "draft")
_EVALUATED = _DRAFTS.where(CharacterVersion.evaluation.is_not(None)).order_by(
    CharacterVersion.updated_at
)


def _waiting(tx: Tx) -> Iterator[DraftToEvaluate]:
    """The drafts whose evaluation was asked for, or has ended with its process."""
    for row in tx.all(_EVALUATED):
        found = evaluation_of(row.evaluation)
        if found and (found.state == "asked" or (found.state == "running" and _is_silent(found))):
            yield DraftToEvaluate(row.id, row.character_id, found.asked_by)


def _is_silent(found: DraftEvaluation) -> bool:
    return found.at < now() - SILENT_SECONDS


def _tell(tx: Tx, version_id: str, found: DraftEvaluation) -> None:
    values = {"evaluation": msgspec.to_builtins(found)}
    tx.execute(update(CharacterVersion).where(CharacterVersion.id == version_id).values(values))
