"""Keeping what a character was: each content that ever answered is a version with its number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, update

from recado.assistant.content import CharacterContent, content_of, stored_content
from recado.assistant.model import Character, CharacterVersion
from recado.store import Tx, new_id, now

#: Taken by whoever changes characters: there is one at a time.
LOCK = "characters"
#: Of what nobody in particular did.
SYSTEM = "system"


def record_published(
    tx: Tx,
    character_id: str,
    *,
    author: str = SYSTEM,
    note: str = "",
    restored_from: int | None = None,
) -> int:
    """Keep what the character's row says now as its newest version, the one that answers, and
    return its number. A draft stays, and comes after it. The caller holds LOCK."""
    row = tx.first(select(Character.__table__).where(Character.id == character_id))
    if row is None:
        raise AssertionError(f"character {character_id} is gone")
    own = CharacterVersion.character_id == character_id
    answered = CharacterVersion.state != "draft"
    last = tx.scalar(select(func.max(CharacterVersion.number)).where(own, answered))
    number = (last or 0) + 1
    draft = update(CharacterVersion).where(own, CharacterVersion.state == "draft")
    tx.execute(draft.values(number=number + 1))
    tx.execute(
        update(CharacterVersion)
        .where(own, CharacterVersion.state == "published")
        .values(state="retired")
    )
    values = {"state": "published", "note": note, "author": author, "restored_from": restored_from}
    tx.execute(
        insert(CharacterVersion).values(
            version_row(character_id, content_of(row), number, **values)
        )
    )
    tx.execute(
        update(Character)
        .where(Character.id == character_id)
        .values(version=number, revision=Character.revision + 1)
    )
    return number


def version_row(
    character_id: str, content: CharacterContent, number: int, **values: Any
) -> dict[str, Any]:
    """The columns of a version, with `values` in the place of the usual ones."""
    moment = now()
    return {
        "id": new_id(),
        "character_id": character_id,
        "number": number,
        "content": stored_content(content),
        "note": "",
        "restored_from": None,
        "created_at": moment,
        "updated_at": moment,
        **values,
    }


def record_strange_change(tx: Tx, character_id: str) -> None:
    """Keep what a former version of Recado, running beside this one, has written into the
    character: it knows no versions. The caller holds LOCK."""
    row = tx.first(select(Character.__table__).where(Character.id == character_id))
    if row is None:
        return
    kept = tx.first(
        select(CharacterVersion.content).where(
            CharacterVersion.character_id == character_id,
            CharacterVersion.number == row.version,
            CharacterVersion.state == "published",
        )
    )
    if kept is None or content_of(kept.content) != content_of(row):
        record_published(tx, character_id)
