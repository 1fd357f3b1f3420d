"""A real conversation becomes a case: what the contact asked, masked, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select

from recado.assistant.evaluations.masking import masked
from recado.assistant.evaluations.results import Runs
from recado.assistant.model import Turn
from recado.assistant.port import UNKNOWN_CONFIDENCE
from recado.assistant.strangers import words_of
from recado.conversations.model import Contact, Conversation, Message
from recado.conversations.transcript import get_turn
from recado.conversations.views import TurnView
from recado.errors import NotFound, Unprocessable
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx

#: The set that these cases are of, in as many files as there are cases.
SET_NAME = "From conversations"
#: What came before the question is kept for so many of the contact's turns …
MOST_TURNS = 6
#: … which are looked for in so many messages.
_MOST_MESSAGES = 60
_HEAD = """\
# Made of a conversation. Names, numbers and addresses are masked where they were recognised: read
# it before you pass it on. What is expected is what happened then: correct it where it was wrong.
"""


class MadeCase(msgspec.Struct, frozen=True):
    """`yaml` is a file of cases with this one in it, `file` its name."""

    id: str
    file: str
    yaml: str


async def keep_case(
    runtime: Runtime, conversation_id: str, turn_id: str = "", *, actor: str
) -> MadeCase:
    """Make the case, and store it where `recado eval run` finds it, unless it is there already.

    Raises as make_case does, and OSError.
    """

    def work(tx: Tx) -> MadeCase:
        made = make_case(tx, conversation_id, turn_id)
        record(tx, actor, "evaluation_case.made", conversation_id, {"case": made.id})
        return made

    made = await runtime.store.write(work)
    await asyncio.to_thread(store_case, Runs(runtime.settings.data), made)
    return made


def make_case(tx: Tx, conversation_id: str, turn_id: str = "") -> MadeCase:
    """The case of one answer, of the assistant's last one if no turn is named.

    Raises NotFound, and Unprocessable: nothing in it was written that could be asked again.
    """
    turn = get_turn(tx, turn_id or _last_turn(tx, conversation_id))
    if turn.conversation_id != conversation_id:
        raise NotFound(f"There is no turn {turn_id!r} in this conversation.")
    name = tx.scalar(
        select(Contact.name)
        .join(Conversation, Conversation.contact_id == Contact.id)
        .where(Conversation.id == conversation_id)
    )
    import yaml  # by a click now and then, not at every start

    asked = [masked(it, name or "") for it in _asked(tx, turn)]
    day = datetime.fromtimestamp(turn.started_at, UTC).strftime("%Y-%m-%d")
    case_id = f"{day}-{turn.id.replace('-', '')[-8:]}"
    case: dict[str, Any] = {"id": case_id}
    case |= {"ask": asked[0]} if len(asked) == 1 else {"turns": asked}
    content = {"name": SET_NAME, "cases": [case | {"expect": _happened(turn)}]}
    written = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=96)
    return MadeCase(case_id, f"{case_id}.yaml", _HEAD + written)


def store_case(runs: Runs, made: MadeCase) -> bool:
    """Put it where `recado eval run` finds it. False: it is there already, perhaps corrected by
    somebody, and is left as it is. Raises OSError."""
    runs.cases.mkdir(parents=True, exist_ok=True)
    try:
        with (runs.cases / made.file).open("x", encoding="utf-8") as file:
            file.write(made.yaml)
    except FileExistsError:
        return False
    return True


def _last_turn(tx: Tx, conversation_id: str) -> str:
    newest = (
        select(Turn.id)
        .where(Turn.conversation_id == conversation_id, Turn.outcome != "dropped")
        .order_by(Turn.started_at.desc(), Turn.id.desc())
        .limit(1)
    )
    found = tx.scalar(newest)
    if found is None:
        raise NotFound("The assistant has answered nothing in this conversation.")
    return str(found)


def _asked(tx: Tx, turn: TurnView) -> Sequence[str]:
    """The contact's words up to the turn, what was said in one go together; the last are those
    that it answered."""
    rows = tx.all(
        select(Message.position, Message.author, Message.type, Message.text)
        .where(
            Message.conversation_id == turn.conversation_id,
            Message.position <= turn.to_position,
            Message.revoked_at.is_(None),
        )
        .order_by(Message.position.desc())
        .limit(_MOST_MESSAGES)
    )
    groups: list[list[str]] = [[]]
    for row in reversed(rows):
        begins = row.position == turn.from_position
        if (begins or row.author != "contact") and groups[-1]:
            groups.append([])
        if row.author == "contact" and (words := _words(row)):
            groups[-1].append(words)
    if not groups[-1]:
        raise Unprocessable("Nothing was written there that could be asked again.")
    return ["\n".join(group) for group in groups if group][-MOST_TURNS:]


def _words(row: Row[Any]) -> str:
    return words_of(row.type, row.text).strip()


def _happened(turn: TurnView) -> dict[str, Any]:
    if turn.outcome == "escalated":
        return {"handed_over": True}
    headings = [str(it["heading"]) for it in turn.sources if it.get("heading")]
    if headings:
        return {"source": headings if len(headings) > 1 else headings[0], "language": turn.language}
    if turn.confidence is not None and turn.confidence <= UNKNOWN_CONFIDENCE:
        return {"declined": True}
    return {"language": turn.language}
