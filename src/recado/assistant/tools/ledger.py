"""The ledger of tool calls: what was asked for, and how far it is, each step its own transaction.

    asking ──value──▶ planned ──yes──▶ confirmed ──▶ calling ──▶ done | failed | unknown
       └──▶ expired ◀──┴──no──▶ declined                └── a second try under the same key

The row is committed before the effect. A turn that is tried again finds it by its key (the
conversation, where the burst begins, the tool, the arguments) and goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, or_, select, update

from recado.assistant.model import ToolCall
from recado.assistant.tools.definition import ToolView
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare

#: How long a question to the contact (a yes, a value) stays open.
OPEN_SECONDS = 15 * 60.0
#: How long the arguments of one call serve the next ("cancélalo").
RECENT_SECONDS = 30 * 60.0
OPEN = ("asking", "planned")
STARTED = ("confirmed", "calling")
MOST_RESULT = 4000


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ledger."""

    id: str
    conversation_id: str
    key: str
    tool: str
    tool_id: str
    arguments: dict[str, Any]
    result: Any
    state: str
    effect: str
    summary: str
    missing: str
    error: str
    position: int
    confirmed_position: int
    attempts: int
    expires_at: float | None
    created_at: float
    updated_at: float | None

    @property
    def is_open(self) -> bool:
        """Whether an answer of the contact's is awaited."""
        return self.state in OPEN and (self.expires_at or 0.0) > now()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call is asked for: the conversation, its turn, where the turn's burst begins."""

    conversation_id: str
    turn_id: str
    position: int


def key_of(asked: Asked, tool: ToolView, arguments: Mapping[str, Any]) -> str:
    """By what both sides know this call again. It tells nothing of whom it is about."""
    said = msgspec.json.encode(arguments, order="sorted").decode()
    named = f"{asked.conversation_id}/{asked.position}/{tool.id}/{said}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def plan(
    tx: Tx,
    asked: Asked,
    tool: ToolView,
    arguments: Mapping[str, Any],
    *,
    summary: str,
    missing: str = "",
) -> Call:
    """The call's row, made now or by an earlier try of the turn. One that waits for the contact
    (`missing`, or a yes) closes what else of the conversation waits."""
    key = key_of(asked, tool, {**arguments, "?": missing} if missing else arguments)
    waits = bool(missing) or tool.confirms
    if waits:
        _close_open(tx, asked.conversation_id, key)
    moment = now()
    row = {
        "id": new_id(),
        "conversation_id": asked.conversation_id,
        "key": key,
        "tool": tool.name,
        "tool_id": tool.id,
        "arguments": dict(arguments),
        "state": "asking" if missing else "planned",
        "effect": tool.effect,
        "summary": summary,
        "missing": missing,
        "turn_id": asked.turn_id,
        "position": asked.position,
        "expires_at": moment + OPEN_SECONDS if waits else None,
        "created_at": moment,
        "updated_at": moment,
    }
    statement = tx.insert(ToolCall).values(row).on_conflict_do_nothing(index_elements=["key"])
    tx.execute(statement)
    found = tx.first(_BY_KEY, {"key": key})
    assert found is not None  # noqa: S101 - it was inserted, or it was there
    return _call(found)


def of_burst(tx: Tx, conversation_id: str, position: int) -> list[Call]:
    """The calls that a burst has asked for or said yes to, and those that wait for an answer,
    oldest first."""
    asked = {"conversation": conversation_id, "position": position, "moment": now()}
    return [_call(row) for row in tx.all(_OF_BURST, asked)]


def get(tx: Tx, call_id: str, conversation_id: str) -> Call | None:
    row = tx.first(_BY_ID, {"id": call_id})
    return _call(row) if row is not None and row.conversation_id == conversation_id else None


def newest_done(tx: Tx, conversation_id: str) -> list[Call]:
    """The last calls of the conversation that worked, the newest first."""
    since = {"conversation": conversation_id, "since": now() - RECENT_SECONDS}
    return [_call(row) for row in tx.all(_RECENT, since)]


def confirm(tx: Tx, call: Call, position: int) -> Call:
    """The contact has said yes, in the burst that begins at `position`. Returns the call as it is
    now; where it was not waited for any more, unchanged."""
    said_yes = {"state": "confirmed", "confirmed_position": position, "expires_at": None}
    moved = _move(tx, call.id, ("planned",), **said_yes)
    return moved or get(tx, call.id, call.conversation_id) or call


def begin(tx: Tx, call: Call) -> Call | None:
    """It is called now, for the first time or again. None: it was finished meanwhile."""
    planned = () if call.confirmed_position == 0 and call.expires_at else ("planned",)
    return _move(tx, call.id, (*planned, *STARTED), state="calling", attempts=ToolCall.attempts + 1)


def finish(tx: Tx, call: Call, state: str, *, result: Any = None, error: str = "") -> Call:
    """How it ended; what was finished by another stays as it is."""
    moved = _move(tx, call.id, ("planned", *STARTED), state=state, result=result, error=error[:500])
    found = moved or get(tx, call.id, call.conversation_id)
    return found or call


def close(tx: Tx, call: Call, state: str) -> Call | None:
    """`declined` or `expired`: it will not be done. None: it is not waited for any more."""
    return _move(tx, call.id, OPEN, state=state, expires_at=None)


def _close_open(tx: Tx, conversation_id: str, but: str) -> None:
    waiting = (ToolCall.conversation_id == conversation_id, ToolCall.state.in_(OPEN))
    open_ones = update(ToolCall).where(*waiting, ToolCall.key != but, ToolCall.expires_at > 0)
    tx.execute(open_ones.values(state="expired", expires_at=None, updated_at=now()))


def _move(tx: Tx, call_id: str, states: Sequence[str], **values: Any) -> Call | None:
    own = (ToolCall.id == call_id, ToolCall.state.in_(states))
    statement = update(ToolCall).where(*own).values(updated_at=now(), **values)
    row = tx.first(statement.returning(*ToolCall.__table__.c))
    return None if row is None else _call(row)


def _call(row: Row[Any]) -> Call:
    fields = {name: getattr(row, name) for name in Call.__struct_fields__}
    return Call(**{**fields, "arguments": fields["arguments"] or {}})


_BY_KEY = prepare(select(ToolCall.__table__).where(ToolCall.key == bindparam("key")))
_BY_ID = prepare(select(ToolCall.__table__).where(ToolCall.id == bindparam("id")))
_OF_BURST = prepare(
    select(ToolCall.__table__)
    .where(
        ToolCall.conversation_id == bindparam("conversation"),
        or_(
            ToolCall.position == bindparam("position"),
            ToolCall.confirmed_position == bindparam("position"),
            ToolCall.expires_at > bindparam("moment"),
        ),
    )
    .order_by(ToolCall.created_at, ToolCall.id)
    .limit(50)
)
_RECENT = prepare(
    select(ToolCall.__table__)
    .where(
        ToolCall.conversation_id == bindparam("conversation"),
        ToolCall.state == "done",
        ToolCall.created_at > bindparam("since"),
    )
    .order_by(ToolCall.created_at.desc(), ToolCall.id.desc())
    .limit(10)
)
