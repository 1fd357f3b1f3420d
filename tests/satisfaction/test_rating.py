"""After a person has resolved a matter, its contact rates it: once, by a tap or in words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from recado.conversations.model import Conversation, ConversationEvent
from recado.conversations.ownership import reopen, resolve, take_over
from recado.events import Event, RatingGiven
from recado.jobs import RATINGS, RatingJob
from recado.maintenance.personal_data import erase_contact, export_contact, find_contact
from recado.satisfaction.model import Rating
from recado.satisfaction.views import averages
from recado.store import Tx, now
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import list_reply, media_message, text_message
from tests.support.waiting import until

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)]


@asynccontextmanager
async def asking(
    data: Path, engine: str = "sqlite", **settings: str
) -> AsyncIterator[tuple[Flow, ScriptedModel]]:
    """A conversation in which the contact said "hola" and a person took over."""
    chosen: dict[str, Any] = {"RECADO_RATINGS": "people", **settings}
    async with AsyncExitStack() as stack:
        if engine == "postgresql":
            chosen["DATABASE_URL"] = await stack.enter_async_context(postgresql_url())
        flow = await stack.enter_async_context(running_flow(data, **chosen))
        model = ScriptedModel()
        flow.runtime.models.use(flow.runtime.settings.model, model)
        await flow.receive(text_message("hola", id="wamid.hola"))
        await flow.quiet()
        await flow.write(lambda tx: take_over(tx, _only(tx), actor="user:ana", user_id="ana"))
        model.questions.clear()
        yield flow, model


def _only(tx: Tx) -> str:
    return str(tx.scalar(select(Conversation.id)))


async def resolved(flow: Flow, actor: str = "user:ana") -> None:
    await flow.write(lambda tx: resolve(tx, _only(tx), actor=actor))


async def due(flow: Flow) -> None:
    """The delay is over."""

    def work(tx: Tx) -> None:
        tx.execute(update(Rating).where(Rating.state == "planned").values(due_at=0.0))

    await flow.write(work)
    await flow.quiet(hurried=True)


async def asked(flow: Flow) -> Row[Any]:
    """The matter is resolved, and the contact was asked."""
    await resolved(flow)
    await due(flow)
    (rating,) = await ratings(flow)
    assert rating.state == "asked"
    return rating


async def ratings(flow: Flow) -> Sequence[Row[Any]]:
    query = select(Rating.__table__).order_by(Rating.id)
    return await flow.runtime.store.read(lambda tx: tx.all(query))


async def logged(flow: Flow) -> list[str]:
    query = select(ConversationEvent.name).order_by(ConversationEvent.id)
    rows = await flow.runtime.store.read(lambda tx: tx.all(query))
    return [row.name for row in rows if row.name.startswith("rating")]


async def said(flow: Flow) -> list[str]:
    """What Recado itself has said."""
    return [row.text for row in await flow.messages(author="system")]


def heard(flow: Flow) -> list[RatingGiven]:
    found: list[RatingGiven] = []

    def keep(_tx: Tx, event: Event) -> None:
        if isinstance(event, RatingGiven):
            found.append(event)

    flow.runtime.bus.keep((RatingGiven,), keep)
    return found


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_tap_is_the_rating_and_starts_no_turn(tmp_path: Path, engine: str) -> None:
    async with asking(tmp_path, engine) as (flow, model):
        events = heard(flow)
        rating = await asked(flow)
        sent = flow.graph.received[-1].body["interactive"]
        assert sent["type"] == "list"
        rows = sent["action"]["sections"][0]["rows"]
        assert [row["id"] for row in rows] == [f"rating:{rating.id}:{n}" for n in (5, 4, 3, 2, 1)]
        await flow.receive(list_reply(rows[0]["id"], rows[0]["title"]))
        await flow.quiet()
        (rating,) = await ratings(flow)
        assert (rating.score, rating.state, rating.user_id) == (5, "done", "ana")
        assert model.questions == []
        conversation = await flow.conversation()
        assert (conversation.state, conversation.unread_count) == ("resolved", 0)
        assert (await said(flow))[-1] == "¡Gracias por tu opinión!"
        assert [(it.score, it.agent_id) for it in events] == [(5, "ana")]
        assert await logged(flow) == ["rating_asked", "rating_given"]


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_low_score_is_followed_by_one_question_and_its_comment(
    tmp_path: Path, engine: str
) -> None:
    async with asking(tmp_path, engine) as (flow, model):
        events = heard(flow)
        await asked(flow)
        await flow.receive(text_message("mala"))
        await flow.quiet()
        assert (await said(flow))[-1].startswith("Lamentamos")
        await flow.receive(text_message("tardaron tres días en contestar"))
        await flow.quiet()
        (rating,) = await ratings(flow)
        assert (rating.score, rating.comment) == (2, "tardaron tres días en contestar")
        assert rating.state == "done"
        assert (await said(flow))[-1].startswith("Gracias por contárnoslo")
        assert [it.comment for it in events] == ["", "tardaron tres días en contestar"]
        assert model.questions == []
        # All is said: what comes now is an ordinary message.
        await flow.receive(text_message("¿me ayudan con otro pedido?"))
        await flow.quiet()
        assert len(model.questions) == 1
        assert (await flow.conversation()).state == "bot"


async def test_a_question_instead_of_a_comment_is_answered(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, model):
        await asked(flow)
        await flow.receive(text_message("2"))
        await flow.quiet()
        await flow.receive(text_message("¿y cuándo llega mi pedido?"))
        await flow.quiet()
        assert len(model.questions) == 1
        (rating,) = await ratings(flow)
        assert (rating.state, rating.comment) == ("done", "")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("Necesito cambiar la dirección de mi pedido", "bot"),
        ("cancela mi pedido por favor", "waiting"),
        ("me robaron la tarjeta, bloqueenla", "bot"),
        ("voy a demandarlos con mi abogado", "waiting"),
    ],
)
async def test_a_comment_that_is_more_than_a_complaint_goes_its_way(
    tmp_path: Path, words: str, state: str
) -> None:
    async with asking(tmp_path) as (flow, model):
        await asked(flow)
        await flow.receive(text_message("2"))
        await flow.quiet()
        await flow.receive(text_message(words))
        await flow.quiet()
        (rating,) = await ratings(flow)
        assert (rating.state, rating.comment) == ("done", words)
        assert len(model.questions) == 1 or state == "waiting"  # some need a person at once
        assert (await flow.conversation()).state == state
        assert not any(it.startswith("Gracias por contárnoslo") for it in await said(flow))
        await flow.write(lambda tx: take_over(tx, _only(tx), actor="user:ana", user_id="ana"))
        await resolved(flow)
        await due(flow)
        assert [it.state for it in await ratings(flow)] == ["done", "asked"]


async def test_a_greeting_instead_of_a_comment_is_only_answered(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _model):
        await asked(flow)
        for words in ("2", "hola"):
            await flow.receive(text_message(words))
            await flow.quiet()
        assert (await ratings(flow))[0].comment == ""
        assert (await flow.conversation()).state == "bot"


async def test_what_was_written_before_the_score_came_is_no_comment(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _model):
        await asked(flow)
        await flow.receive(text_message("2"))
        await flow.quiet()
        await flow.receive(text_message("pésimo servicio", at=now() - 60))
        await flow.quiet()
        assert (await ratings(flow))[0].comment == ""
        assert (await flow.conversation()).state != "resolved"


async def test_a_button_of_the_business_is_answered_whatever_its_id_looks_like(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path) as (flow, model):
        await asked(flow)
        await flow.receive(list_reply("rating:x:5", "Hotel de 5 estrellas"))
        await flow.quiet()
        assert len(model.questions) == 1
        assert (await flow.conversation()).state == "bot"


async def test_whoever_wants_to_say_no_more_is_thanked(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, model):
        await asked(flow)
        for words in ("3", "no, gracias"):
            await flow.receive(text_message(words))
            await flow.quiet()
        assert (await said(flow))[-1] == "¡Gracias por tu opinión!"
        assert model.questions == []
        assert (await ratings(flow))[0].comment == ""


async def test_anything_else_is_answered_and_ends_the_wait(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, model):
        await asked(flow)
        await flow.receive(text_message("¿tienen envíos a Rosario?"))
        await flow.quiet()
        assert len(model.questions) == 1
        assert (await flow.conversation()).state == "bot"
        await flow.receive(text_message("5"))
        await flow.quiet()
        assert len(model.questions) == 2
        (rating,) = await ratings(flow)
        assert (rating.state, rating.score) == ("lapsed", None)


async def test_a_tap_that_comes_late_still_counts_and_starts_no_turn(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, model):
        rating = await asked(flow)
        await flow.receive(text_message("gracias por todo"))
        await flow.quiet()
        count = len(model.questions)
        await flow.receive(list_reply(f"rating:{rating.id}:2", "⭐⭐ Mal"))
        await flow.quiet()
        assert len(model.questions) == count
        (rating,) = await ratings(flow)
        assert (rating.score, rating.state) == (2, "done")
        assert (await said(flow))[-1] == "¡Gracias por tu opinión!"


@pytest.mark.parametrize("engine", ENGINES)
async def test_the_same_answer_twice_and_another_with_it_count_once(
    tmp_path: Path, engine: str
) -> None:
    async with asking(tmp_path, engine) as (flow, model):
        events = heard(flow)
        rating = await asked(flow)
        five = list_reply(f"rating:{rating.id}:5", "⭐⭐⭐⭐⭐ Excelente")
        four = list_reply(f"rating:{rating.id}:4", "⭐⭐⭐⭐ Bien")
        await flow.receive(five, four)
        await flow.receive(five)
        await flow.quiet()
        (rating,) = await ratings(flow)
        assert rating.score in (4, 5)
        assert len(events) == 1
        assert (await said(flow)).count("¡Gracias por tu opinión!") == 1
        assert model.questions == []


async def test_nobody_is_asked_when_the_conversation_goes_on_first(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, model):
        await resolved(flow)
        await flow.receive(text_message("ah, otra cosa"))
        await due(flow)
        assert await ratings(flow) == []
        assert len(model.questions) == 1


async def test_a_matter_is_asked_about_once(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _model):
        await asked(flow)
        await flow.write(lambda tx: reopen(tx, _only(tx), actor="user:ana"))
        await resolved(flow)
        await due(flow)
        assert len(await ratings(flow)) == 1
        # A new matter is another one.
        await flow.receive(text_message("¿me cambian el talle?"))
        await flow.quiet()
        await resolved(flow)
        await due(flow)
        assert [it.state for it in await ratings(flow)] == ["lapsed", "asked"]


async def test_reopened_and_resolved_within_the_delay_it_is_asked_once(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _model):
        await resolved(flow)
        await flow.write(lambda tx: reopen(tx, _only(tx), actor="user:ana"))
        await resolved(flow)
        await due(flow)
        assert [it.state for it in await ratings(flow)] == ["asked"]


async def test_it_stays_inside_the_24_hours(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _model):
        await resolved(flow)
        past = now() - 86_400.0 + 60.0
        await flow.write(lambda tx: tx.execute(update(Conversation).values(last_inbound_at=past)))
        count = len(flow.graph.received)
        await due(flow)
        assert await ratings(flow) == []
        assert len(flow.graph.received) == count


@pytest.mark.parametrize(
    ("ask", "actor", "asks"),
    [
        ("people", "user:ana", True),
        ("people", "timer", False),
        ("all", "timer", True),
        ("off", "user:ana", False),
    ],
)
async def test_each_line_says_after_whose_resolutions_it_asks(
    tmp_path: Path, ask: str, actor: str, asks: bool
) -> None:
    async with asking(tmp_path, RECADO_RATINGS="off" if ask != "off" else "all") as (flow, _model):
        (line,) = [it for it in await flow.runtime.lines.all() if it.channel == "whatsapp"]
        rule = {"ratings": {"ask": ask, "delay_seconds": 5}}
        await flow.runtime.lines.update(line.id, name=line.name, enabled=True, settings=rule)
        await resolved(flow, actor)
        await due(flow)
        assert bool(await ratings(flow)) == asks


async def test_a_photo_is_no_rating(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _model):
        await asked(flow)
        await flow.receive(media_message("image", "42", caption="5"))
        await flow.taken_in()
        (rating,) = await ratings(flow)
        assert rating.score is None


async def test_an_answer_after_its_time_is_an_ordinary_message(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, model):
        await asked(flow)
        await flow.write(lambda tx: tx.execute(update(Rating).values(expires_at=now() - 1)))
        await flow.receive(text_message("5"))
        await flow.quiet()
        assert len(model.questions) == 1


async def test_a_job_that_comes_twice_asks_once(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _model):
        await flow.stop_workers()
        await resolved(flow)

        await flow.write(lambda tx: tx.execute(update(Rating).values(due_at=0.0)))
        (rating,) = await ratings(flow)
        job = RATINGS.job("another lane", RatingJob(rating.id))
        await flow.runtime.queue.publish([job])
        await flow.start_workers()
        await flow.quiet(hurried=True)
        count = sum(item.body.get("type") == "interactive" for item in flow.graph.received)
        assert count == 1


@pytest.mark.parametrize("engine", ENGINES)
async def test_ratings_are_counted_exported_and_erased(tmp_path: Path, engine: str) -> None:
    async with asking(tmp_path, engine) as (flow, _model):
        await asked(flow)
        await flow.receive(text_message("4"))

        async def rated() -> bool:
            return any(it.score for it in await ratings(flow))

        await until(rated)
        await flow.quiet()
        read = flow.runtime.store.read
        by_person = await read(lambda tx: averages(tx, "person"))
        by_department = await read(lambda tx: averages(tx, "department"))
        for (average,), key in ((by_person, "ana"), (by_department, "")):
            assert (average.key, average.asked, average.answered) == (key, 1, 1)
            assert (average.average, average.scores) == (4.0, (0, 0, 0, 1, 0))
        (week,) = await read(lambda tx: averages(tx, "week"))
        assert len(week.key) == len("2026-11-23")

        def away(tx: Tx) -> dict[str, Any]:
            subject = find_contact(tx, "16505551234")
            exported = export_contact(tx, subject)
            erase_contact(tx, subject, actor="test")
            return exported

        exported = await flow.write(away)
        assert [it["score"] for it in exported["ratings"]] == [4]
        assert await ratings(flow) == []
