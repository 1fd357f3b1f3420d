"""Guided talks that a bot of Amazon Lex leads, asked by the real SDK; Recado goes on without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recado.app.doctor.aws import check_aws, check_aws_answers
from recado.app.doctor.examine import what_will_not_work
from recado.assistant.characters import default_character, update_character
from recado.assistant.intents.lex.bot import read_bot
from recado.assistant.intents.lex.dialogue import open_lex
from recado.assistant.intents.port import Said
from recado.assistant.slots.reading import When
from recado.errors import SettingsError, Unprocessable
from recado.escalation.model import Escalation
from tests.flow.test_structured_talk import asked, salon, talks
from tests.support.aws import (
    REGION,
    SECRET_KEY,
    Answering,
    AwsStub,
    Says,
    aws_environment,
    aws_stub,
    denied,
    hangs,
    nobodys_environment,
    throttled,
)
from tests.support.flow import Flow
from tests.support.hairdresser import BOOK, intents
from tests.support.lex_bot import LexBot, session
from tests.support.payloads import text_message
from tests.support.runtime import make_runtime

ENGINE = "lex:ABCDEFGHIJ/TSTALIASID"


async def let_lead(flow: Any, engine: str = ENGINE) -> None:
    def work(tx: Any) -> None:
        update_character(tx, default_character(tx).id, {"intent_engine": engine})

    await flow.runtime.store.write(work)
    flow.runtime.characters.forget()


@asynccontextmanager
async def led(
    data: Path, *says: Says | Answering, book: dict[str, Any] = BOOK, engine: str = ENGINE
) -> AsyncIterator[tuple[Flow, AwsStub]]:
    async with (
        aws_stub(*(says or (LexBot().answer,))) as stub,
        salon(data, book, AWS_REGION=REGION) as flow,
    ):
        await let_lead(flow, engine)
        yield flow, stub


async def test_a_bot_of_lex_leads_a_talk_from_its_first_sentence_to_its_end(
    tmp_path: Path,
) -> None:
    async with led(tmp_path) as (flow, _):
        assert await asked(flow, "necesito una cita") == ["¿Qué servicio quieres?"]
        assert await asked(flow, "corte") == ["¿Qué día te viene bien?"]
        assert await asked(flow, "el 24 de diciembre") == ["¿A qué hora te viene bien?"]
        assert await asked(flow, "a las 5 y media") == ["¿A nombre de quién la apunto?"]
        assert await asked(flow, "me llamo Ana") == ["¿La apunto así?"]
        (told,) = await asked(flow, "sí")
        assert told == "Listo, Ana: te esperamos el jueves 24 de diciembre a las 17:30."
        (talk,) = await talks(flow)
        assert (talk.state, talk.intent, talk.engine) == ("completed", "book", ENGINE)
        assert talk.values == {
            "service": "Corte",
            "day": "2026-12-24",
            "time": "17:30",
            "client": "Ana",
        }


async def test_lex_is_told_where_the_talk_is_and_nothing_of_who_the_contact_is(
    tmp_path: Path,
) -> None:
    async with led(tmp_path, engine=f"{ENGINE} es=es_ES") as (flow, stub):
        await asked(flow, "necesito una cita")
        await asked(flow, "corte")
        first, second = stub.asked
        conversation = await flow.conversation()
        assert first.path == (
            f"/bots/ABCDEFGHIJ/botAliases/TSTALIASID/botLocales/es_ES/sessions/{conversation.id}/text"
        )
        assert f"/{REGION}/lex/aws4_request" in first.signed
        assert first.body["sessionState"] == {"dialogAction": {"type": "ElicitIntent"}}
        assert second.body["sessionState"]["dialogAction"] == {
            "type": "ElicitSlot",
            "slotToElicit": "Service",
        }
        phone = text_message("")["from"]
        assert phone not in str(stub.asked)
        assert SECRET_KEY not in str(stub.asked)


async def test_what_is_beside_the_talk_is_answered_and_the_question_waits(tmp_path: Path) -> None:
    async with led(tmp_path) as (flow, _):
        await asked(flow, "necesito una cita")
        await asked(flow, "corte")
        (told,) = await asked(flow, "¿a qué hora abren?")
        assert "de 10 a 20" in told
        assert told.endswith("¿Para qué día?")
        assert await asked(flow, "el 24 de diciembre") == ["¿A qué hora te viene bien?"]


async def test_a_value_that_the_character_does_not_accept_is_asked_for_again(
    tmp_path: Path,
) -> None:
    async with led(tmp_path) as (flow, stub):
        await asked(flow, "necesito una cita")
        await asked(flow, "corte")
        assert await asked(flow, "ayer") == ["Ese día ya pasó. ¿Para qué día?"]
        assert await asked(flow, "el 24 de diciembre") == ["¿A qué hora te viene bien?"]
        assert "Day" not in stub.asked[-1].body["sessionState"]["intent"]["slots"]


async def test_a_correction_that_the_bot_does_not_understand_is_taken(tmp_path: Path) -> None:
    async with led(tmp_path) as (flow, _):
        for words in ("necesito una cita", "corte", "el 24 de diciembre"):
            await asked(flow, words)
        await asked(flow, "a las 5 y media")
        await asked(flow, "me llamo Ana")
        (told,) = await asked(flow, "no, mejor a las 6 de la tarde")
        assert "a las 18:00" in told
        assert told.endswith("¿Lo reservo?")


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (throttled(), "asking"),
        (denied("User is not authorized to perform lex:RecognizeText"), "asking"),
        (Says({"message": "no such alias"}, 404, "ResourceNotFoundException"), "asking"),
        (Says({"message": "x"}, 502, "BadGatewayException"), "asking"),
        (Says({"sessionState": {"intent": {"name": "Book", "slots": {"Day": {"value": {}}}}}}), ""),
        (hangs(), "asking"),
    ],
)
async def test_where_lex_gives_no_answer_recado_leads_the_talk(
    tmp_path: Path, says: Says, outcome: str
) -> None:
    async with led(tmp_path, says) as (flow, _):
        (told,) = await asked(flow, "quiero una cita")
        assert [it.state for it in await talks(flow)] == ([outcome] if outcome else [])
        if outcome:
            assert told == "¿Qué te hacemos?"
            assert await asked(flow, "corte") == ["¿Para qué día?"]


async def test_a_talk_that_lex_leaves_in_the_middle_is_ended_by_recado(tmp_path: Path) -> None:
    async with led(tmp_path) as (flow, stub):
        await asked(flow, "necesito una cita")
        await asked(flow, "corte")
        stub.says = [throttled()]
        assert await asked(flow, "el 24 de diciembre") == ["¿A qué hora?"]
        stub.says = [LexBot().answer]  # it is back, and the talk stays where it is
        assert await asked(flow, "a las 5 y media") == ["¿A nombre de quién?"]
        await asked(flow, "me llamo Ana")
        (told,) = await asked(flow, "sí")
        assert told.startswith("Listo, Ana:")
        (talk,) = await talks(flow)
        assert (talk.state, talk.engine) == ("completed", "embedded")


async def test_a_no_to_the_bots_last_question_leaves_the_talk(tmp_path: Path) -> None:
    async with led(tmp_path) as (flow, _):
        for words in ("necesito una cita", "corte", "el 24 de diciembre"):
            await asked(flow, words)
        await asked(flow, "a las 5 y media")
        await asked(flow, "me llamo Ana")
        assert await asked(flow, "no") == ["De acuerdo, no la apunto."]
        assert [it.state for it in await talks(flow)] == ["left"]


async def test_a_bot_that_gives_up_hands_over_to_a_person(tmp_path: Path) -> None:
    failed = session({"type": "Close"}, {}, "Failed", "Lo siento.")
    async with led(tmp_path) as (flow, stub):
        await asked(flow, "necesito una cita")
        stub.says = [failed]
        await asked(flow, "corte")
        waiting = await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.id)))
        assert len(waiting) == 1


async def test_what_the_bot_does_not_ask_for_and_the_character_needs_recado_asks_for(
    tmp_path: Path,
) -> None:
    """The bot asks for no yes, and knows nothing of whether somebody has been here before."""
    first = {"name": "first", "kind": "yes_no", "question": {"es": "¿Es tu primera vez?"}}
    more = {**BOOK, "slots": [*BOOK["slots"], first]}
    async with led(tmp_path, LexBot(confirms=False).answer, book=more) as (flow, _):
        for words in ("necesito una cita", "corte", "el 24 de diciembre"):
            await asked(flow, words)
        await asked(flow, "a las 5 y media")
        (told,) = await asked(flow, "me llamo Ana")
        assert told.startswith("¿Es tu primera vez?")
        (told,) = await asked(flow, "sí")
        assert "¿Lo reservo?" in told


async def test_a_turn_that_is_tried_again_takes_the_same_step() -> None:
    async with aws_stub(LexBot().answer) as stub:
        dialogue = open_lex(ENGINE, REGION)
        said = Said("necesito una cita", "es", When(1_790_000_000.0), session="c1")
        begun = await dialogue.step(said, intents(), None)
        assert begun is not None
        again = Said("corte", "es", When(1_790_000_000.0), session="c1")
        first = await dialogue.step(again, intents(), begun.state)
        assert await dialogue.step(again, intents(), begun.state) == first
        assert stub.asked[-1] == stub.asked[-2]._replace(signed=stub.asked[-1].signed)
        await dialogue.close()


@pytest.mark.parametrize("named", ["lex:", "lex:ABC/DEF", f"{ENGINE} fr=fr_FR", f"{ENGINE} es=x"])
def test_a_bot_that_is_named_otherwise_is_refused_with_how_to_name_it(named: str) -> None:
    with pytest.raises(Unprocessable, match="lex:BOTID/ALIASID"):
        read_bot(named, "A character's intent_engine")


async def test_what_is_missing_for_a_bot_is_told_at_the_start_and_by_the_doctor(
    tmp_path: Path,
) -> None:
    with nobodys_environment():
        async with make_runtime(tmp_path / "a") as runtime:
            await let_lead(Holding(runtime))
            (found,) = await check_aws(runtime)
            text, fix = found.in_english()
            assert "led by the embedded engine" in text
            assert "set AWS_REGION" in fix
            runtime.services = ("assistant",)
            assert fix in [it.in_english()[1] for it in await what_will_not_work(runtime)]
        async with make_runtime(tmp_path / "b", AWS_REGION=REGION) as runtime:
            await let_lead(Holding(runtime))
            (found,) = await check_aws(runtime)
            assert "AWS_ACCESS_KEY_ID" in found.in_english()[1]
    async with (
        aws_stub(denied("User is not authorized to perform lex:RecognizeText")),
        make_runtime(tmp_path / "c", AWS_REGION=REGION) as runtime,
    ):
        await let_lead(Holding(runtime))
        assert await check_aws(runtime) == []
        (found,) = await check_aws_answers(runtime)
        assert "IAM" in found.in_english()[1]


class Holding:
    """What has a runtime."""

    def __init__(self, runtime: Any) -> None:
        self.runtime = runtime


def test_a_bot_without_a_region_cannot_be_opened() -> None:
    with (
        aws_environment("http://127.0.0.1:1", AWS_DEFAULT_REGION=""),
        pytest.raises(SettingsError, match="AWS_REGION"),
    ):
        open_lex(ENGINE, "")
