"""What a contact can count on, from the webhook to the reply."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.assistant.model import Turn
from recado.assistant.port import Answer, Question
from recado.conversations.ownership import hand_back, resolve, take_over
from recado.errors import ModelRefused, ModelUnavailable
from recado.escalation.model import Escalation
from recado.queue.model import DeadLetterRow
from recado.sending.speak import say
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import (
    button_reply,
    location,
    media_message,
    reaction,
    text_message,
    webhook,
)
from tests.support.waiting import until


def use_model(flow: Flow, model: ScriptedModel) -> None:
    flow.runtime.models.use(flow.runtime.settings.model, model)


async def test_a_question_is_answered_from_the_sample_knowledge(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola, ¿a qué hora abren?"))
        (answer,) = await flow.until_sent(1)
        assert "7" in answer
        await flow.quiet()
        (reply,) = await flow.messages(direction="outbound")
        (question,) = await flow.messages(direction="inbound")
        assert reply.author == "assistant"
        assert reply.in_reply_to == [question.id]
        assert reply.status == "sent"
        turn = await flow.runtime.store.read(lambda tx: tx.first(select(Turn.__table__)))
        assert turn is not None
        assert turn.outcome == "replied"
        assert turn.sources


async def test_a_burst_is_answered_once(tmp_path: Path) -> None:
    async with running_flow(
        tmp_path, RECADO_QUIET_SECONDS="60", RECADO_QUIET_MAX_SECONDS="60"
    ) as flow:
        model = ScriptedModel()
        use_model(flow, model)
        for words in ("hola", "una pregunta", "¿a qué hora abren?"):
            await flow.receive(text_message(words))
            await flow.taken_in()
        await flow.pause()
        await flow.quiet()
        assert [q.text for q in model.questions] == ["hola\nuna pregunta\n¿a qué hora abren?"]
        (reply,) = await flow.messages(direction="outbound")
        inbound = await flow.messages(direction="inbound")
        assert reply.in_reply_to == [message.id for message in inbound]


async def test_someone_who_never_pauses_is_answered_all_the_same(tmp_path: Path) -> None:
    async with running_flow(
        tmp_path, RECADO_QUIET_SECONDS="0.5", RECADO_QUIET_MAX_SECONDS="0.6"
    ) as flow:
        use_model(flow, ScriptedModel())

        async def chatter() -> None:
            while not flow.graph.received:
                await flow.receive(text_message("y otra cosa"))
                await asyncio.sleep(0.1)

        async with asyncio.timeout(60):
            await chatter()


async def test_a_webhook_that_comes_twice_takes_effect_once(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        body = webhook(messages=[text_message("hola", id="wamid.1")])
        for _ in range(3):
            assert (await flow.post(body)).status_code == 200
        await flow.quiet()
        assert len(await flow.messages(direction="inbound")) == 1
        assert len(flow.graph.received) == 1


async def test_messages_take_effect_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        use_model(flow, ScriptedModel())
        words = [f"message {number}" for number in range(30)]
        for start in range(0, 30, 3):
            await flow.receive(*(text_message(w) for w in words[start : start + 3]))
        await flow.quiet()
        assert [m.text for m in await flow.messages(direction="inbound")] == words


async def test_a_reply_in_the_making_is_dropped_when_a_person_takes_over(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        model = ScriptedModel()
        model.gate = asyncio.Event()
        use_model(flow, model)
        await flow.receive(text_message("hola"))
        await until(lambda: model.questions)
        conversation = await flow.conversation()
        await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
        model.gate.set()
        await flow.quiet()
        assert flow.graph.received == []
        assert await flow.messages(direction="outbound") == []
        turn = await flow.runtime.store.read(lambda tx: tx.first(select(Turn.outcome)))
        assert turn is not None
        assert turn.outcome == "dropped"


async def test_the_bot_is_silent_while_a_person_has_the_word(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.until_sent(1)
        await flow.quiet()
        conversation = await flow.conversation()
        runtime = flow.runtime
        await flow.write(
            lambda tx: say(
                tx, runtime, conversation.id,
                text="Soy Ana, ¿en qué te ayudo?", actor="user:1", user_id="1",
            )
        )  # fmt: skip
        await flow.until_sent(2)
        await flow.receive(text_message("¿a qué hora abren?"))
        await flow.quiet()
        assert (await flow.conversation()).state == "human"
        assert flow.sent[1:] == ["Soy Ana, ¿en qué te ayudo?"]


async def test_after_the_hand_back_the_bot_answers_what_nobody_has_answered(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        model = ScriptedModel()
        use_model(flow, model)
        await flow.receive(text_message("hola"))
        await flow.until_sent(1)
        await flow.quiet()
        conversation = await flow.conversation()
        await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
        await flow.receive(text_message("¿sigues ahí?"))
        await flow.quiet()
        assert len(flow.sent) == 1
        await flow.write(lambda tx: hand_back(tx, conversation.id, actor="user:1"))
        assert (await flow.until_sent(2))[1] == "Answer to: ¿sigues ahí?"


async def test_a_resolved_conversation_begins_again_with_the_bot(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        use_model(flow, ScriptedModel())
        await flow.receive(text_message("hola"))
        await flow.until_sent(1)
        await flow.quiet()
        conversation = await flow.conversation()
        await flow.write(lambda tx: resolve(tx, conversation.id, actor="user:1"))
        await flow.receive(text_message("otra cosa"))
        await flow.until_sent(2)
        assert (await flow.conversation()).state == "bot"


async def test_who_asks_for_a_person_is_told_and_waits_in_the_desk(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("quero falar com um atendente, por favor"))
        (told,) = await flow.until_sent(1)
        assert "equipe" in told
        for words in ("oi?", "alô?"):  # one word about the wait, and no more
            await flow.receive(text_message(words))
            await flow.quiet()
        assert (await flow.conversation()).state == "waiting"
        assert len(flow.sent) == 2
        assert "fila" in flow.sent[1]
        row = await flow.runtime.store.read(lambda tx: tx.first(select(Escalation.__table__)))
        assert row is not None
        assert row.state == "open"
        assert row.language == "pt"
        assert row.score >= 50
        assert row.reasons


@pytest.mark.parametrize("failures", [1, 2])
async def test_a_model_that_fails_for_a_moment_is_asked_again(
    tmp_path: Path, failures: int
) -> None:
    async with running_flow(tmp_path) as flow:
        model = ScriptedModel()
        model.errors = [ModelUnavailable("429") for _ in range(failures)]
        use_model(flow, model)
        await flow.receive(text_message("hola"))
        assert await flow.until_sent(1) == ["Answer to: hola"]


@pytest.mark.parametrize("error", [ModelUnavailable("time-out"), ModelRefused("wrong key")])
async def test_a_model_that_never_answers_ends_in_a_hand_over_not_in_silence(
    tmp_path: Path, error: Exception
) -> None:
    async with running_flow(tmp_path) as flow:
        model = ScriptedModel()
        model.errors = [error] * 5
        use_model(flow, model)
        await flow.receive(text_message("hola"))
        (told,) = await flow.until_sent(1)
        assert "persona de nuestro equipo" in told
        await flow.quiet()
        assert (await flow.conversation()).state == "waiting"
        letter = await flow.runtime.store.read(lambda tx: tx.first(select(DeadLetterRow.cause)))
        assert letter is not None
        assert str(error) in letter.cause
        scraped = flow.runtime.metrics.text().decode()
        assert 'recado_escalations_total{priority="high"} 1.0' in scraped


async def test_an_answer_of_mark_up_alone_ends_in_a_hand_over_not_in_silence(
    tmp_path: Path,
) -> None:
    class Wordless(ScriptedModel):
        async def answer(self, question: Question) -> Answer:
            return Answer(text="# ", confidence=0.9, model=self.name)

    async with running_flow(tmp_path) as flow:
        use_model(flow, Wordless())
        await flow.receive(text_message("hola"))
        (told,) = await flow.until_sent(1)
        assert "persona de nuestro equipo" in told


async def test_a_slow_conversation_delays_only_itself(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        model = ScriptedModel()
        model.gate = asyncio.Event()
        use_model(flow, model)
        await flow.receive(text_message("slow", sender="16505550001"))
        await until(lambda: model.questions)
        gate, model.gate = model.gate, None
        await flow.receive(text_message("quick", sender="16505550002"))
        assert await flow.until_sent(1) == ["Answer to: quick"]
        gate.set()
        assert await flow.until_sent(2) == ["Answer to: quick", "Answer to: slow"]


async def test_a_button_is_answered_like_its_words(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        use_model(flow, ScriptedModel())
        await flow.receive(button_reply("hours", "Horario"))
        assert await flow.until_sent(1) == ["Answer to: Horario"]


async def test_what_cannot_be_looked_at_yet_gets_an_honest_reply(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(media_message("image", "1234"))
        (answer,) = await flow.until_sent(1)
        assert "foto" in answer
        await flow.receive(location(19.4, -99.1))
        assert "ubicación" in (await flow.until_sent(2))[1]
        await flow.quiet()
        assert [m.type for m in await flow.messages(direction="inbound")] == ["image", "location"]


async def test_a_reaction_is_kept_and_not_answered(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.until_sent(1)
        await flow.receive(reaction("👍", "wamid.x"))
        await flow.quiet()
        assert len(flow.sent) == 1
        assert len(await flow.messages(type="reaction")) == 1


async def test_the_same_person_is_one_contact_with_and_without_a_phone(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        use_model(flow, ScriptedModel())
        await flow.receive(text_message("one", sender="16505550001", user_id="US.1234"))
        await flow.until_sent(1)
        await flow.receive(text_message("two", sender=None, user_id="US.1234"))
        await flow.until_sent(2)
        await flow.quiet()
        assert [m.text for m in await flow.messages(direction="inbound")] == ["one", "two"]
        assert len({m.contact_id for m in await flow.messages()}) == 1
