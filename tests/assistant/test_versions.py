"""A character is written as a draft, published, and brought back; nobody's work is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from recado.assistant.characters import (
    Characters,
    NewCharacter,
    archive_character,
    character_of,
    create_character,
    get_character,
    update_character,
)
from recado.assistant.model import Character, CharacterVersion
from recado.assistant.neutral import NEUTRAL_PROMPT, neutralise_sample
from recado.assistant.versions import (
    describe_character,
    discard_draft,
    find_draft,
    find_version,
    get_version,
    list_versions,
    publish,
    restore,
    save_draft,
)
from recado.conversations.model import Conversation
from recado.errors import BadRequest, Conflict, NotFound, RequestError
from recado.lines.model import LineRow
from recado.store import Store, Tx
from tests.support.conversations import add_conversation, add_line
from tests.support.stores import make_store_on

LUNA = NewCharacter(name="Luna", prompt="Eres Luna.", is_default=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with make_store_on(request.param, tmp_path) as store:
        yield store


@pytest.fixture
async def luna(store: Store) -> str:
    return (await store.write(lambda tx: create_character(tx, LUNA))).id


async def told(store: Store, character_id: str) -> list[tuple[int, str]]:
    found = await store.read(lambda tx: list_versions(tx, character_id))
    return [(it.number, it.state) for it in found]


async def draft(store: Store, character_id: str, **changes: Any) -> int:
    """Returns the revision after it."""
    view = await store.write(lambda tx: save_draft(tx, character_id, changes, author="api"))
    return view.revision


async def test_a_draft_changes_nothing_until_it_is_published(store: Store, luna: str) -> None:
    assert await told(store, luna) == [(1, "published")]
    await draft(store, luna, prompt="Eres otra.", tone="Seria")
    await draft(store, luna, greeting="¡Hola!")
    persona = await Characters(store).default()
    assert (persona.prompt, persona.version) == ("Eres Luna.", 1)
    assert await told(store, luna) == [(2, "draft"), (1, "published")]
    view = await store.write(lambda tx: publish(tx, luna, author="user:u1", note=" Más seria "))
    assert (view.prompt, view.tone, view.greeting) == ("Eres otra.", "Seria", "¡Hola!")
    assert (view.version, view.draft) == (2, None)
    persona = await Characters(store).default()
    assert (persona.prompt, persona.version) == ("Eres otra.", 2)
    version = await store.read(lambda tx: get_version(tx, luna, 2))
    assert (version.note, version.author, version.author_name) == ("Más seria", "user:u1", None)
    assert await told(store, luna) == [(2, "published"), (1, "retired")]


async def test_an_earlier_version_comes_back_as_a_new_one_in_one_step(
    store: Store, luna: str
) -> None:
    await store.write(lambda tx: update_character(tx, luna, {"prompt": "Otra."}))
    await draft(store, luna, tone="Alegre")
    view = await store.write(lambda tx: restore(tx, luna, 1, author="api"))
    assert (view.prompt, view.version) == ("Eres Luna.", 3)
    assert await told(store, luna) == [
        (4, "draft"),
        (3, "published"),
        (2, "retired"),
        (1, "retired"),
    ]
    assert (await store.read(lambda tx: get_version(tx, luna, 3))).restored_from == 1
    kept = await store.read(lambda tx: find_draft(tx, luna))
    assert kept
    assert (kept.content.tone, kept.content.prompt) == ("Alegre", "Otra.")
    with pytest.raises(Conflict, match="no earlier"):
        await store.write(lambda tx: restore(tx, luna, 3, author="api"))
    with pytest.raises(NotFound):
        await store.write(lambda tx: restore(tx, luna, 99, author="api"))


async def test_of_two_who_edit_the_second_is_told_and_nothing_is_overwritten(
    store: Store, luna: str
) -> None:
    read = (await store.read(lambda tx: describe_character(tx, luna))).revision

    def save(tone: str) -> Any:
        return lambda tx: save_draft(tx, luna, {"tone": tone}, author="api", revision=read)

    await store.write(save("de la primera"))
    with pytest.raises(Conflict, match="Somebody has changed"):
        await store.write(save("de la segunda"))
    for late in (
        lambda tx: publish(tx, luna, author="api", revision=read),
        lambda tx: discard_draft(tx, luna, revision=read),
        lambda tx: restore(tx, luna, 1, author="api", revision=read),
    ):
        with pytest.raises(Conflict, match="Somebody has changed"):
            await store.write(late)
    kept = await store.read(lambda tx: find_draft(tx, luna))
    assert kept
    assert kept.content.tone == "de la primera"


async def test_publishing_counts_as_a_change_for_who_edits(store: Store, luna: str) -> None:
    read = await draft(store, luna, tone="Seria")
    await store.write(lambda tx: publish(tx, luna, author="api"))
    with pytest.raises(Conflict):
        await store.write(
            lambda tx: save_draft(tx, luna, {"tone": "x"}, author="api", revision=read)
        )


async def test_a_draft_that_says_what_is_published_is_none(store: Store, luna: str) -> None:
    before = await draft(store, luna, prompt="Eres Luna.")
    assert await told(store, luna) == [(1, "published")]
    await draft(store, luna, prompt="Otra.")
    await draft(store, luna, prompt="Eres Luna.")
    assert await told(store, luna) == [(1, "published")]
    view = await store.write(lambda tx: publish(tx, luna, author="api"))
    assert view.version == 1
    assert view.revision > before


async def test_a_draft_is_thrown_away(store: Store, luna: str) -> None:
    await draft(store, luna, prompt="Otra.")
    view = await store.write(lambda tx: discard_draft(tx, luna))
    assert (view.draft, view.prompt) == (None, "Eres Luna.")
    with pytest.raises(NotFound, match="no draft"):
        await store.read(lambda tx: find_version(tx, luna, "draft"))


async def test_a_name_that_another_has_is_refused_in_the_draft(store: Store, luna: str) -> None:
    other = NewCharacter(name="Sol", prompt="Eres Sol.")
    sol = (await store.write(lambda tx: create_character(tx, other))).id
    with pytest.raises(Conflict, match="Luna"):
        await draft(store, sol, name="Luna")
    await draft(store, sol, name="Estrella")
    await store.write(lambda tx: update_character(tx, luna, {"name": "Estrella"}))
    with pytest.raises(Conflict, match="Estrella"):
        await store.write(lambda tx: publish(tx, sol, author="api"))
    assert (await store.read(lambda tx: get_character(tx, sol))).name == "Sol"
    assert await told(store, sol) == [(2, "draft"), (1, "published")]


WHOLE: dict[str, Any] = {
    "hours": {"mon": [["09:00", "18:00"]]},
    "time_zone": "America/Bogota",
    "holidays": [{"date": "12-25", "name": "Navidad"}],
    "model": "openai:gpt-5-mini",
    "model_policy": {"cheaper": "embedded", "strongest": "openai:gpt-5", "fallbacks": ["embedded"]},
    "limits": {"answer_tokens": 300, "messages": 40},
    "handover": {
        "trigger_words": ["abogado"],
        "matters": ["returns"],
        "threshold": 60,
        "department": "support",
    },
    "sources": ["s1"],
}


async def test_all_that_a_character_has_is_published_with_it(store: Store, luna: str) -> None:
    await draft(store, luna, **WHOLE)
    await store.write(lambda tx: publish(tx, luna, author="api"))
    persona = await Characters(store).get(luna)
    assert persona.holidays[0].name == "Navidad"
    assert persona.model_policy.fallbacks == ("embedded",)
    assert persona.model_settings["max_tokens"] == 300
    assert persona.handover.department == "support"
    assert persona.sources == ("s1",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"holidays": [{"date": "25/12"}]},
        {"holidays": [{"date": "02-30"}]},
        {"holidays": [{"date": "12-25"}, {"date": "12-25"}]},
        {"holidays": [{"date": "12-25"}], "hours": {}},
        {"model": "two words"},
        {"model_policy": {"fallbacks": ["a:b", "a:b"]}},
        {"model_policy": {"fallbacks": [""]}},
        {"model_policy": {"best": "a:b"}},
        {"limits": {"messages": 1}},
        {"limits": {"answer_tokens": "many"}},
        {"handover": {"trigger_words": ["!!!"]}},
        {"handover": {"matters": ["weather"]}},
        {"handover": {"threshold": 0}},
        {"handover": {"department": "the kitchen"}},
        {"colour": "blue"},
    ],
)
async def test_a_wrong_field_is_refused_in_the_draft(
    store: Store, luna: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(RequestError):
        await draft(store, luna, **{**WHOLE, **wrong})
    assert await told(store, luna) == [(1, "published")]


async def test_a_note_has_an_end(store: Store, luna: str) -> None:
    await draft(store, luna, tone="Seria")
    with pytest.raises(BadRequest, match="500"):
        await store.write(lambda tx: publish(tx, luna, author="api", note="x" * 501))


async def test_what_an_older_recado_beside_this_one_writes_is_kept_as_a_version(
    store: Store, luna: str
) -> None:
    older = update(Character).where(Character.id == luna).values(prompt="De antes.")
    await store.write(lambda tx: tx.execute(older))
    await draft(store, luna, tone="Seria")
    assert await told(store, luna) == [(3, "draft"), (2, "published"), (1, "retired")]
    kept = await store.read(lambda tx: get_version(tx, luna, 2))
    assert kept.content.prompt == "De antes."


async def test_a_character_that_an_older_recado_has_made_can_be_compared(
    store: Store, luna: str
) -> None:
    await store.write(lambda tx: tx.execute(delete(CharacterVersion)))
    found = await store.read(lambda tx: find_version(tx, luna, "published"))
    assert (found.number, found.content.prompt) == (1, "Eres Luna.")
    await draft(store, luna, tone="Seria")
    assert await told(store, luna) == [(2, "draft"), (1, "published")]


async def test_the_sample_that_gives_way_to_ones_own_knowledge_can_be_looked_up(
    store: Store,
) -> None:
    await Characters(store).ensure_default()
    await store.write(neutralise_sample)
    persona = await Characters(store).default()
    assert (persona.prompt, persona.version) == (NEUTRAL_PROMPT, 2)
    assert await told(store, persona.id) == [(2, "published"), (1, "retired")]


async def test_a_line_names_who_answers_there(store: Store, luna: str) -> None:
    other = NewCharacter(name="Sol", prompt="Eres Sol.")
    sol = (await store.write(lambda tx: create_character(tx, other))).id

    def talk(tx: Tx) -> tuple[str, str]:
        line_id = add_line(tx, name="Tienda")
        return line_id, add_conversation(tx, line_id)

    line_id, conversation = await store.write(talk)
    assert (await store.read(lambda tx: character_of(tx, conversation))).name == "Luna"
    named = update(LineRow).where(LineRow.id == line_id).values(character_id=sol)
    await store.write(lambda tx: tx.execute(named))
    assert (await store.read(lambda tx: character_of(tx, conversation))).name == "Sol"
    assert (await store.read(lambda tx: describe_character(tx, sol))).lines == ("Tienda",)
    with pytest.raises(Conflict, match="Tienda"):
        await store.write(lambda tx: archive_character(tx, sol))
    own = update(Conversation).values(character_id=luna)
    await store.write(lambda tx: tx.execute(own))
    assert (await store.read(lambda tx: character_of(tx, conversation))).name == "Luna"
