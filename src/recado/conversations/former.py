"""Former identities: what was said under one that a person no longer has may come late.

A change counts for the lines whose webhooks its secret signs (`scope` is the line's id). It is
remembered, also of somebody unknown: the messages before and after it come in lanes of their own,
in any order. A user id never passes to somebody else; the
former number may, so that only what was said before the change is its former owner's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, select

from recado.channels.messages import Identity
from recado.channels.port import Line
from recado.conversations.model import IdentityChange
from recado.conversations.strength import canonical_form, is_personal
from recado.store import Tx, new_id
from recado.store.prepared import prepare

#: So many changes of one person are followed, at most.
_MOST_CHANGES = 16
# Built once: building a statement takes longer than running it.
_SUCCESSOR = prepare(
    select(IdentityChange.new, IdentityChange.changed_at).where(
        IdentityChange.kind == bindparam("kind"),
        IdentityChange.scope == bindparam("scope"),
        IdentityChange.old == bindparam("old"),
    )
)


def remember_change(
    tx: Tx, line: Line, old: Iterable[Identity], new: Sequence[Identity], at: float
) -> None:
    """Of each kind, the old one's successor is the new one."""
    for identity, after in _replacements(old, new):
        for line_id in sorted(line.kin | {line.id}):
            row = {
                "id": new_id(),
                "kind": identity.kind,
                "scope": line_id,
                "old": canonical_form(identity),
                "new": after.value,
                "changed_at": at,
            }
            insert = tx.insert(IdentityChange)
            newer = insert.on_conflict_do_update(
                index_elements=["kind", "scope", "old"],
                set_={"new": insert.excluded.new, "changed_at": insert.excluded.changed_at},
                where=IdentityChange.changed_at < insert.excluded.changed_at,
            )
            tx.execute(newer, row)


def lines_that_told(tx: Tx, old: Sequence[Identity], new: Sequence[Identity]) -> set[str]:
    """The ids of the lines for which that change was told."""
    pairs = _replacements(old, new)
    # Every company has user ids of its own for a person: the number is what they agree on.
    numbers = [pair for pair in pairs if pair[0].kind == "phone"]
    told = []
    for identity, after in numbers or pairs:
        query = select(IdentityChange.scope, IdentityChange.new).where(
            IdentityChange.kind == identity.kind, IdentityChange.old == canonical_form(identity)
        )
        to, kind = canonical_form(after), after.kind
        told.append(
            {it.scope for it in tx.all(query) if canonical_form(Identity(kind, it.new)) == to}
        )
    return set.intersection(*told) if told else set()


def _replacements(
    old: Iterable[Identity], new: Sequence[Identity]
) -> list[tuple[Identity, Identity]]:
    pairs = ((it, successor_among(it, new)) for it in old)
    return [(it, after) for it, after in pairs if after is not None]


def successor_among(old: Identity, new: Sequence[Identity]) -> Identity | None:
    """A number gives way to a number, a user id to a user id, a parent one to a parent one; not
    to itself, nor to itself in another form."""
    if old.kind not in ("phone", "bsuid"):
        return None
    alike = (it for it in new if it.kind == old.kind and is_personal(it) == is_personal(old))
    after = next(alike, None)
    return None if after is None or canonical_form(after) == canonical_form(old) else after


def brought_up_to_date(
    tx: Tx, line: Line, unknown: Iterable[Identity], said_at: float | None
) -> dict[Identity, Identity]:
    """Those of the unknown identities that a person no longer has, and what they are now.

    `said_at` is when somebody spoke under them; None: now.
    """
    found: dict[Identity, Identity] = {}
    gone = False
    # User ids first: who speaks under a former one still had the former number, too.
    for identity in sorted(unknown, key=lambda it: it.kind != "bsuid"):
        now_known = _follow(tx, line, identity, said_at, gone=gone)
        if now_known != identity:
            found[identity] = now_known
            gone = gone or is_personal(identity)
    return found


def _follow(
    tx: Tx, line: Line, identity: Identity, said_at: float | None, *, gone: bool
) -> Identity:
    for _ in range(_MOST_CHANGES):
        about = {"kind": identity.kind, "scope": line.id}
        row = tx.first(_SUCCESSOR, {**about, "old": canonical_form(identity)})
        if row is None:
            break
        before = said_at is not None and (
            said_at <= row.changed_at if gone else said_at < row.changed_at
        )
        if identity.kind == "phone" and not before:
            break
        identity = Identity(identity.kind, row.new)
    return identity
