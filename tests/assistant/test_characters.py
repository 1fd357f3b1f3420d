"""Characters: there is always one that answers, and what is wrong with one is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from recado.assistant.characters import (
    Characters,
    NewCharacter,
    archive_character,
    create_character,
    default_character,
    get_character,
    list_characters,
    update_character,
)
from recado.assistant.model import Character
from recado.errors import BadRequest, Conflict, NotFound, RequestError
from recado.store import Store
from tests.support.stores import make_store_on

LUNA = NewCharacter(name="Luna", prompt="Eres Luna.", languages=("es",), sources=("s1",))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with make_store_on(request.param, tmp_path) as store:
        yield store


async def test_a_new_installation_has_a_character(store: Store) -> None:
    characters = Characters(store)
    with pytest.raises(NotFound):
        await characters.default()
    made = await asyncio.gather(*(Characters(store).ensure_default() for _ in range(3)))
    assert sum(made) == 1
    persona = await characters.default()
    assert persona.name == "Aurora"
    assert persona.prompt
    assert persona.sources is None
    assert not await characters.ensure_default()


async def test_a_character_takes_nothing_that_has_no_effect(store: Store) -> None:
    made = await store.write(lambda tx: create_character(tx, LUNA))
    with pytest.raises(BadRequest, match="no escalation"):
        await store.write(lambda tx: update_character(tx, made.id, {"escalation": {"at": 50}}))
    # A version beside this one that still reads it finds an object.
    kept = select(Character.escalation).where(Character.id == made.id)
    assert await store.read(lambda tx: tx.scalar(kept)) == {}


async def test_a_character_is_created_read_and_changed(store: Store) -> None:
    made = await store.write(lambda tx: create_character(tx, LUNA))
    assert await store.read(lambda tx: get_character(tx, made.id)) == made
    persona = await Characters(store).get(made.id)
    assert (persona.name, persona.sources, persona.languages) == ("Luna", ("s1",), ("es",))
    changes = {"prompt": "Eres otra.", "sources": None, "model_settings": {"temperature": 0.2}}
    changed = await store.write(lambda tx: update_character(tx, made.id, changes))
    assert (changed.prompt, changed.sources) == ("Eres otra.", None)
    assert changed.name == "Luna"
    assert (await Characters(store).get(made.id)).model_settings == {"temperature": 0.2}


async def test_only_one_character_is_the_default(store: Store) -> None:
    await Characters(store).ensure_default()
    new = msgspec.structs.replace(LUNA, is_default=True)
    made = await store.write(lambda tx: create_character(tx, new))
    assert (await store.read(default_character)).id == made.id
    assert [c.is_default for c in await store.read(list_characters)] == [False, True]


async def test_a_change_is_seen_at_once_by_who_made_it(store: Store) -> None:
    characters = Characters(store)
    await characters.ensure_default()
    persona = await characters.default()
    await store.write(lambda tx: update_character(tx, persona.id, {"prompt": "Nuevo."}))
    characters.forget()
    assert (await characters.default()).prompt == "Nuevo."


async def test_the_last_character_cannot_be_put_away(store: Store) -> None:
    first = await store.write(lambda tx: create_character(tx, LUNA))
    with pytest.raises(Conflict):
        await store.write(lambda tx: archive_character(tx, first.id))
    other = msgspec.structs.replace(LUNA, name="Sol")
    await store.write(lambda tx: create_character(tx, other))
    await store.write(lambda tx: archive_character(tx, first.id))
    assert [c.name for c in await store.read(list_characters)] == ["Sol"]
    assert (await Characters(store).get(first.id)).name == "Luna"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 81},
        {"prompt": ""},
        {"languages": ()},
        {"languages": ("es", "klingon")},
        {"model_rules": ({"domain": "technical"},)},
    ],
)
async def test_a_wrong_field_is_refused_with_a_reason(store: Store, wrong: dict[str, Any]) -> None:
    made = await store.write(lambda tx: create_character(tx, LUNA))
    new = msgspec.structs.replace(LUNA, **({"name": "Otra"} | wrong))
    with pytest.raises(RequestError):
        await store.write(lambda tx: create_character(tx, new))
    with pytest.raises(RequestError):
        await store.write(lambda tx: update_character(tx, made.id, wrong))
    assert await store.read(lambda tx: get_character(tx, made.id)) == made


async def test_names_are_taken_once_and_fields_are_known(store: Store) -> None:
    made = await store.write(lambda tx: create_character(tx, LUNA))
    with pytest.raises(Conflict, match="Luna"):
        await store.write(lambda tx: create_character(tx, LUNA))
    with pytest.raises(BadRequest, match="colour"):
        await store.write(lambda tx: update_character(tx, made.id, {"colour": "blue"}))
    with pytest.raises(NotFound):
        await store.write(lambda tx: update_character(tx, "nobody", {}))
    with pytest.raises(NotFound):
        await Characters(store).get("nobody")


async def test_hours_without_a_time_zone_are_refused_however_they_come(store: Store) -> None:
    made = await store.write(lambda tx: create_character(tx, LUNA))
    hours = {"hours": {"mon": [["09:00", "18:00"]]}}
    with pytest.raises(BadRequest, match="time zone"):
        await store.write(lambda tx: update_character(tx, made.id, hours))
    both = {**hours, "time_zone": "America/Bogota"}
    changed = await store.write(lambda tx: update_character(tx, made.id, both))
    assert changed.hours == {"mon": (("09:00", "18:00"),)}
    with pytest.raises(BadRequest, match="time zone"):
        await store.write(lambda tx: update_character(tx, made.id, {"time_zone": ""}))
