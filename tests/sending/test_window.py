"""The 24 hours: freely inside, as a template outside, else not before the customer writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from recado.conversations.held import cancel_held
from recado.conversations.model import Conversation, Message
from recado.conversations.ownership import resolve, take_over
from recado.errors import Conflict
from recado.jobs import SEND, SendJob
from recado.lines.model import LineRow
from recado.queue.worker import Defer
from recado.sending.deliver import Deliver
from recado.sending.rates import Rates
from recado.sending.speak import say
from recado.store import Tx, new_id, now
from recado.templates.model import Template
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.graph import Behaviour
from tests.support.payloads import status, text_message

PERSON = "16505550001"
TWO_DAYS = 2 * 24 * 3600.0
BODY = {"type": "BODY", "text": "Hola {{1}}, nuestra respuesta: {{2}}"}
ASK = {"type": "BODY", "text": "Tenemos una respuesta para ti, {{name}}. ¿Seguimos?"}


class Walk:
    """A flow whose sending looks at a clock that the test moves."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.ahead = 0.0
        runtime = flow.runtime
        rates = Rates(runtime.settings, runtime.channels)
        self._deliver = Deliver(runtime, rates, clock=lambda: now() + self.ahead)

    async def send_all(self) -> None:
        """Deliver what is queued now, and what follows from it."""
        queue = self.flow.runtime.queue
        while due := await queue.receive(SEND.spec, 10, 0.05):
            for delivery in due:
                try:
                    await self._deliver.handle(delivery)
                except Defer:
                    await queue.defer(delivery, 0)
                if not delivery.settled:
                    await queue.ack(delivery)

    async def hear(self, words: str) -> None:
        await self.flow.receive(text_message(words, sender=PERSON))
        await self._intake()

    async def _intake(self) -> None:
        from recado.inbound.intake import Intake
        from recado.jobs import INBOUND

        intake = Intake(self.flow.runtime)
        queue = self.flow.runtime.queue
        for delivery in await queue.receive(INBOUND.spec, 10, 5):
            await intake.handle(delivery)

    async def agent_says(self, words: str, **values: Any) -> str:
        runtime = self.flow.runtime
        conversation = await self.flow.conversation()
        message = await self.flow.write(
            lambda tx: say(
                tx,
                runtime,
                conversation.id,
                text=words,
                actor="api",
                user_id=None,
                author=values.pop("author", "system"),
                **values,
            )
        )
        return str(message["id"])

    async def row(self, message_id: str) -> Row[Any]:
        (found,) = await self.flow.messages(id=message_id)
        return found

    async def held_count(self) -> int:
        return int((await self.flow.conversation()).held_count)

    async def rule(self, **rule: Any) -> None:
        """Give the line a rule, and the templates that a synchronisation would have brought."""

        def work(tx: Tx) -> None:
            line_id = tx.scalar(select(LineRow.id).where(LineRow.channel == "whatsapp"))
            tx.execute(
                update(LineRow)
                .where(LineRow.id == line_id)
                .values(settings={"outside_window": rule})
            )
            for name, body in (("answer", BODY), ("ask", ASK)):
                tx.execute(tx.insert(Template), template_row(line_id, name, [body]))

        await self.flow.write(work)
        await self.flow.runtime.lines.refresh()


def template_row(line_id: str, name: str, components: list[Any], **values: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "line_id": line_id,
        "provider_id": f"of-{name}",
        "name": name,
        "language": "es_MX",
        "category": "utility",
        "status": "approved",
        "components": components,
        "quality": "GREEN",
        "reason": "",
        "synced_at": now(),
        **values,
    }


@pytest.fixture
async def walk(tmp_path: Path) -> Any:
    async with running_flow(tmp_path, workers=False) as flow:
        flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
        walk = Walk(flow)
        await walk.hear("hola")
        yield walk


async def test_inside_the_window_a_message_goes_as_it_is(walk: Walk) -> None:
    walk.ahead = 24 * 3600 - 60
    message_id = await walk.agent_says("Su pedido está listo")
    await walk.send_all()
    message = await walk.row(message_id)
    assert message.status == "sent"
    assert message.route == {"as": "session", "why": "window_open"}
    assert walk.flow.sent == ["Su pedido está listo"]


async def test_a_message_two_days_after_the_customers_last_one_waits_until_they_write(
    walk: Walk,
) -> None:
    walk.ahead = TWO_DAYS
    first = await walk.agent_says("Su pedido está listo")
    second = await walk.agent_says("¿A qué hora viene?")
    await walk.send_all()
    message = await walk.row(first)
    assert (message.status, message.held) == ("queued", "window")
    assert message.route == {"as": "held", "why": "window_closed"}
    assert walk.flow.graph.received == []
    assert await walk.held_count() == 2
    walk.ahead = 0
    await walk.hear("¿ya está mi pedido?")
    assert await walk.held_count() == 0
    await walk.send_all()
    assert walk.flow.sent == ["Su pedido está listo", "¿A qué hora viene?"]
    assert (await walk.row(second)).route["as"] == "session"


async def test_two_days_later_the_lines_rule_sends_it_as_a_template(walk: Walk) -> None:
    await walk.rule(template="answer", language="contact", parameters=["{{name}}", "{{text}}"])
    walk.ahead = TWO_DAYS
    message_id = await walk.agent_says("Su pedido\nestá {{name}} listo")
    await walk.send_all()
    (received,) = walk.flow.graph.received
    template = received.body["template"]
    assert (template["name"], template["language"]["code"]) == ("answer", "es_MX")
    assert [it["text"] for it in template["components"][0]["parameters"]][1] == (
        "Su pedido está {{name}} listo"
    )
    message = await walk.row(message_id)
    assert (message.status, message.type) == ("sent", "template")
    assert message.route["as"] == "template"
    assert message.route["why"] == "window_closed"
    assert message.route["template"]["name"] == "answer"
    assert message.text.endswith("nuestra respuesta: Su pedido está {{name}} listo")
    assert message.content["preview"]["body"] == message.text
    assert message.content["original"]["text"] == "Su pedido\nestá {{name}} listo"


async def test_a_template_without_the_text_invites_once_and_the_messages_wait(walk: Walk) -> None:
    await walk.rule(template="ask", parameters={"body": {"name": "{{name}}"}})
    walk.ahead = TWO_DAYS
    first = await walk.agent_says("Uno")
    await walk.send_all()
    await walk.agent_says("Dos")
    await walk.send_all()
    assert [item.type for item in walk.flow.graph.received] == ["template"]
    assert (await walk.row(first)).held == "window"
    walk.ahead = 0
    await walk.hear("sí, sigan")
    await walk.send_all()
    assert [item.body.get("text", {}).get("body") for item in walk.flow.graph.received] == [
        None,
        "Uno",
        "Dos",
    ]


async def test_a_template_that_somebody_chose_passes_what_is_held(walk: Walk) -> None:
    await walk.rule(template="", parameters=[])
    walk.ahead = TWO_DAYS
    held = await walk.agent_says("Uno")
    chosen = await walk.agent_says(
        "", type="template", content={"template": {"name": "answer", "parameters": ["Ana", "sí"]}}
    )
    await walk.send_all()
    assert (await walk.row(held)).held == "window"
    message = await walk.row(chosen)
    assert message.status == "sent"
    assert message.route["why"] == "chosen"
    assert message.text == "Hola Ana, nuestra respuesta: sí"


async def test_a_rule_that_cannot_be_followed_holds_the_message_and_says_why(walk: Walk) -> None:
    await walk.rule(template="gone", parameters=["{{text}}"])
    walk.ahead = TWO_DAYS
    message_id = await walk.agent_says("Uno")
    await walk.send_all()
    message = await walk.row(message_id)
    assert message.held == "window"
    assert message.route["why"] == "rule_failed"
    assert "gone" in message.route["detail"]


async def test_the_newest_of_a_persons_conversations_on_the_line_counts(walk: Walk) -> None:
    conversation = await walk.flow.conversation()
    message_id = await walk.agent_says("Uno")

    def older(tx: Tx) -> None:
        columns = {**conversation._mapping, "id": new_id(), "thread": "another"}
        tx.execute(tx.insert(Conversation), columns)
        tx.execute(
            update(Conversation)
            .where(Conversation.id == conversation.id)
            .values(last_inbound_at=now() - TWO_DAYS)
        )

    await walk.flow.write(older)
    await walk.send_all()
    assert (await walk.row(message_id)).status == "sent"


async def test_when_meta_says_that_the_window_is_closed_the_message_waits(walk: Walk) -> None:
    walk.flow.graph.script(Behaviour(error=131047))
    message_id = await walk.agent_says("Uno")
    await walk.send_all()
    message = await walk.row(message_id)
    assert (message.status, message.held) == ("queued", "window")
    assert message.route["why"] == "provider_window"
    await walk.hear("hola otra vez")
    await walk.send_all()
    assert walk.flow.sent == ["Uno"]


async def test_a_status_131047_sends_the_message_the_other_way(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
        await flow.receive(text_message("hola", sender=PERSON))
        await flow.until_sent(1)
        await flow.quiet()
        (record,) = flow.graph.received
        failed = status(
            record.id,
            "failed",
            recipient=PERSON,
            callback_data=record.callback_data,
            error=131047,
        )
        await flow.receive(statuses=[failed, failed])
        await flow.quiet()
        (message,) = await flow.messages(direction="outbound")
        assert (message.status, message.held) == ("queued", "window")
        assert message.route["why"] == "provider_window"
        await flow.receive(statuses=[failed])  # the same news again changes nothing
        await flow.quiet()
        await flow.receive(text_message("¿abren hoy?", sender=PERSON))
        assert await flow.until_sent(3) == [
            "Answer to: hola",
            "Answer to: hola",
            "Answer to: ¿abren hoy?",
        ]


async def test_a_held_message_can_be_taken_back(walk: Walk) -> None:
    walk.ahead = TWO_DAYS
    message_id = await walk.agent_says("Uno")
    await walk.send_all()
    await walk.flow.write(lambda tx: cancel_held(tx, message_id, actor="user:1"))
    message = await walk.row(message_id)
    assert (message.status, message.held) == ("failed", None)
    assert message.error["code"] == "cancelled"
    assert await walk.held_count() == 0
    with pytest.raises(Conflict):
        await walk.flow.write(lambda tx: cancel_held(tx, message_id, actor="user:1"))
    walk.ahead = 0
    await walk.hear("hola")
    # A try that was planned before it was held is too late as well.
    await walk.flow.runtime.queue.publish([SEND.job(f"again/{message_id}", SendJob(message_id))])
    await walk.send_all()
    assert walk.flow.graph.received == []


async def test_a_person_who_takes_over_takes_back_what_the_assistant_had_held(walk: Walk) -> None:
    walk.ahead = TWO_DAYS
    message_id = await walk.agent_says("Uno", author="assistant")
    await walk.send_all()
    conversation = await walk.flow.conversation()
    assert conversation.held_count == 1
    await walk.flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
    assert (await walk.row(message_id)).status == "failed"
    assert await walk.held_count() == 0


async def test_after_a_matter_is_resolved_the_assistants_late_words_are_dropped(
    walk: Walk,
) -> None:
    walk.ahead = TWO_DAYS
    late = await walk.agent_says("Uno", author="assistant")
    ours = await walk.agent_says("Dos")
    await walk.send_all()
    conversation = await walk.flow.conversation()
    await walk.flow.write(lambda tx: resolve(tx, conversation.id, actor="user:1"))
    walk.ahead = 0
    await walk.hear("otra cosa")
    await walk.send_all()
    assert (await walk.row(late)).error["code"] == "dropped"
    assert (await walk.row(ours)).status == "sent"
    assert walk.flow.sent == ["Dos"]


async def test_when_the_window_opens_before_a_retry_the_message_goes_as_it_was_written(
    walk: Walk,
) -> None:
    await walk.rule(template="answer", parameters=["{{name}}", "{{text}}"])
    walk.ahead = TWO_DAYS
    walk.flow.graph.script(Behaviour(error=131057))
    message_id = await walk.agent_says("Uno")
    queue = walk.flow.runtime.queue
    (delivery,) = await queue.receive(SEND.spec, 1, 5)
    with pytest.raises(Defer):
        await walk._deliver.handle(delivery)
    assert (await walk.row(message_id)).type == "template"
    walk.ahead = 0
    await walk.flow.write(
        lambda tx: (
            tx.execute(update(Message).where(Message.id == message_id).values(held=None)).rowcount
        )
    )
    await queue.defer(delivery, 0)
    await walk.send_all()
    message = await walk.row(message_id)
    assert (message.status, message.type, message.text) == ("sent", "text", "Uno")
