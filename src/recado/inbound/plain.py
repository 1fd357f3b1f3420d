"""Somebody known writes again, as nearly always: who it is, and where, in one statement
(`recognise`); and a text to the assistant taken in by one statement (`take_in_known`).

The latter is for PostgreSQL beside a broker, where a transaction of several takes as many round
trips. In which conversation it belongs is remembered from the message before, and the statement
looks whether all of that is still so. Anything else goes the long way (intake.py).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, exists, select, text
from sqlalchemy.orm import aliased

from recado.channels.messages import Identity, InboundMessage, Sender
from recado.channels.port import Line
from recado.conversations.asked import says_a_wish
from recado.conversations.contacts import name_given
from recado.conversations.guards import IS_HEARD, IS_THERE, MAY_SPEAK, NOTHING_WAITS
from recado.conversations.messages import (
    ADVANCE,
    ADVANCED,
    FROM_CONVERSATION,
    MessagePlace,
    advancing,
    changed_before,
    message_row,
)
from recado.conversations.model import Contact, ContactIdentity, Conversation, Message
from recado.language.spoken import clear_language
from recado.queue.inline_job import LOCKING, InlineJob, inline_job_of
from recado.queue.statements import UNLOCKED
from recado.store import Store, Tx, now
from recado.store.base import InsertFrom
from recado.store.prepared import Prepared, prepare

#: A sender has no more identities, usually; else they are looked up one by one
#: (conversations/contacts.py).
MOST_IDENTITIES = 3


def numbered(line: Line, identities: Sequence[Identity]) -> dict[str, str]:
    """The parameters of a statement that looks for all of them: `kind0`, `scope0`, `value0` …"""
    return {
        f"{name}{number}": value
        for number, identity in enumerate(identities)
        for name, value in (
            ("kind", identity.kind),
            ("scope", identity.scope_on(line.id)),
            ("value", identity.value),
        )
    }


def recognise(tx: Tx, line: Line, sender: Sender, provider_message_id: str) -> Row[Any] | None:
    """The conversation as find_conversation has it, locked, with its contact's `contact_id` and
    `name`, and whether the message is `stored` already.

    None: the identities are not all known as one contact's, or there is no conversation; nothing is
    locked.
    """
    if not 0 < len(sender.identities) <= MOST_IDENTITIES:
        return None
    asked = {
        "line": line.id,
        "provider_id": provider_message_id,
        **numbered(line, sender.identities),
    }
    return tx.first(_recognising(len(sender.identities)), asked)


@cache
def _recognising(identities: int) -> Prepared:
    names = [aliased(ContactIdentity, name=f"identity{n}") for n in range(identities)]
    stored = exists().where(
        Message.line_id == bindparam("line"),
        Message.provider_message_id == bindparam("provider_id"),
    )
    query = (
        select(
            Conversation.id,
            Conversation.contact_id,
            Conversation.state,
            Conversation.language,
            Conversation.assignee_id,
            Conversation.held_count,
            Conversation.deleted_at,
            Contact.blocked,
            Contact.name,
            stored.label("stored"),
        )
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.line_id == bindparam("line"), Conversation.thread == "")
    )
    for number, its in enumerate(names):
        query = query.join(its, its.contact_id == Conversation.contact_id).where(
            its.kind == bindparam(f"kind{number}"),
            its.scope == bindparam(f"scope{number}"),
            its.value == bindparam(f"value{number}"),
        )
    # Its owner must not change before the message is in.
    return prepare(query.with_for_update(of=Conversation))


MOST_REMEMBERED = 20_000


class ConversationHints:
    """In which conversation a sender's last text was, by line and identities: hints, no more."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, tuple[Identity, ...]], str] = OrderedDict()

    def find(self, line: Line, item: InboundMessage) -> str | None:
        """The conversation's id, where `item` may be taken in by one statement."""
        if item.type != "text" or "standby" in item.content or item.formerly or says_a_wish(item):
            return None
        return self._known.get((line.id, item.sender.identities))

    def keep(self, line: Line, item: InboundMessage, conversation_id: str) -> None:
        if not 0 < len(item.sender.identities) <= MOST_IDENTITIES:
            return
        self._known[line.id, item.sender.identities] = conversation_id
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def forget(self, line: Line, item: InboundMessage) -> None:
        self._known.pop((line.id, item.sender.identities), None)


#: What a message's row has of what was said, under the same names.
SAID = ("type", "text", "content", "provider_message_id", "reply_to", "sent_at", "raw")


def said(item: InboundMessage) -> dict[str, Any]:
    return {name: getattr(item, name) for name in SAID}


def _row(told: dict[str, Any]) -> dict[str, Any]:
    return message_row(now(), {"direction": "inbound", "author": "contact", **told})


async def take_in_known(
    store: Store,
    inline_job: InlineJob,
    line: Line,
    conversation_id: str,
    item: InboundMessage,
) -> dict[str, Any] | None:
    """The message's row, now written with the turn's job. None: it is not as simple as that, and
    nothing is written."""
    row = _row(said(item))
    asked = {
        **advancing(conversation_id, row),
        **_MESSAGE.values(row),
        "line": line.id,
        "name": name_given(item.sender),
        "spoken": clear_language(item.text),
        **numbered(line, item.sender.identities),
    }
    taken = await inline_job.run(store, _taking_in(len(item.sender.identities)), asked)
    return None if taken is None else {**row, **MessagePlace.of(taken)._asdict()}


_MESSAGE = InsertFrom(
    Message,
    "place",
    taken=FROM_CONVERSATION,
    given=tuple(_row(dict.fromkeys(SAID))),
)
#: Nothing is to be decided: the assistant has the word, nobody is blocked or called otherwise now,
#: nothing is held, and neither the message nor a change to it has come before.
_PLAIN = (
    f"{MAY_SPEAK} AND {NOTHING_WAITS} AND {IS_THERE}"  # noqa: S608
    " AND (CAST(:spoken AS text) IS NULL OR language = CAST(:spoken AS text))"
    " AND EXISTS (SELECT 1 FROM contact WHERE contact.id = conversation.contact_id"
    f" AND {IS_HEARD} AND (CAST(:name AS text) = '' OR name = CAST(:name AS text)))"
    " AND NOT EXISTS (SELECT 1 FROM message WHERE message.line_id = :line"
    " AND provider_message_id = :message_provider_message_id)"
    f" AND NOT {changed_before(':line')}"
)


@cache
def _taking_in(identities: int) -> Prepared:
    theirs = "".join(
        " AND EXISTS (SELECT 1 FROM contact_identity"  # noqa: S608
        f" WHERE kind = :kind{n} AND scope = :scope{n} AND value = :value{n}"
        " AND contact_identity.contact_id = conversation.contact_id)"
        for n in range(identities)
    )
    born, job = inline_job_of("place")
    where = f"WHERE id = :conversation AND {UNLOCKED} AND {_PLAIN}{theirs}"
    return prepare(
        text(
            f"WITH {LOCKING}, place AS ({ADVANCE} {where} {ADVANCED}),"  # noqa: S608
            f" written AS ({_MESSAGE.sql}), born AS ({born})"
            " SELECT place.*, born.seq, born.behind FROM place, born"
        ).bindparams(*_MESSAGE.binds, *job)
    )
