"""The unanswered questions as people see them: in groups, with who asked, and what became of them.

Names are not part of it: who asked is a link to the conversation, which shows what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, func, select, update

from recado.assistant.unanswered.model import UnansweredQuestion
from recado.conversations.model import Conversation
from recado.errors import BadRequest, Conflict, NotFound
from recado.language.terms import details_in
from recado.store import Tx

State = Literal["open", "answered", "dismissed"]
Order = Literal["often", "newest"]
#: A decision about a group, or about a question in it, by its id.
Decide = Callable[[Tx, str], Any]
#: Of a group, so many different wordings and so many conversations are shown.
MOST_WORDINGS, MOST_ASKED_BY = 20, 20
#: What gives a person away is no wording for others to read.
_PERSONAL = frozenset({"name", "contact", "address", "number"})


class Asking(msgspec.Struct, frozen=True):
    """One time that it was asked, in Unix seconds."""

    id: str
    text: str
    conversation_id: str
    asked_at: float


class QuestionGroup(msgspec.Struct, frozen=True):
    """Questions that ask the same. `id` is the group's, `text` the wording that came first.

    `times` is how often it was asked, `contacts` by how many; `asked` names the latest. `wordings`
    are those that name nobody: an answer is found by each. Times are Unix seconds.
    """

    id: str
    text: str
    language: str
    state: State
    times: int
    contacts: int
    first_at: float
    last_at: float
    wordings: tuple[str, ...] = ()
    asked: tuple[Asking, ...] = ()
    source_id: str | None = None


def count_open(tx: Tx) -> int:
    """How many questions wait, in groups."""
    question = UnansweredQuestion
    groups = func.count(func.distinct(func.coalesce(question.group_id, question.id)))
    return int(tx.scalar(select(groups).where(question.state == "open")))


def list_groups(
    tx: Tx, *, state: State = "open", order: Order = "often", limit: int = 50
) -> list[QuestionGroup]:
    """The groups in that state: what was asked most often first, or what was asked last."""
    often = [func.count().desc()] if order == "often" else []
    question = UnansweredQuestion
    rows = tx.all(
        _groups(question.state == state)
        .order_by(*often, func.max(question.asked_at).desc(), question.group_id)
        .limit(limit)
    )
    return [_group(tx, row, state) for row in rows]


def get_group(tx: Tx, group_id: str, state: State = "open") -> QuestionGroup:
    """Raises NotFound: there is none, or it is not in that state (any more)."""
    question = UnansweredQuestion
    rows = tx.all(_groups(question.state == state, question.group_id == group_id))
    if not rows:
        raise NotFound(f"There is no {state} question {group_id!r}.")
    return _group(tx, rows[0], state)


def mark_answered(tx: Tx, group_id: str, source_id: str) -> None:
    """Raises Conflict: somebody else has decided about it meanwhile."""
    question = UnansweredQuestion
    these = update(question).where(question.group_id == group_id, question.state == "open")
    if not tx.execute(these.values(state="answered", source_id=source_id)).rowcount:
        raise Conflict("Somebody else has answered or dismissed this question meanwhile.")


def dismiss_group(tx: Tx, group_id: str) -> QuestionGroup:
    """Nobody needs to answer it. Returns what it was. Raises NotFound."""
    return _move(tx, group_id, "open", "dismissed")


def reopen_group(tx: Tx, group_id: str) -> QuestionGroup:
    """What was dismissed waits for an answer again. Raises NotFound."""
    return _move(tx, group_id, "dismissed", "open")


def merge_groups(tx: Tx, group_id: str, other_id: str) -> QuestionGroup:
    """Both ask the same: they are one, under the id of the first. Raises NotFound, BadRequest."""
    if group_id == other_id:
        raise BadRequest("These are one already.")
    into, other = get_group(tx, group_id), get_group(tx, other_id)
    if into.language != other.language:
        raise BadRequest("They are in two languages, and an answer is in one.")
    question = UnansweredQuestion
    these = update(question).where(question.group_id == other_id, question.state == "open")
    tx.execute(these.values(group_id=group_id))
    return get_group(tx, group_id)


def split_question(tx: Tx, question_id: str) -> QuestionGroup:
    """One question asks something else than its group: it is a group by itself.

    Raises NotFound; BadRequest: it is alone already.
    """
    question = UnansweredQuestion
    found = tx.first(
        select(question.group_id).where(question.id == question_id, question.state == "open")
    )
    if found is None or found.group_id is None:
        raise NotFound(f"There is no open question {question_id!r}.")
    others = select(question.id).where(
        question.group_id == found.group_id, question.state == "open", question.id != question_id
    )
    first = tx.scalar(others.order_by(question.id).limit(1))
    if first is None:
        raise BadRequest("It is alone already.")
    if found.group_id == question_id:  # its name goes with it
        rest = update(question).where(question.group_id == question_id, question.id != question_id)
        tx.execute(rest.values(group_id=first))
    tx.execute(update(question).where(question.id == question_id).values(group_id=question_id))
    return get_group(tx, question_id)


def _move(tx: Tx, group_id: str, state: State, to: State) -> QuestionGroup:
    group = get_group(tx, group_id, state)
    question = UnansweredQuestion
    these = update(question).where(question.group_id == group_id, question.state == state)
    tx.execute(these.values(state=to))
    return msgspec.structs.replace(group, state=to)


def _groups(*where: ColumnElement[bool]) -> Select[Any]:
    question = UnansweredQuestion
    columns: tuple[Any, ...] = (
        question.group_id,
        func.count().label("times"),
        func.min(question.asked_at).label("first_at"),
        func.max(question.asked_at).label("last_at"),
        func.max(question.source_id).label("source_id"),
    )
    return (
        select(*columns).where(question.group_id.is_not(None), *where).group_by(question.group_id)
    )


def _group(tx: Tx, row: Any, state: State) -> QuestionGroup:
    question = UnansweredQuestion
    # All of a group are in one state; asked for, it would lead SQLite to an index of all.
    mine = (question.group_id == row.group_id,)
    oldest = tx.all(
        select(question.text, question.language)
        .where(*mine)
        .order_by(question.id)
        .limit(MOST_WORDINGS * 5)
    )
    latest = tx.all(
        select(question.__table__).where(*mine).order_by(question.id.desc()).limit(MOST_ASKED_BY)
    )
    contacts = select(func.count(func.distinct(Conversation.contact_id))).where(
        Conversation.id.in_(select(question.conversation_id).where(*mine))
    )
    return QuestionGroup(
        id=row.group_id,
        text=oldest[0].text,
        language=oldest[0].language,
        state=state,
        times=row.times,
        contacts=tx.scalar(contacts),
        first_at=row.first_at,
        last_at=row.last_at,
        wordings=_wordings([it.text for it in oldest]),
        asked=tuple(Asking(it.id, it.text, it.conversation_id, it.asked_at) for it in latest),
        source_id=row.source_id,
    )


def _wordings(texts: Sequence[str]) -> tuple[str, ...]:
    """What differs in more than capitals, in the order in which it came."""
    different: dict[str, str] = {}
    for text in texts:
        line = " ".join(text.split())
        different.setdefault(line.casefold().strip(" ¿?¡!."), line)
    kept = [line for line in different.values() if not details_in(line) & _PERSONAL]
    return tuple(kept[:MOST_WORDINGS])
