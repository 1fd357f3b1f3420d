"""For whom a line's news count: a number and a user id are one for the whole installation, the
secrets that sign webhooks are not.

Who holds the secret of one line can say that anybody has another number now. So a contact's names
are changed, and contacts are joined, by what comes on a line only as far as the secret of that line
signs for every line on which they have a conversation, or as those lines' own webhooks have told
the same (docs/adr/0016-…). Else it is a conflict, which a person settles.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from recado.channels.messages import Identity
from recado.channels.port import Line
from recado.conversations.former import lines_that_told
from recado.conversations.model import Conversation
from recado.lines.model import LineRow
from recado.store import Tx


def may_rename(
    tx: Tx,
    line: Line,
    contact_ids: Collection[str],
    old: Sequence[Identity] = (),
    new: Sequence[Identity] = (),
) -> bool:
    """May what has come on `line` change these contacts' names, or make them one? Where it is the
    change from `old` to `new`, lines on which that was told as well count with it."""
    foreign = _lines_with(tx, contact_ids) - _kin(line)
    return not foreign or foreign <= lines_that_told(tx, old, new)


def has_talked_on(tx: Tx, line: Line, contact_id: str) -> bool:
    """Has the contact a conversation on the line, or on one for which the same secret signs?"""
    found = select(Conversation.id).where(
        Conversation.contact_id == contact_id, Conversation.line_id.in_(_kin(line))
    )
    return tx.first(found.limit(1)) is not None


def _kin(line: Line) -> frozenset[str]:
    return line.kin | {line.id}


def _lines_with(tx: Tx, contact_ids: Collection[str]) -> set[str]:
    """Lines that hear from somebody outside: nobody signs for the simulator and the API."""
    query = (
        select(Conversation.line_id)
        .join(LineRow, LineRow.id == Conversation.line_id)
        .where(Conversation.contact_id.in_(contact_ids), LineRow.channel != "web")
        .distinct()
    )
    return {row.line_id for row in tx.all(query)}
