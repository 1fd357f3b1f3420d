"""The versions of the escalation policy: a draft is written, tried, published, or taken back.

    draft ── publish ──▶ published ── the next is published ──▶ retired
                             ▲                                     │
                             └──── restore, as a new version ──────┘

Before the first is published, the settings alone count. A turn reads which version holds in the
statement that reads its messages (turns/burst.py), so the next message is judged by what was
published before it, in every process.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update

from recado.errors import BadRequest, Conflict, NotFound
from recado.escalation.policy.model import EscalationPolicyVersion
from recado.escalation.policy.rules import (
    PolicyContent,
    check_content,
    content_of,
    stored_content,
)
from recado.escalation.policy.trials import PolicyTrial, shown_trial
from recado.escalation.reasons import CODES
from recado.security.model import User
from recado.store import Tx, new_id, now

#: Taken by whoever changes the policy: there is one at a time.
LOCK = "escalation policy"
LONGEST_NOTE = 500
_State = Literal["draft", "published", "retired"]
_V = EscalationPolicyVersion


class PolicyVersionSummaryView(msgspec.Struct, frozen=True, kw_only=True):
    """A version without its content. `author` is who wrote or published it ("user:<id>", "api"),
    `author_name` the user's name; `restored_from` the version that it is again."""

    number: int
    state: _State
    note: str
    author: str
    author_name: str | None
    restored_from: int | None
    created_at: float
    updated_at: float


class PolicyVersionView(PolicyVersionSummaryView, frozen=True, kw_only=True):
    """`content` has what it says; what it leaves out is as the settings have it. `trial` is what
    a draft would have changed, null where that was not asked."""

    content: PolicyContent
    trial: PolicyTrial | None = None


class PolicyView(msgspec.Struct, frozen=True):
    """What holds, null where the settings alone do, and what is written and not yet published."""

    published: PolicyVersionView | None
    draft: PolicyVersionView | None


def describe_policy(tx: Tx) -> PolicyView:
    found = {it.state: it for it in _views(tx, _V.state != "retired")}
    return PolicyView(found.get("published"), found.get("draft"))


def list_versions(tx: Tx) -> list[PolicyVersionSummaryView]:
    """The newest first, the draft at the top."""
    fields = PolicyVersionSummaryView.__struct_fields__
    return [
        PolicyVersionSummaryView(**{name: getattr(it, name) for name in fields})
        for it in _views(tx)
    ]


def get_version(tx: Tx, number: int) -> PolicyVersionView:
    """Raises NotFound."""
    if not (found := _views(tx, _V.number == number)):
        raise NotFound(f"The escalation policy has no version {number}.")
    return found[0]


def save_draft(
    tx: Tx, content: PolicyContent, *, author: str, seen: float | None = None
) -> PolicyView:
    """Write the draft. One that says what is published is none.

    `seen` is the draft's `updated_at` that was read before, 0 where there was none (None: whatever
    others have done). Raises Unprocessable: it says what cannot be; Conflict: somebody has written
    another draft since.
    """
    check_content(content, set(CODES))
    tx.lock(LOCK)
    before = describe_policy(tx)
    _check_seen(before, seen)
    current = before.published.content if before.published else PolicyContent()
    if before.draft and before.draft.content == content:
        return before
    tx.execute(delete(_V).where(_V.state == "draft"))
    if content != current:
        values: dict[str, Any] = {"author": author}
        if before.draft:
            values["created_at"] = before.draft.created_at
        tx.execute(insert(_V).values(_row(_last(tx) + 1, "draft", content, **values)))
    return describe_policy(tx)


def discard_draft(tx: Tx) -> PolicyView:
    tx.lock(LOCK)
    tx.execute(delete(_V).where(_V.state == "draft"))
    return describe_policy(tx)


def publish(tx: Tx, *, author: str, note: str = "", seen: float | None = None) -> PolicyView:
    """The draft holds from the next message on. Without one, nothing changes.

    Raises BadRequest: the note is too long; Conflict as `save_draft`.
    """
    note = _checked_note(note)
    tx.lock(LOCK)
    before = describe_policy(tx)
    _check_seen(before, seen)
    if before.draft is None:
        return before
    tx.execute(update(_V).where(_V.state == "published").values(state="retired"))
    values: dict[str, Any] = {"state": "published", "author": author, "note": note}
    values |= {"updated_at": now(), "trial": None}  # it said what the draft would change
    tx.execute(update(_V).where(_V.number == before.draft.number).values(**values))
    return describe_policy(tx)


def restore(tx: Tx, number: int, *, author: str, note: str = "") -> PolicyView:
    """What an earlier version says holds again, as a new version; 0 is what the settings say. A
    draft stays. Raises NotFound, BadRequest, and Conflict: it holds already, or never did."""
    note = _checked_note(note)
    tx.lock(LOCK)
    content = PolicyContent()
    if number:
        version = get_version(tx, number)
        if version.state != "retired":
            raise Conflict(f"Version {number} is no earlier one.")
        content = version.content
    elif describe_policy(tx).published is None:
        raise Conflict("The settings alone hold already.")
    draft = tx.first(select(_V.number).where(_V.state == "draft"))
    new = _last(tx) + 1
    if draft is not None:  # it stays the last
        tx.execute(update(_V).where(_V.state == "draft").values(number=new))
        new = draft.number
    tx.execute(update(_V).where(_V.state == "published").values(state="retired"))
    values = {"author": author, "note": note, "restored_from": number}
    tx.execute(insert(_V).values(_row(new, "published", content, **values)))
    return describe_policy(tx)


def _checked_note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise BadRequest(f"A note has at most {LONGEST_NOTE} characters.")
    return note.strip()


def _check_seen(before: PolicyView, seen: float | None) -> None:
    if seen is not None and seen != (before.draft.updated_at if before.draft else 0.0):
        raise Conflict(
            "Somebody has changed the draft since you read it. Read it again, then decide about"
            " your change."
        )


def _last(tx: Tx) -> int:
    return tx.scalar(select(func.max(_V.number))) or 0


def _row(number: int, state: _State, content: PolicyContent, **values: Any) -> dict[str, Any]:
    moment = now()
    return {
        "id": new_id(),
        "number": number,
        "state": state,
        "content": stored_content(content),
        "note": "",
        "restored_from": None,
        "trial": None,
        "created_at": moment,
        "updated_at": moment,
        **values,
    }


def _views(tx: Tx, *where: Any) -> list[PolicyVersionView]:
    author = "user:" + User.id
    statement = (
        select(_V.__table__, User.name.label("author_name"))
        .select_from(_V)
        .outerjoin(User, author == _V.author)
        .where(*where)
        .order_by(_V.number.desc())
    )
    return [_version(tx, row) for row in tx.all(statement)]


def _version(tx: Tx, row: Row[Any]) -> PolicyVersionView:
    told = {name: row._mapping[name] for name in PolicyVersionView.__struct_fields__}
    told |= {"content": content_of(row.content), "trial": shown_trial(tx, row.trial)}
    return PolicyVersionView(**told)
