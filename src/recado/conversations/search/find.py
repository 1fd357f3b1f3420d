"""Which conversations a search finds, and by which message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, or_, select, text

from recado.conversations.model import Contact, ContactIdentity, Conversation, Message
from recado.conversations.search.index import CONTACTS, FILES, MESSAGES, find_rows
from recado.conversations.search.words import PART_LETTERS, asked_words
from recado.media.model import Media
from recado.store import Tx

#: So many of the newest messages, and of the newest contacts, are found by one search: who finds
#: more asks for more words.
MOST_FOUND = 500
MOST_ASKED = 200


class Found(msgspec.Struct, frozen=True):
    """`messages` has the newest message that was found, by its conversation."""

    conversation_ids: Sequence[str]
    messages: dict[str, str]


def find_conversations(tx: Tx, search: str) -> Found:
    """By words of messages and files (all of them in one) and of names, whose ends may lack, by a
    part of a number or another identity, and by what the title or the last message says."""
    search = search.strip()[:MOST_ASKED]
    asked = asked_words(search)
    if not asked:
        return Found(_by_signs(tx, search), {})
    said = find_rows(tx, MESSAGES, asked, MOST_FOUND)
    sent = _with_files(tx, find_rows(tx, FILES, asked, MOST_FOUND))
    # Ids are in the order of time.
    messages = _newest_by_conversation(tx, sorted({*said, *sent}, reverse=True)[:MOST_FOUND])
    contacts = {*find_rows(tx, CONTACTS, asked, MOST_FOUND), *_by_identity(tx, search)}
    named = [*_of_contacts(tx, contacts), *_titled(tx, search)]
    if not messages and not named:
        named = _of_contacts(tx, _inside_names(tx, search))
    return Found(list(dict.fromkeys([*messages, *named])), messages)


def _with_files(tx: Tx, media_ids: Sequence[str]) -> list[str]:
    """The messages that files came with, or went out with first."""
    if not media_ids:
        return []
    return _ids(tx, select(Media.message_id).where(Media.id.in_(media_ids)))


def _newest_by_conversation(tx: Tx, message_ids: Sequence[str]) -> dict[str, str]:
    rows = tx.all(select(Message.id, Message.conversation_id).where(Message.id.in_(message_ids)))
    of = {row.id: row.conversation_id for row in rows}
    newest: dict[str, str] = {}
    for id in message_ids:
        if id in of:
            newest.setdefault(of[id], id)
    return newest


def _by_identity(tx: Tx, search: str) -> list[str]:
    """Contacts with a part of it in their number or other name. What is written with signs is
    looked for as a number without them, too."""
    whole = search.removeprefix("@").removeprefix("+")
    digits = "".join(c for c in whole if c.isascii() and c.isdigit())
    value, parts = ContactIdentity.value, []
    if len(digits) >= PART_LETTERS and not set(whole) - set("+()-. 0123456789"):
        parts = [value.contains(digits)]
    elif " " not in whole and len(whole) >= PART_LETTERS:
        # Numbers have no letters: of what has, user names are looked through, and ids are known.
        named = (ContactIdentity.kind == "username") & value.icontains(whole, autoescape=True)
        parts = [named, value.in_({whole, whole.upper()})]
    found = (
        _ids(tx, select(ContactIdentity.contact_id).where(it).limit(MOST_FOUND)) for it in parts
    )
    return [id for ids in found for id in ids]


def _titled(tx: Tx, search: str) -> list[str]:
    title = Conversation.title
    like = or_(*(title.icontains(it, autoescape=True) for it in _spellings(search)))
    return _ids(
        tx, select(Conversation.id).where(text("conversation.title <> ''"), like).limit(MOST_FOUND)
    )


def _inside_names(tx: Tx, search: str) -> list[str]:
    like = or_(*(Contact.name.icontains(it, autoescape=True) for it in _spellings(search)))
    return _ids(tx, select(Contact.id).where(like).limit(MOST_FOUND))


def _by_signs(tx: Tx, search: str) -> list[str]:
    """What has no letter or digit, such as an emoji, is looked for in names and last messages."""
    contacts = _of_contacts(tx, _inside_names(tx, search))
    like = Conversation.last_preview.contains(search.strip(), autoescape=True)
    said = _ids(tx, select(Conversation.id).where(like).limit(MOST_FOUND))
    return list(dict.fromkeys([*contacts, *said]))


def _spellings(search: str) -> list[str]:
    """SQLite folds the case of ASCII letters alone: other spellings are tried one by one."""
    search = search.strip()
    if search.isascii():
        return [search]
    return sorted({search, search.lower(), search.upper(), search.title(), search.capitalize()})


def _of_contacts(tx: Tx, contact_ids: Iterable[str]) -> list[str]:
    ids = sorted(contact_ids)
    return _ids(tx, select(Conversation.id).where(Conversation.contact_id.in_(ids))) if ids else []


def _ids(tx: Tx, statement: Select[Any]) -> list[str]:
    return [str(row[0]) for row in tx.all(statement) if row[0] is not None]
