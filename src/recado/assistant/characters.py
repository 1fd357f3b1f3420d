"""Characters: the personas that answer, each by its published version.

What a person writes goes into a draft first, and takes effect when it is published (versions.py);
here is what answers now.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from recado.assistant.content import (
    CharacterContent,
    checked_content,
    content_of,
    fields_of,
    stored_content,
)
from recado.assistant.history import LOCK, SYSTEM, record_published, record_strange_change
from recado.assistant.model import Character
from recado.assistant.neutral import (
    NEUTRAL_DESCRIPTION,
    NEUTRAL_NAME,
    NEUTRAL_PROMPT,
    SAMPLE_NAME,
    is_neutral,
    knows_own,
    neutralise_sample,
    sample_prompt,
)
from recado.assistant.port import Persona
from recado.conversations.model import Conversation
from recado.errors import BadRequest, Conflict, NotFound, Unprocessable
from recado.lines.model import LineRow
from recado.store import Store, Tx, new_id, now
from recado.store.prepared import prepare

#: How long what another process has published may stay unseen.
CACHE_SECONDS = 1.0


class NewCharacter(CharacterContent, frozen=True, forbid_unknown_fields=True):
    """What a character is made with; it answers at once where a line or nobody else is named.
    `is_default`: it answers where no line and no conversation names another."""

    is_default: bool = False


class StoredCharacter(NewCharacter, frozen=True, kw_only=True):
    """A character as it answers. `version` is the published one, `revision` counts every change of
    it and its draft. Times are Unix seconds."""

    id: str
    version: int
    revision: int
    created_at: float
    updated_at: float
    archived_at: float | None = None


class Characters:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, tuple[float, Persona]] = {}
        self._forgotten = 0

    async def default(self) -> Persona:
        """The character for conversations that name none. Raises NotFound: there is none."""
        return await self._persona("")

    async def get(self, character_id: str) -> Persona:
        """The character; archived ones too, for conversations that still have them.

        Raises NotFound.
        """
        return await self._persona(character_id)

    def forget(self) -> None:
        """See changes at once: for whoever publishes a character in this process."""
        self._kept.clear()
        self._forgotten += 1

    async def ensure_default(self) -> bool:
        """Make a character on an installation without any: the sample one, or a neutral one where
        the business has taught something. True: it was made now."""
        there, own = await self._store.read(
            lambda tx: (tx.first(select(Character.id)) is not None, knows_own(tx))
        )
        if there and own:
            await self._store.write(neutralise_sample)
        if there:
            return False
        made = await self._store.write(_create_first)
        self.forget()
        return made

    async def _persona(self, character_id: str) -> Persona:
        kept = self._kept.get(character_id)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        before = self._forgotten
        if character_id:
            view = await self._store.read(lambda tx: get_character(tx, character_id), brief=True)
        else:
            view = await self._store.read(default_character, brief=True)
        persona = persona_of(view.id, view, version=view.version)
        if before == self._forgotten:  # else it was read before what was published meanwhile
            self._kept[character_id] = (time.monotonic() + CACHE_SECONDS, persona)
        return persona


_BY_ID = prepare(select(Character.__table__).where(Character.id == bindparam("character")))
_DEFAULT = prepare(
    select(Character.__table__)
    .where(Character.archived_at.is_(None))
    .order_by(Character.is_default.desc(), Character.id)
    .limit(1)
)

_OF_CONVERSATION = prepare(
    select(Character.__table__)
    .join(Conversation, Conversation.id == bindparam("conversation"))
    .join(LineRow, LineRow.id == Conversation.line_id)
    .where(Character.id == func.coalesce(Conversation.character_id, LineRow.character_id))
)


def persona_of(character_id: str, content: CharacterContent, *, version: int = 0) -> Persona:
    """The character as a turn needs it; `version` 0 for what is not published."""
    settings = dict(content.model_settings)
    if content.limits.answer_tokens is not None:
        settings["max_tokens"] = content.limits.answer_tokens
    return Persona(
        id=character_id,
        name=content.name,
        prompt=content.prompt,
        tone=content.tone,
        greeting=content.greeting,
        hours=content.hours,
        time_zone=content.time_zone,
        neutral=is_neutral(content.name),
        languages=content.languages,
        model=content.model,
        model_settings=settings,
        model_rules=content.model_rules,
        sources=content.sources,
        tools=content.tools,
        version=version,
        holidays=content.holidays,
        model_policy=content.model_policy,
        limits=content.limits,
        handover=content.handover,
        intents=content.intents,
        intent_engine=content.intent_engine,
        budgets=content.budgets,
    )


_OWN_FIELDS = (
    *("is_default", "id", "version", "revision", "created_at", "updated_at", "archived_at"),
)


def _stored(row: Row[Any]) -> StoredCharacter:
    own = {name: row._mapping[name] for name in _OWN_FIELDS}
    return StoredCharacter(**msgspec.structs.asdict(content_of(row)), **own)


def list_characters(tx: Tx, *, archived: bool = False) -> list[StoredCharacter]:
    """The characters by name; `archived` True: those that are put away instead."""
    gone = Character.archived_at.is_not(None) if archived else Character.archived_at.is_(None)
    statement = select(Character.__table__).where(gone).order_by(Character.name)
    return [_stored(row) for row in tx.all(statement)]


def get_character(tx: Tx, character_id: str) -> StoredCharacter:
    """Raises NotFound."""
    row = tx.first(_BY_ID, {"character": character_id})
    if row is None:
        raise NotFound(f"There is no character {character_id!r}.")
    return _stored(row)


def default_character(tx: Tx) -> StoredCharacter:
    """The one marked as default, else the oldest. Raises NotFound: there is none."""
    row = tx.first(_DEFAULT)
    if row is None:
        raise NotFound("There is no character: create one, in the desk or by the API.")
    return _stored(row)


def is_default_unwritten(tx: Tx) -> bool:
    """Whether nobody has written the one that answers: it is the sample, or the neutral one."""
    row = tx.first(_DEFAULT)
    return row is None or row.prompt in (sample_prompt(), NEUTRAL_PROMPT)


def character_of(tx: Tx, conversation_id: str) -> StoredCharacter:
    """Who answers a conversation: the one it names, else its line's, else the default one. Raises
    NotFound: there is none."""
    row = tx.first(_OF_CONVERSATION, {"conversation": conversation_id})
    return default_character(tx) if row is None else _stored(row)


def create_character(tx: Tx, new: NewCharacter, *, author: str = SYSTEM) -> StoredCharacter:
    """It is published as its version 1. Raises BadRequest, Unprocessable (a field is wrong) and
    Conflict (the name is taken)."""
    tx.lock(LOCK)
    moment, content = now(), checked_content(fields_of(content_of(new)))
    values = {"id": new_id(), "is_default": new.is_default, "created_at": moment}
    values |= stored_content(content) | {"updated_at": moment, "version": 1, "revision": 0}
    _write(tx, insert(Character).values(values), content.name)
    record_published(tx, str(values["id"]), author=author)
    if new.is_default:
        _be_only_default(tx, str(values["id"]))
    return get_character(tx, str(values["id"]))


def update_character(
    tx: Tx, character_id: str, changes: dict[str, Any], *, author: str = SYSTEM
) -> StoredCharacter:
    """Change the named fields at once, past any draft. Raises NotFound, BadRequest, Unprocessable,
    Conflict."""
    tx.lock(LOCK)
    content = changed_content(get_character(tx, character_id), changes)
    return replace_content(tx, character_id, content, author=author)


def changed_content(before: msgspec.Struct, changes: dict[str, Any]) -> CharacterContent:
    """A content with the named fields changed. Raises BadRequest and Unprocessable."""
    fields = fields_of(content_of(before))
    if unknown := changes.keys() - fields.keys():
        raise BadRequest(f"A character has no {', '.join(sorted(unknown))}.")
    return checked_content(fields | changes)


def replace_content(
    tx: Tx,
    character_id: str,
    content: CharacterContent,
    *,
    author: str,
    note: str = "",
    restored_from: int | None = None,
) -> StoredCharacter:
    """Answer with this content from now on, as a new version. The caller holds LOCK.

    Raises Conflict: another character has the name.
    """
    record_strange_change(tx, character_id)
    values = stored_content(content) | {"updated_at": now()}
    statement = update(Character).where(Character.id == character_id).values(values)
    _write(tx, statement, content.name)
    record_published(tx, character_id, author=author, note=note, restored_from=restored_from)
    return get_character(tx, character_id)


def make_default(tx: Tx, character_id: str) -> StoredCharacter:
    """Let it answer where no other is named, at once. Raises NotFound, and Conflict: it is put
    away."""
    tx.lock(LOCK)
    if get_character(tx, character_id).archived_at is not None:
        raise Conflict("This character is archived; it cannot answer.")
    tx.execute(update(Character).where(Character.id == character_id).values(is_default=True))
    _be_only_default(tx, character_id)
    return get_character(tx, character_id)


def make_no_default(tx: Tx, character_id: str) -> StoredCharacter:
    """Take the default from it, at once; the oldest answers where none has it. Raises NotFound."""
    tx.lock(LOCK)
    get_character(tx, character_id)
    tx.execute(update(Character).where(Character.id == character_id).values(is_default=False))
    return get_character(tx, character_id)


def archive_character(tx: Tx, character_id: str) -> StoredCharacter:
    """Put a character away: it takes no new conversations.

    Raises NotFound and Conflict: the last one stays, for somebody has to answer, and one that a
    line names stays until the line names another.
    """
    tx.lock(LOCK)
    get_character(tx, character_id)
    if lines := lines_of(tx, character_id):
        raise Conflict(f"It answers on {', '.join(lines)}: let another character answer there.")
    if all(view.id == character_id for view in list_characters(tx)):
        raise Conflict("This is the only character; create another before archiving it.")
    values = {"archived_at": now(), "updated_at": now(), "is_default": False}
    tx.execute(update(Character).where(Character.id == character_id).values(values))
    return get_character(tx, character_id)


def lines_of(tx: Tx, character_id: str) -> list[str]:
    """The names of the lines on which it answers because they name it."""
    named = select(LineRow.name).where(LineRow.character_id == character_id)
    return [row.name for row in tx.all(named.order_by(LineRow.name))]


def check_answers(tx: Tx, character_id: str) -> None:
    """Raises Unprocessable: a line cannot name it, for it is not there or put away."""
    known = select(Character.id).where(
        Character.id == character_id, Character.archived_at.is_(None)
    )
    if tx.first(known) is None:
        raise Unprocessable(f"There is no character {character_id!r} that could answer.")


def check_name_is_free(tx: Tx, character_id: str, name: str) -> None:
    """Raises Conflict: another character has it."""
    other = select(Character.id).where(Character.name == name, Character.id != character_id)
    if tx.first(other) is not None:
        raise _taken(name)


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a character named {name!r} already.")


def _write(tx: Tx, statement: Any, name: str) -> None:
    try:
        tx.execute(statement)
    except IntegrityError as error:
        raise _taken(name) from error


def _be_only_default(tx: Tx, character_id: str) -> None:
    others = update(Character).where(Character.id != character_id, Character.is_default.is_(True))
    tx.execute(others.values(is_default=False))


@cache
def sample_character() -> NewCharacter:
    """The character of the sample business (samples/)."""
    return NewCharacter(
        name=SAMPLE_NAME,
        description="Answers for the sample business, Café Aurora. Edit it, or make your own.",
        prompt=sample_prompt(),
        is_default=True,
    )


def _neutral_character() -> NewCharacter:
    return NewCharacter(
        name=NEUTRAL_NAME,
        description=NEUTRAL_DESCRIPTION,
        prompt=NEUTRAL_PROMPT,
        is_default=True,
    )


def _create_first(tx: Tx) -> bool:
    tx.lock(LOCK)
    if tx.first(select(Character.id)) is not None:  # another process was faster
        return False
    create_character(tx, _neutral_character() if knows_own(tx) else sample_character())
    return True
