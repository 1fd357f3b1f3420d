"""A reaction, an edit or a take-back reaches the message that it is about."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from recado.events import MessageChanged
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import echo_of, echoes, edit, reaction, revoke, text_message
from tests.support.waiting import until


def use_model(flow: Flow) -> ScriptedModel:
    model = ScriptedModel()
    flow.runtime.models.use(flow.runtime.settings.model, model)
    return model


async def test_a_reaction_shows_on_the_message_and_gets_no_answer(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        use_model(flow)
        await flow.receive(text_message("hola", id="wamid.1"))
        await flow.until_sent(1)
        await flow.quiet()
        (answer,) = await flow.messages(author="assistant")
        await flow.receive(reaction("👍", answer.provider_message_id, id="wamid.2"))
        await flow.quiet()
        (answer,) = await flow.messages(author="assistant")
        assert answer.reactions == {"contact": "👍"}
        await flow.receive(reaction("🙏", answer.provider_message_id, id="wamid.3"))
        await flow.receive(reaction("", answer.provider_message_id, id="wamid.4"))
        await flow.quiet()
        (answer,) = await flow.messages(author="assistant")
        assert answer.reactions == {}
        assert len(flow.sent) == 1
        assert len(await flow.messages(type="reaction")) == 3


async def test_the_desk_is_told_of_a_change(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow, flow.runtime.bus.subscribe() as events:
        use_model(flow)
        await flow.receive(text_message("hola", id="wamid.1"), reaction("👍", "wamid.1"))
        await flow.quiet()
        told = [events.get_nowait() for _ in range(events.qsize())]
        (changed,) = [event for event in told if isinstance(event, MessageChanged)]
        (message,) = await flow.messages(type="text", direction="inbound")
        assert (changed.message_id, changed.change) == (message.id, "reaction")


async def test_an_edit_before_the_answer_is_answered_as_edited(tmp_path: Path) -> None:
    async with running_flow(
        tmp_path, RECADO_QUIET_SECONDS="60", RECADO_QUIET_MAX_SECONDS="60"
    ) as flow:
        model = use_model(flow)
        await flow.receive(text_message("a que ora abren", id="wamid.1"))
        await flow.receive(edit("¿a qué hora abren?", "wamid.1"))
        await flow.taken_in()
        await flow.pause()
        await flow.until_sent(1)
        await flow.quiet()
        assert [question.text for question in model.questions] == ["¿a qué hora abren?"]
        message, change = await flow.messages(direction="inbound")
        assert message.text == "¿a qué hora abren?"
        assert message.edited_at == change.sent_at
        assert [was["text"] for was in message.content["edited_from"]] == ["a que ora abren"]
        assert (change.type, change.reply_to) == ("edit", "wamid.1")


async def test_an_edit_while_the_assistant_thinks_is_answered_as_edited(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        model = use_model(flow)
        model.gate = asyncio.Event()
        await flow.receive(text_message("uno", id="wamid.1"))
        await until(lambda: model.questions)
        await flow.receive(edit("dos", "wamid.1"))
        await until(lambda: flow.messages(type="edit"))
        model.gate.set()
        await flow.until_sent(1)
        await flow.quiet()
        assert flow.sent == ["Answer to: dos"]


async def test_an_edit_after_the_answer_is_shown_and_not_answered_again(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        model = use_model(flow)
        await flow.receive(text_message("uno", id="wamid.1"))
        await flow.until_sent(1)
        await flow.quiet()
        await flow.receive(edit("dos", "wamid.1"))
        await flow.receive(text_message("tres"))
        await flow.until_sent(2)
        await flow.quiet()
        assert [question.text for question in model.questions] == ["uno", "tres"]
        said = [m.content for m in model.questions[1].history if m.role == "user"]
        assert said == ["dos"]


async def test_what_is_taken_back_is_neither_answered_nor_remembered(tmp_path: Path) -> None:
    async with running_flow(
        tmp_path, RECADO_QUIET_SECONDS="60", RECADO_QUIET_MAX_SECONDS="60"
    ) as flow:
        model = use_model(flow)
        await flow.receive(text_message("mi clave es 1234", id="wamid.1"), revoke("wamid.1"))
        await flow.taken_in()
        await flow.pause()
        await flow.quiet()
        assert flow.sent == []
        await flow.receive(text_message("hola"))
        await flow.until_sent(1)
        await flow.quiet()
        (question,) = model.questions
        assert question.text == "hola"
        assert "1234" not in str(question.history)
        taken_back = (await flow.messages(type="text", direction="inbound"))[0]
        assert taken_back.revoked_at is not None


async def test_of_a_burst_only_what_stands_is_answered(tmp_path: Path) -> None:
    async with running_flow(
        tmp_path, RECADO_QUIET_SECONDS="60", RECADO_QUIET_MAX_SECONDS="60"
    ) as flow:
        model = use_model(flow)
        await flow.receive(
            text_message("uno", id="wamid.1"), text_message("dos", id="wamid.2"), revoke("wamid.1")
        )
        await flow.taken_in()
        await flow.pause()
        await flow.until_sent(1)
        assert [question.text for question in model.questions] == ["dos"]


async def test_what_was_answered_and_then_taken_back_is_forgotten(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        model = use_model(flow)
        await flow.receive(text_message("mi clave es 1234", id="wamid.1"))
        await flow.until_sent(1)
        await flow.quiet()
        await flow.receive(revoke("wamid.1"))
        await flow.quiet()
        await flow.receive(text_message("hola"))
        await flow.until_sent(2)
        assert "clave es 1234" not in str(
            [m for m in model.questions[1].history if m.role == "user"]
        )


@pytest.mark.parametrize("first", ["reaction", "edit", "revoke"])
async def test_a_change_that_comes_before_its_message_is_applied_with_it(
    tmp_path: Path, first: str
) -> None:
    async with running_flow(tmp_path, RECADO_QUIET_SECONDS="0.2") as flow:
        model = use_model(flow)
        change = {
            "reaction": reaction("👍", "wamid.1"),
            "edit": edit("dos", "wamid.1"),
            "revoke": revoke("wamid.1"),
        }[first]
        await flow.receive(change)
        await flow.receive(text_message("uno", id="wamid.1"))
        await flow.quiet()
        (message,) = await flow.messages(type="text", direction="inbound")
        assert {
            "reaction": message.reactions == {"contact": "👍"},
            "edit": message.text == "dos",
            "revoke": message.revoked_at is not None,
        }[first]
        asked = [question.text for question in model.questions]
        assert asked == {"reaction": ["uno"], "edit": ["dos"], "revoke": []}[first]


async def test_a_late_older_wording_does_not_undo_a_newer_one(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        use_model(flow)
        await flow.receive(text_message("uno", id="wamid.1", at=1_750_000_000))
        await flow.receive(edit("tres", "wamid.1", at=1_750_000_020))
        await flow.receive(edit("dos", "wamid.1", at=1_750_000_010))
        await flow.quiet()
        message = (await flow.messages(type="text", direction="inbound"))[0]
        assert message.text == "tres"


@pytest.mark.parametrize("before", [True, False])
async def test_a_late_older_reaction_does_not_undo_a_newer_one(
    tmp_path: Path, before: bool
) -> None:
    """Neither when the message is here, nor when it comes after both."""
    async with running_flow(tmp_path) as flow:
        use_model(flow)
        message = text_message("uno", id="wamid.1", at=1_750_000_000)
        reactions = [
            reaction("🙏", "wamid.1", id="wamid.3", at=1_750_000_020),
            reaction("👍", "wamid.1", id="wamid.2", at=1_750_000_010),
        ]
        for item in [message, *reactions] if before else [*reactions, message]:
            await flow.receive(item)
        await flow.quiet()
        (found,) = await flow.messages(type="text", direction="inbound")
        assert found.reactions == {"contact": "🙏"}


async def test_nobody_changes_what_another_has_said(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        use_model(flow)
        await flow.receive(text_message("hola", id="wamid.1"))
        await flow.until_sent(1)
        await flow.quiet()
        (answer,) = await flow.messages(author="assistant")
        await flow.receive(
            revoke(answer.provider_message_id), edit("x", answer.provider_message_id)
        )
        await flow.receive(revoke("wamid.1", sender="16505559999"))
        await flow.post(echoes(echo_of(revoke("wamid.1"))))
        await flow.quiet()
        (answer,) = await flow.messages(author="assistant")
        assert (answer.text, answer.revoked_at) == ("Answer to: hola", None)
        message = (await flow.messages(provider_message_id="wamid.1"))[0]
        assert message.revoked_at is None


async def test_a_change_that_comes_twice_takes_effect_once(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        use_model(flow)
        await flow.receive(text_message("uno", id="wamid.1"))
        change = edit("dos", "wamid.1", id="wamid.2")
        await flow.receive(change)
        await flow.receive(change)
        await flow.quiet()
        message = (await flow.messages(provider_message_id="wamid.1"))[0]
        assert len(message.content["edited_from"]) == 1
