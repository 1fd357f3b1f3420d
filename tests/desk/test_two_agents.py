"""Two of the team in one conversation: nobody answers over a colleague without being asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from recado.conversations.ownership import take_over
from recado.conversations.queries import get_conversation, list_messages
from recado.desk.queries import list_notes
from recado.runtime import Runtime
from tests.desk.conftest import DeskUser, browser
from tests.desk.test_composer import picture


@pytest.fixture
async def bea(runtime: Runtime, admin: DeskUser) -> AsyncIterator[tuple[DeskUser, str]]:
    async with browser(runtime) as user:
        yield user, await user.sign_in("supervisor")


@pytest.fixture
async def hers(admin: DeskUser, bea: tuple[DeskUser, str]) -> str:
    """A conversation that Bea has."""
    conversation = await admin.add_conversation()
    await admin.add_message(conversation, "¿abren?", provider_message_id="wamid.7")
    await bea[0].post(f"/conversations/{conversation}/takeover")
    return conversation


async def outgoing(user: DeskUser, conversation: str) -> list[str]:
    messages = await user.runtime.store.read(lambda tx: list_messages(tx, conversation))
    return [m.text for m in messages if m.direction == "outbound"]


async def owner(user: DeskUser, conversation: str) -> str | None:
    view = await user.runtime.store.read(lambda tx: get_conversation(tx, conversation))
    return view.assignee_id


async def write(
    user: DeskUser, conversation: str, text: str, kind: str = "reply", **fields: Any
) -> httpx.Response:
    path = f"/conversations/{conversation}/messages"
    return await user.post(path, kind=kind, text=text, **fields)


@pytest.mark.parametrize("file", [None, ("torta.jpg", picture(), "image/jpeg")])
async def test_sending_into_a_colleagues_conversation_asks_first(
    admin: DeskUser, bea: tuple[DeskUser, str], hers: str, file: Any
) -> None:
    files = {"file": file} if file else None
    asked = await write(admin, hers, "Hola", key="k1", files=files)
    assert asked.status_code == 409
    assert asked.headers["x-question"] == bea[1]
    assert "Supervisor has this conversation." in asked.text
    assert "Keep as a note for Supervisor" in asked.text
    assert await outgoing(admin, hers) == []
    assert await owner(admin, hers) == bea[1]

    said = await write(admin, hers, "Hola", key="k1", taking=bea[1], files=files)
    assert said.status_code == 200
    assert await outgoing(admin, hers) == ["Hola"]
    assert await owner(admin, hers) != bea[1]


async def test_reactions_are_asked_about_too(admin: DeskUser, hers: str) -> None:
    messages = await admin.runtime.store.read(lambda tx: list_messages(tx, hers))
    asked = await admin.post(f"/messages/{messages[0].id}/reaction", emoji="👍")
    assert (asked.status_code, "x-question" in asked.headers) == (409, True)
    assert await outgoing(admin, hers) == []


async def test_a_colleague_who_took_over_after_the_page_was_loaded_is_asked_about(
    admin: DeskUser, bea: tuple[DeskUser, str]
) -> None:
    conversation = await admin.add_conversation()
    page = await admin.page(f"/conversations/{conversation}")
    assert 'name="owner" value=""' in page
    await bea[0].post(f"/conversations/{conversation}/takeover")
    assert (await write(admin, conversation, "Hola", owner="")).status_code == 409
    taken = await admin.post(f"/conversations/{conversation}/takeover", owner="")
    assert (taken.status_code, await owner(admin, conversation)) == (409, bea[1])


async def test_the_answer_to_one_question_is_no_answer_about_somebody_else(
    admin: DeskUser, bea: tuple[DeskUser, str], hers: str, runtime: Runtime
) -> None:
    async with browser(runtime) as user:
        carla = await user.sign_in("agent")
        assert (await write(user, hers, "yo sigo", taking=bea[1])).status_code == 200
    again = await write(admin, hers, "Hola", taking=bea[1])
    assert (again.status_code, again.headers["x-question"]) == (409, carla)


async def test_who_answers_from_outside_of_recado_is_asked_about_unless_the_page_said_so(
    admin: DeskUser,
) -> None:
    conversation = await admin.add_conversation()
    await admin.runtime.store.write(lambda tx: take_over(tx, conversation, actor="phone"))
    assert (await write(admin, conversation, "Hola", owner="")).status_code == 409
    assert 'name="owner" value="somebody"' in await admin.page(f"/conversations/{conversation}")
    assert (await write(admin, conversation, "Hola", owner="somebody")).status_code == 200


async def test_a_note_is_always_allowed_and_leaves_the_word_where_it_is(
    admin: DeskUser, bea: tuple[DeskUser, str], hers: str
) -> None:
    assert (await write(admin, hers, "ojo con el precio", "note")).status_code == 200
    assert await outgoing(admin, hers) == []
    assert await owner(admin, hers) == bea[1]


@pytest.mark.parametrize("action", ["handback", "resolve"])
async def test_what_a_colleague_has_is_closed_only_after_the_question(
    admin: DeskUser, bea: tuple[DeskUser, str], hers: str, action: str
) -> None:
    path = f"/conversations/{hers}/{action}"
    asked = await admin.post(path, owner=bea[1])
    assert asked.status_code == 409
    assert "Keep as a note" not in asked.text
    assert await owner(admin, hers) == bea[1]
    assert (await admin.post(path, taking=bea[1])).status_code == 204
    assert await owner(admin, hers) is None


@pytest.mark.parametrize("kind", ["", "replies", "NOTE", "reply,note"])
async def test_without_a_plain_kind_nothing_is_said_to_anybody(admin: DeskUser, kind: str) -> None:
    conversation = await admin.add_conversation()
    assert (await write(admin, conversation, "secreto", kind)).status_code == 422
    assert await outgoing(admin, conversation) == []


@pytest.mark.parametrize("kind", ["reply", "note"])
async def test_a_form_that_is_sent_again_says_it_once(admin: DeskUser, kind: str) -> None:
    conversation = await admin.add_conversation()
    sent = [write(admin, conversation, "una\r\nvez", kind, key="k") for _ in range(3)]
    assert {r.status_code for r in await asyncio.gather(*sent)} == {200}
    notes = await admin.runtime.store.read(lambda tx: list_notes(tx, conversation))
    said = [*await outgoing(admin, conversation), *(note.text for note in notes)]
    assert said == ["una\nvez"]
    changed = await write(admin, conversation, "otra", kind, key="k")
    assert changed.status_code == 409
    assert "x-question" not in changed.headers
    assert (await write(admin, conversation, "otra", kind, key="k2")).status_code == 200


async def test_the_same_key_elsewhere_is_another_message(admin: DeskUser) -> None:
    for name in ("Lucía", "João"):
        conversation = await admin.add_conversation(name=name)
        assert (await write(admin, conversation, "hola", key="k")).status_code == 200
        assert await outgoing(admin, conversation) == ["hola"]


async def test_a_caption_over_the_limit_is_refused_with_its_name(admin: DeskUser) -> None:
    conversation = await admin.add_conversation()
    file = {"file": ("torta.jpg", picture(), "image/jpeg")}
    refused = await write(admin, conversation, "x" * 1025, files=file)
    assert refused.status_code == 422
    assert "The caption has 1025 characters" in refused.headers["hx-trigger"]
    assert await outgoing(admin, conversation) == []
    page = await admin.page(f"/conversations/{conversation}")
    assert '{"caption": 1024, "note": 4000, "text": 4096}' in page.replace("&#34;", '"')
