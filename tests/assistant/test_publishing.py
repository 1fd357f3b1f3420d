"""A draft is published only after its evaluation, where the business wants that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import update

from recado.assistant import publishing
from recado.assistant.characters import NewCharacter, create_character
from recado.assistant.model import CharacterVersion
from recado.assistant.publishing import DraftEvaluation, DraftToEvaluate, PublishingNeeds
from recado.assistant.versions import (
    describe_character,
    find_draft,
    find_version,
    publish,
    restore,
    save_draft,
)
from recado.errors import BadRequest, Conflict, NotFound
from recado.store import Store, now
from tests.support.stores import make_store_on

LUNA = NewCharacter(name="Luna", prompt="Eres Luna.", is_default=True)
NEEDS = PublishingNeeds(right=90, declined=95)
GOOD = DraftEvaluation(
    state="done", asked_by="api", at=0.0, done=10, total=10, right=95.0, declined=100.0
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with make_store_on(request.param, tmp_path) as store:
        yield store


@pytest.fixture
async def luna(store: Store) -> str:
    """With a draft, and publishing it needs an evaluation."""
    luna = (await store.write(lambda tx: create_character(tx, LUNA))).id
    await draft(store, luna, greeting="¡Hola!")
    await store.write(lambda tx: publishing.require_evaluation(tx, luna, NEEDS))
    return luna


async def draft(store: Store, character_id: str, **changes: Any) -> None:
    await store.write(lambda tx: save_draft(tx, character_id, changes, author="api"))


async def ask(store: Store, luna: str) -> None:
    await store.write(lambda tx: publishing.ask_for_evaluation(tx, luna, asked_by="user:1"))


async def take(store: Store) -> DraftToEvaluate | None:
    return await store.write(publishing.take_one)


async def tell(store: Store, taken: DraftToEvaluate | None, found: DraftEvaluation) -> bool:
    assert taken is not None
    return await store.write(
        lambda tx: publishing.tell_evaluation(tx, taken.version_id, replace(found, at=now()))
    )


async def try_to_publish(store: Store, luna: str) -> int:
    return (await store.write(lambda tx: publish(tx, luna, author="api"))).version


async def test_a_draft_that_was_not_evaluated_is_not_published(store: Store, luna: str) -> None:
    with pytest.raises(Conflict, match="Evaluate it first"):
        await try_to_publish(store, luna)
    await ask(store, luna)
    await take(store)
    with pytest.raises(Conflict, match="Evaluate it first"):
        await try_to_publish(store, luna)


async def test_a_draft_that_reached_what_is_needed_is_published_with_its_figures(
    store: Store, luna: str
) -> None:
    await ask(store, luna)
    assert await tell(store, await take(store), GOOD)
    assert await try_to_publish(store, luna) == 2
    kept = (await store.read(lambda tx: find_version(tx, luna, "published"))).evaluation
    assert kept is not None
    assert (kept.right, kept.declined, kept.asked_by) == (95.0, 100.0, "api")


@pytest.mark.parametrize(
    "found",
    [
        replace(GOOD, right=89.9),
        replace(GOOD, declined=94.0),
        replace(GOOD, problem="There are no cases yet."),
        replace(GOOD, total=0),
        replace(GOOD, right=None, declined=None, failed=1),
    ],
)
async def test_a_draft_that_missed_what_is_needed_is_not_published(
    store: Store, luna: str, found: DraftEvaluation
) -> None:
    await ask(store, luna)
    await tell(store, await take(store), found)
    with pytest.raises(Conflict, match="missed what publishing needs"):
        await try_to_publish(store, luna)
    await store.write(lambda tx: publishing.require_evaluation(tx, luna, None))
    assert await try_to_publish(store, luna) == 2


async def test_what_was_changed_after_its_evaluation_has_to_be_evaluated_again(
    store: Store, luna: str
) -> None:
    await ask(store, luna)
    await tell(store, await take(store), GOOD)
    await draft(store, luna, tone="Seria")
    with pytest.raises(Conflict, match="Evaluate it first"):
        await try_to_publish(store, luna)


async def test_an_evaluation_of_a_draft_that_was_changed_meanwhile_counts_for_nothing(
    store: Store, luna: str
) -> None:
    await ask(store, luna)
    taken = await take(store)
    await draft(store, luna, tone="Seria")
    await draft(store, luna, tone="")  # as it was: who knows what was asked in between
    assert not await tell(store, taken, GOOD)
    written = await store.read(lambda tx: find_draft(tx, luna))
    assert written is not None
    assert written.evaluation is None


async def test_an_evaluation_belongs_to_one_process_until_that_falls_silent(
    store: Store, luna: str
) -> None:
    await ask(store, luna)
    assert await store.read(publishing.is_any_asked)
    first = await take(store)
    assert first is not None
    await ask(store, luna)  # somebody presses the button again
    assert await take(store) is None
    silent = replace(GOOD, state="running", at=now() - publishing.SILENT_SECONDS - 1)
    values = {"evaluation": msgspec.to_builtins(silent)}
    await store.write(lambda tx: tx.execute(update(CharacterVersion).values(values)))
    assert await take(store) == DraftToEvaluate(first.version_id, luna, "api")


async def test_going_back_needs_no_evaluation(store: Store, luna: str) -> None:
    await ask(store, luna)
    await tell(store, await take(store), GOOD)
    await try_to_publish(store, luna)
    view = await store.write(lambda tx: restore(tx, luna, 1, author="api"))
    assert view.version == 3


async def test_what_is_asked_of_nobody_is_refused_in_words(store: Store, luna: str) -> None:
    wrong = PublishingNeeds(right=101)
    with pytest.raises(BadRequest, match="0 to 100"):
        await store.write(lambda tx: publishing.require_evaluation(tx, luna, wrong))
    with pytest.raises(NotFound):
        await store.write(lambda tx: publishing.require_evaluation(tx, "nobody", NEEDS))
    with pytest.raises(NotFound, match="no draft"):
        await ask(store, "nobody")
    view = await store.read(lambda tx: describe_character(tx, luna))
    assert view.publish_needs == NEEDS
