"""What is known about a contact: kept, shown, corrected, erased.

A newer fact takes the place of an older one of its kind, which stays as history. What a person has
corrected or erased is not found again in the message that it was from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, and_, insert, select, update

from recado.conversations.facts.finding import Fact
from recado.conversations.facts.model import KINDS, ONE_OF_EACH, ContactFact
from recado.conversations.facts.values import LONGEST
from recado.conversations.model import Contact, Message
from recado.errors import BadRequest, NotFound
from recado.security.audit import record
from recado.store import Tx, new_id, now

#: Of one contact, no more of a kind are kept as current than this; older ones become history.
MOST_OF_A_KIND = 20


class FactView(msgspec.Struct, frozen=True):
    """`source_message_id` is the message that it was found in, with its conversation and its
    `position` there; null where a person wrote it. `confidence` is 0–1; `state` is current or
    replaced; `author` is who wrote it, "" where it was found."""

    id: str
    contact_id: str
    kind: str
    value: str
    confidence: float
    state: str
    origin: str
    author: str
    source_message_id: str | None
    conversation_id: str | None
    position: int | None
    said_at: float
    updated_at: float


def list_facts(tx: Tx, contact_id: str, *, history: bool = False) -> list[FactView]:
    """What is known about the contact, by kind, the newest first; with `history` also what newer
    facts have replaced. What was in a message that the contact took back is not known."""
    states = ("current", "replaced") if history else ("current",)
    rows = tx.all(
        select(ContactFact.__table__, Message.conversation_id, Message.position)
        .outerjoin(Message, Message.id == ContactFact.source_message_id)
        .where(
            ContactFact.contact_id == contact_id,
            ContactFact.state.in_(states),
            Message.revoked_at.is_(None),
        )
        .order_by(ContactFact.said_at.desc(), ContactFact.id.desc())
        .limit(200)
    )
    views = [FactView(*(getattr(row, name) for name in FactView.__struct_fields__)) for row in rows]
    return sorted(views, key=lambda it: KINDS.index(it.kind) if it.kind in KINDS else len(KINDS))


def facts_for_model(tx: Tx, contact_id: str, *, most: int = 12) -> tuple[tuple[str, str], ...]:
    """The kinds and values that a model may be told, in the same order."""
    return tuple((it.kind, it.value) for it in list_facts(tx, contact_id)[:most])


def add_found(
    tx: Tx, contact_id: str, message_id: str, facts: Sequence[Fact], *, said_at: float
) -> int:
    """Keep what was found in a message, but for what it has told already. Returns how many are
    new."""
    known = tx.all(
        select(ContactFact.kind, ContactFact.mark).where(
            ContactFact.source_message_id == message_id
        )
    )
    told = {(row.kind, row.mark) for row in known}
    # One of each: a message that told one, whatever has become of it, tells no other.
    kinds = {row.kind for row in known} & ONE_OF_EACH
    added = 0
    for fact in facts:
        mark = mark_of(fact.value)
        if (fact.kind, mark) in told or fact.kind in kinds:
            continue
        told.add((fact.kind, mark))
        added += _add(
            tx,
            contact_id,
            fact.kind,
            fact.value,
            origin="message",
            confidence=fact.confidence,
            source_message_id=message_id,
            said_at=said_at,
        )
    return added


def write_fact(tx: Tx, contact_id: str, kind: str, value: str, *, actor: str) -> FactView:
    """A person says what is so. Raises NotFound, BadRequest."""
    if tx.first(select(Contact.id).where(Contact.id == contact_id)) is None:
        raise NotFound(f"There is no contact {contact_id!r}.")
    if kind not in KINDS:
        raise BadRequest(f"A fact is one of {', '.join(KINDS)}.")
    text = _checked(value)
    written = _write(tx, contact_id, kind, text, actor)
    record(tx, actor, "fact.written", contact_id, {"kind": kind})
    return _view(tx, contact_id, written)


def correct_fact(tx: Tx, contact_id: str, fact_id: str, value: str, *, actor: str) -> FactView:
    """What it said is history, `value` holds. Raises NotFound, BadRequest."""
    fact = _current(tx, contact_id, fact_id)
    text = _checked(value)
    if mark_of(text) == fact.mark and text == fact.value:
        return _view(tx, contact_id, fact.id)
    written = _write(tx, contact_id, fact.kind, text, actor)
    _replace(tx, [fact.id], written)
    record(tx, actor, "fact.corrected", contact_id, {"kind": fact.kind, "fact": fact.id})
    return _view(tx, contact_id, written)


def erase_fact(tx: Tx, contact_id: str, fact_id: str, *, actor: str) -> None:
    """It is not known any more, nor what it had replaced. Raises NotFound."""
    fact = _current(tx, contact_id, fact_id)
    erased: list[str] = [fact.id]
    while erased:
        values = {"state": "erased", "value": "", "author": actor, "updated_at": now()}
        tx.execute(update(ContactFact).where(ContactFact.id.in_(erased)).values(values))
        before = select(ContactFact.id).where(
            ContactFact.replaced_by.in_(erased), ContactFact.state == "replaced"
        )
        erased = [row.id for row in tx.all(before)]
    record(tx, actor, "fact.erased", contact_id, {"kind": fact.kind, "fact": fact.id})


def pass_on_facts(tx: Tx, keeper: str, newcomer: str) -> None:
    """Two contacts are one: it is known of that one what was known of both, the newer of what one
    has only one of."""
    tx.execute(
        update(ContactFact).where(ContactFact.contact_id == newcomer).values(contact_id=keeper)
    )
    for kind in KINDS:
        current = _current_of(tx, keeper, kind)
        kept: dict[str, Row[Any]] = {}
        for row in current:
            newer = next(iter(kept.values()), None) if kind in ONE_OF_EACH else kept.get(row.mark)
            if newer is not None:
                _replace(tx, [row.id], newer.id)
            else:
                kept[row.mark] = row


def mark_of(value: str) -> str:
    """The same for what differs by case and spaces only."""
    folded = " ".join(value.split()).casefold()
    return hashlib.blake2b(folded.encode(), digest_size=12).hexdigest()


def _checked(value: str) -> str:
    text = " ".join(value.split())
    if not text:
        raise BadRequest("Write what is so.")
    if len(text) > LONGEST:
        raise BadRequest(f"A fact has at most {LONGEST} characters.")
    return text


def _current_of(tx: Tx, contact_id: str, kind: str) -> Sequence[Row[Any]]:
    own = and_(ContactFact.contact_id == contact_id, ContactFact.state == "current")
    newest = (ContactFact.said_at.desc(), ContactFact.id.desc())
    rows = select(ContactFact.__table__).where(own, ContactFact.kind == kind)
    return tx.all(rows.order_by(*newest))


def _add(tx: Tx, contact_id: str, kind: str, value: str, *, said_at: float, **about: Any) -> bool:
    """False: it was known."""
    current, mark = _current_of(tx, contact_id, kind), mark_of(value)
    same = next((row for row in current if row.mark == mark), None)
    if same is not None and same.said_at >= said_at:
        return False
    if same is not None:
        seen = {"said_at": said_at, "updated_at": now()}
        seen["confidence"] = max(same.confidence, about["confidence"])
        tx.execute(update(ContactFact).where(ContactFact.id == same.id).values(seen))
        return False
    late = kind in ONE_OF_EACH and bool(current) and current[0].said_at > said_at
    id = _insert(tx, contact_id, kind, value, said_at=said_at, **about)
    if late:
        _replace(tx, [id], current[0].id)
    else:
        older = current if kind in ONE_OF_EACH else current[MOST_OF_A_KIND - 1 :]
        _replace(tx, [it.id for it in older], id)
    return True


def _insert(tx: Tx, contact_id: str, kind: str, value: str, **about: Any) -> str:
    id = new_id()
    row: dict[str, Any] = {"id": id, "contact_id": contact_id, "kind": kind, "value": value}
    row |= {"mark": mark_of(value), "state": "current", "author": "", "replaced_by": None}
    tx.execute(
        insert(ContactFact), {**row, "source_message_id": None, "updated_at": now(), **about}
    )
    return id


def _write(tx: Tx, contact_id: str, kind: str, value: str, actor: str) -> str:
    mark = mark_of(value)
    same = [row.id for row in _current_of(tx, contact_id, kind) if row.mark == mark]
    about = {"origin": "person", "author": actor, "confidence": 1.0}
    id = _insert(tx, contact_id, kind, value, said_at=now(), **about)
    older = [row.id for row in _current_of(tx, contact_id, kind) if row.id != id]
    _replace(tx, older if kind in ONE_OF_EACH else same, id)
    return id


def _replace(tx: Tx, ids: Sequence[str], by: str | None) -> None:
    if ids:
        values = {"state": "replaced", "replaced_by": by, "updated_at": now()}
        tx.execute(update(ContactFact).where(ContactFact.id.in_(ids)).values(values))


def _current(tx: Tx, contact_id: str, fact_id: str) -> Row[Any]:
    own = (ContactFact.id == fact_id, ContactFact.contact_id == contact_id)
    row = tx.first(select(ContactFact.__table__).where(*own, ContactFact.state == "current"))
    if row is None:
        raise NotFound(f"There is no fact {fact_id!r} of this contact: it was changed meanwhile.")
    return row


def _view(tx: Tx, contact_id: str, fact_id: str) -> FactView:
    return next(it for it in list_facts(tx, contact_id) if it.id == fact_id)
