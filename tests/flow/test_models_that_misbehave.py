"""Whatever a provider's server does, over the real HTTP client: an answer, one more try, another
model or a person. Never silence, and nothing that was not meant for the contact."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, text

from recado.assistant.characters import default_character, update_character
from recado.assistant.models.model import ModelCallRow
from recado.escalation.model import Escalation
from recado.store import now
from tests.support.flow import Flow, running_flow
from tests.support.misbehaving_model import (
    Behaviour,
    MisbehavingModel,
    answers_well,
    answers_with,
    breaks_off,
    called,
    compressed,
    drips,
    first,
    misbehaving_model,
    never_answers,
    never_ends,
    says,
    says_raw,
    sends_elsewhere,
    with_arguments,
    without,
)
from tests.support.model_server import saying
from tests.support.payloads import text_message
from tests.support.waiting import until

ASKED = "¿Abren a las 7:30?"
ANSWER = "Sí, abrimos a las 7:30."
INSIDE = "PIENSO"
#: Half an emoji, and the sign that ends strings.
BROKEN = msgspec.json.encode(saying(f"{ANSWER} XX")).replace(b"XX", rb"\ud83d\u0000")
PAGE = f"<html><title>502</title><body>{INSIDE}: bad gateway</body></html>"
#: Those that are still at it when the time limit comes.
SLOW = (never_answers, drips)


def usage(read: int, written: int) -> dict[str, int]:
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


#: What it does → what the contact gets of a model without another to fall back on (None: a
#: person), and how the last of its calls is told of in the ledger.
MISBEHAVIOURS: dict[str, tuple[Behaviour, str | None, str]] = {
    "time-out": (never_answers, None, "model-unavailable"),
    "429 with Retry-After": (answers_with(429, retry_after="1"), None, "model-unavailable"),
    "429": (answers_with(429), None, "model-unavailable"),
    "500": (answers_with(500), None, "model-unavailable"),
    "401": (answers_with(401), None, "model-refused"),
    "cut stream": (breaks_off, None, "model-unavailable"),
    "drips": (drips, None, "model-unavailable"),
    "sends elsewhere": (sends_elsewhere, None, "model-unavailable"),
    "no JSON": (says_raw(PAGE.encode(), "text/html"), None, "model-unavailable"),
    "half a character": (says_raw(BROKEN), ANSWER, "answered"),
    "null content": (says(saying(None)), None, "empty"),
    "empty": (says(saying("")), None, "empty"),
    "thinking": (says(saying(f"<think>{INSIDE} y no termino")), None, "inside"),
    "no such tool": (says(called("borra_todo", {"todo": INSIDE})), None, "inside"),
    "malformed arguments": (says(with_arguments('{"text": ')), None, "empty"),
    "content in parts": (says(saying([{"type": "text", "text": ANSWER}])), ANSWER, "answered"),
    "usage in words": (
        says(saying(ANSWER) | {"usage": {"prompt_tokens": "few"}}),
        None,
        "model-unavailable",
    ),
    "usage below nothing": (
        says(saying(ANSWER) | {"usage": usage(-50_000, -1)}),
        ANSWER,
        "answered",
    ),
    "deep": (says_raw(b"[" * 200_000), None, "model-unavailable"),
    "no usage": (says(without(saying(ANSWER), "usage")), ANSWER, "answered"),
    "200 with an error": (says({"error": {"message": INSIDE}}), None, "model-unavailable"),
    "no choices": (says(saying(ANSWER) | {"choices": []}), None, "model-unavailable"),
    "huge": (says(saying(f"{INSIDE} bla. " * 100_000)), None, "cut"),
    "endless": (never_ends, None, "model-unavailable"),
    "bomb": (compressed(200 << 20), None, "model-unavailable"),
}

#: What is an answer and must not go out: what it says, and what the contact never reads of it.
UNFIT = {
    "wrong language": ("Yes, we are open from half past seven in the morning.", "half past"),
    "invented price": ("Sí, abrimos a las 7:30 y el desayuno cuesta 37,50 €.", "37,50"),
    "invented price as a call": (
        msgspec.json.encode({"text": "El desayuno cuesta 37,50 €."}).decode(),
        "37,50",
    ),
    "invented link": ("Sí. Reserve en https://reservas-baratas.example/ya", "reservas-baratas"),
}


async def ask(flow: Flow, sender: str, words: str = ASKED) -> Sequence[str]:
    """What one more contact is sent."""
    before = len(flow.sent)
    await flow.receive(text_message(words, sender=sender, id=f"wamid.{sender}"))
    await flow.quiet(hurried=True)
    return flow.sent[before:]


async def calls(flow: Flow) -> Sequence[Row[Any]]:
    rows = select(ModelCallRow.__table__).order_by(ModelCallRow.id)
    return await flow.runtime.store.read(lambda tx: tx.all(rows))


async def let_fall_back(flow: Flow, *names: str) -> None:
    policy = {"fallbacks": names}
    await flow.write(
        lambda tx: update_character(tx, default_character(tx).id, {"model_policy": policy})
    )
    flow.runtime.characters.forget()


@asynccontextmanager
async def running(data: Path, server: MisbehavingModel) -> AsyncIterator[Flow]:
    async with running_flow(
        data,
        RECADO_MODEL="openai:bad",
        RECADO_MODEL_TIMEOUT_SECONDS="1" if server.behaviour in SLOW else "60",
        OPENAI_BASE_URL=server.url,
        OPENAI_API_KEY="k",
    ) as flow:
        await asyncio.to_thread(flow.runtime.models.get, "openai:bad")  # as at a start
        yield flow


@pytest.mark.parametrize("what", MISBEHAVIOURS)
async def test_a_server_that_misbehaves_leaves_nobody_in_silence(tmp_path: Path, what: str) -> None:
    behaviour, answer, outcome = MISBEHAVIOURS[what]
    async with (
        misbehaving_model(behaviour, saying(ANSWER)) as server,
        running(tmp_path, server) as flow,
    ):
        sent = await ask(flow, "16505550001")
        assert sent
        assert not any(INSIDE in text for text in sent)
        waiting = await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.id)))
        assert (sent, len(waiting)) == ([answer], 0) if answer else len(waiting) == 1
        kept = await calls(flow)
        assert len(kept) == len(server.asked)
        assert kept[-1].outcome == outcome
        assert server.written < 100 << 20  # whoever has no end is not heard to it
        assert all(it.why["code"] == "own" for it in kept)
        assert all(it.tokens_in >= 0 and it.tokens_out >= 0 for it in kept)

        # With another model to fall back on, the next contact hears that one.
        await let_fall_back(flow, "openai:good")
        assert await ask(flow, "16505550002") == [ANSWER]
        if answer is None:
            last = (await calls(flow))[-1]
            assert (last.model, last.outcome) == ("openai:good", "answered")
            assert last.why == {"code": "fallback", "values": {"model": "openai:bad"}}


async def test_tokens_that_the_provider_does_not_tell_are_estimated_and_marked(
    tmp_path: Path,
) -> None:
    bare = without(saying(ANSWER), "usage")
    async with (
        misbehaving_model(says(bare), bare) as server,
        running(tmp_path, server) as flow,
    ):
        await ask(flow, "16505550001")
        (call,) = await calls(flow)
        assert call.estimated
        assert call.tokens_in > 100  # it is told who it is, and what it knows
        assert 0 < call.tokens_out < 20


@pytest.mark.parametrize("what", UNFIT)
async def test_an_answer_that_is_not_fit_to_send_is_mended_or_goes_to_a_person(
    tmp_path: Path, what: str
) -> None:
    unfit, never = UNFIT[what]
    wrong, right = says(saying(unfit)), saying(ANSWER)
    async with (
        misbehaving_model(first(wrong, answers_well), right) as server,
        running(tmp_path, server) as flow,
    ):
        assert await ask(flow, "16505550001") == [ANSWER]
        assert len(server.asked) == 2
        server.behaviour = wrong  # and says the same when it is told
        told = await ask(flow, "16505550002")
        assert told
        assert not any(never in it for it in told)
        waiting = await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.id)))
        assert len(waiting) == 1


async def test_a_provider_that_asks_for_a_moment_gets_it_and_answers_in_the_same_turn(
    tmp_path: Path,
) -> None:
    moment = answers_with(429, retry_after_ms="300")
    async with (
        misbehaving_model(first(moment, answers_well), saying(ANSWER)) as server,
        running(tmp_path, server) as flow,
    ):
        assert await ask(flow, "16505550001") == [ANSWER]
        before, after = server.asked_at
        assert after - before >= 0.3
        kept = await calls(flow)
        assert [it.outcome for it in kept] == ["model-unavailable", "answered"]
        assert len({it.turn_id for it in kept}) == 1


async def test_a_provider_that_asks_for_an_hour_is_left_alone_by_everybody(tmp_path: Path) -> None:
    async with (
        misbehaving_model(answers_with(429, retry_after="3600"), saying(ANSWER)) as server,
        running(tmp_path, server) as flow,
    ):
        (told,) = await ask(flow, "16505550001")
        assert told != ANSWER
        assert server.asked == ["bad"]  # not once more, however often the turn is tried
        waiting = await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.id)))
        assert len(waiting) == 1

        await let_fall_back(flow, "openai:good")
        assert await ask(flow, "16505550002") == [ANSWER]
        assert server.asked == ["bad", "good"]  # falls back at once


async def test_a_turn_comes_again_when_the_provider_may_be_asked_again(tmp_path: Path) -> None:
    async with (
        misbehaving_model(answers_with(503, retry_after="30"), saying(ANSWER)) as server,
        running(tmp_path, server) as flow,
    ):
        await flow.receive(text_message(ASKED, sender="16505550001"))

        async def is_put_off() -> bool:
            rows = text("SELECT ready_at FROM job WHERE queue = 'turn' AND lease IS NULL")
            found = await flow.runtime.store.read(lambda tx: tx.all(rows))
            return bool(server.asked) and any(it.ready_at > now() + 25 for it in found)

        await until(is_put_off)
        assert server.asked == ["bad"]
