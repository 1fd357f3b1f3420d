"""Characters: the personas that answer, with their prompt, languages, model policy, knowledge."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from recado.assistant.hours import check_hours
from recado.assistant.model import Character
from recado.assistant.models.registry import check_rules
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
from recado.errors import BadRequest, Conflict, NotFound
from recado.language.reading import composed_accents
from recado.store import Store, Tx, new_id, now
from recado.store.prepared import prepare

#: How long a change made by another process may stay unseen.
CACHE_SECONDS = 5.0
LANGUAGES = ("es", "pt", "en")
LOCK = "characters"


class NewCharacter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a character is made with. `sources` None: all knowledge; `model` "": the
    installation's. `model_settings` override the sampling defaults (max_tokens, temperature,
    top_p); `model_rules` are those of models/registry.py. `tone` is how it speaks, `greeting` what
    it says to a first "hola", `hours` when the business is open (hours.py)."""

    name: str
    prompt: str
    description: str = ""
    tone: str = ""
    greeting: str = ""
    hours: dict[str, tuple[tuple[str, ...], ...]] = {}
    time_zone: str = ""
    languages: tuple[str, ...] = LANGUAGES
    model: str = ""
    model_settings: dict[str, Any] = {}
    model_rules: tuple[dict[str, Any], ...] = ()
    sources: tuple[str, ...] | None = None
    tools: tuple[str, ...] = ()
    is_default: bool = False


class CharacterView(NewCharacter, frozen=True, kw_only=True):
    """A character as it is stored. Times are Unix seconds."""

    id: str
    created_at: float
    updated_at: float
    archived_at: float | None = None


class Characters:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, tuple[float, Persona]] = {}

    async def default(self) -> Persona:
        """The character for conversations that name none. Raises NotFound: there is none."""
        return await self._persona("")

    async def get(self, character_id: str) -> Persona:
        """The character; archived ones too, for conversations that still have them.

        Raises NotFound.
        """
        return await self._persona(character_id)

    def forget(self) -> None:
        """See changes at once: for whoever changes a character in this process."""
        self._kept.clear()

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
        if character_id:
            view = await self._store.read(lambda tx: get_character(tx, character_id), brief=True)
        else:
            view = await self._store.read(default_character, brief=True)
        persona = persona_of(view)
        self._kept[character_id] = (time.monotonic() + CACHE_SECONDS, persona)
        return persona


_BY_ID = prepare(select(Character.__table__).where(Character.id == bindparam("character")))
_DEFAULT = prepare(
    select(Character.__table__)
    .where(Character.archived_at.is_(None))
    .order_by(Character.is_default.desc(), Character.id)
    .limit(1)
)


def persona_of(view: CharacterView) -> Persona:
    """The character as a model needs it."""
    return Persona(
        id=view.id,
        name=view.name,
        prompt=view.prompt,
        tone=view.tone,
        greeting=view.greeting,
        hours=view.hours,
        time_zone=view.time_zone,
        neutral=is_neutral(view.name),
        languages=view.languages,
        model=view.model,
        model_settings=view.model_settings,
        model_rules=view.model_rules,
        sources=view.sources,
    )


def _view(row: Row[Any]) -> CharacterView:
    fields = CharacterView.__struct_fields__
    stored = {name: value for name, value in row._mapping.items() if name in fields}
    return msgspec.convert(stored | {"hours": stored["hours"] or {}}, CharacterView)


def list_characters(tx: Tx, *, archived: bool = False) -> list[CharacterView]:
    """The characters by name; `archived` True: those that are put away instead."""
    gone = Character.archived_at.is_not(None) if archived else Character.archived_at.is_(None)
    statement = select(Character.__table__).where(gone).order_by(Character.name)
    return [_view(row) for row in tx.all(statement)]


def get_character(tx: Tx, character_id: str) -> CharacterView:
    """Raises NotFound."""
    row = tx.first(_BY_ID, {"character": character_id})
    if row is None:
        raise NotFound(f"There is no character {character_id!r}.")
    return _view(row)


def default_character(tx: Tx) -> CharacterView:
    """The one marked as default, else the oldest. Raises NotFound: there is none."""
    row = tx.first(_DEFAULT)
    if row is None:
        raise NotFound("There is no character: create one, in the desk or by the API.")
    return _view(row)


def is_default_unwritten(tx: Tx) -> bool:
    """Whether nobody has written the one that answers: it is the sample, or the neutral one."""
    row = tx.first(_DEFAULT)
    return row is None or row.prompt in (sample_prompt(), NEUTRAL_PROMPT)


def create_character(tx: Tx, new: NewCharacter) -> CharacterView:
    """Raises BadRequest, Unprocessable (a field is wrong) and Conflict (the name is taken)."""
    tx.lock(LOCK)
    moment = now()
    values = _checked(msgspec.structs.asdict(new))
    values |= {"id": new_id(), "created_at": moment, "updated_at": moment}
    _write(tx, insert(Character).values(values), new.name)
    if new.is_default:
        _be_only_default(tx, values["id"])
    return get_character(tx, values["id"])


def update_character(tx: Tx, character_id: str, changes: dict[str, Any]) -> CharacterView:
    """Change the named fields. Raises NotFound, BadRequest, Unprocessable, Conflict."""
    tx.lock(LOCK)
    view = get_character(tx, character_id)
    if unknown := changes.keys() - set(NewCharacter.__struct_fields__):
        raise BadRequest(f"A character has no {', '.join(sorted(unknown))}.")
    if changes:
        changed = msgspec.structs.asdict(view) | changes
        stored = _checked({name: changed[name] for name in NewCharacter.__struct_fields__})
        values = {name: stored[name] for name in changes} | {"updated_at": now()}
        statement = update(Character).where(Character.id == character_id).values(values)
        _write(tx, statement, str(changes.get("name", view.name)))
    if changes.get("is_default"):
        _be_only_default(tx, character_id)
    return get_character(tx, character_id)


def archive_character(tx: Tx, character_id: str) -> CharacterView:
    """Put a character away: it takes no new conversations.

    Raises NotFound and Conflict: the last one stays, for somebody has to answer.
    """
    tx.lock(LOCK)
    get_character(tx, character_id)
    if all(view.id == character_id for view in list_characters(tx)):
        raise Conflict("This is the only character; create another before archiving it.")
    values = {"archived_at": now(), "updated_at": now(), "is_default": False}
    tx.execute(update(Character).where(Character.id == character_id).values(values))
    return get_character(tx, character_id)


def _write(tx: Tx, statement: Any, name: str) -> None:
    taken = Conflict(f"There is a character named {name!r} already.")
    try:
        tx.execute(statement)
    except IntegrityError as error:
        raise taken from error


def _be_only_default(tx: Tx, character_id: str) -> None:
    others = update(Character).where(Character.id != character_id, Character.is_default.is_(True))
    tx.execute(others.values(is_default=False))


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """Values as they are stored. Raises BadRequest and Unprocessable."""
    try:
        fields = msgspec.convert({"name": "-", "prompt": "-", **values}, NewCharacter, strict=True)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The character is wrong: {error}.") from error
    if not fields.name.strip() or len(fields.name) > 80:
        raise BadRequest("A character needs a name of at most 80 characters.")
    if not fields.prompt.strip() or len(fields.prompt) > 20_000:
        raise BadRequest("A character needs a prompt of at most 20,000 characters.")
    if not fields.languages or set(fields.languages) - set(LANGUAGES):
        raise BadRequest(f"A character speaks some of {', '.join(LANGUAGES)}.")
    if len(fields.tone) > 500:
        raise BadRequest("A character's tone has at most 500 characters.")
    if len(fields.greeting) > 1000:
        raise BadRequest("A character's greeting has at most 1,000 characters.")
    check_hours(fields.hours, fields.time_zone)
    check_rules(fields.model_rules)
    stored = msgspec.structs.asdict(fields) | {"name": composed_accents(fields.name)}
    return {name: msgspec.to_builtins(stored[name]) for name in values}


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
