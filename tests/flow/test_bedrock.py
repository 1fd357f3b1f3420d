"""Models of Amazon Bedrock, asked by the real SDK: they answer, call tools, fail in their ways."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recado.app.doctor.models import check_model, check_model_answers
from recado.errors import ModelUnavailable
from recado.escalation.model import Escalation
from tests.flow.test_models_that_misbehave import ANSWER, ask, calls, let_fall_back
from tests.flow.test_tools import add
from tests.support.aws import (
    REGION,
    SECRET_KEY,
    Answering,
    AwsStub,
    Says,
    aws_stub,
    denied,
    hangs,
    nobodys_environment,
    throttled,
)
from tests.support.flow import Flow, running_flow
from tests.support.runtime import make_runtime
from tests.support.shop import host_of, order_status, running_shop

MODEL = "bedrock:anthropic.claude-3-haiku-20240307-v1:0"


def converses(*content: dict[str, Any], stop: str = "end_turn", **more: Any) -> Says:
    """A response of Converse."""
    return Says(
        {
            "metrics": {"latencyMs": 1275},
            "output": {"message": {"role": "assistant", "content": list(content)}},
            "stopReason": stop,
            "usage": {"inputTokens": 1000, "outputTokens": 100, "totalTokens": 1100},
            **more,
        }
    )


def uses(tool: str, **given: Any) -> Says:
    call = {
        "toolUse": {"toolUseId": "tooluse_hbTgdi0CSLq_hM4P8csZJA", "name": tool, "input": given}
    }
    return converses({"text": "Un momento."}, call, stop="tool_use")


GUARDED = converses(
    {"text": "Sorry, the model cannot answer this question."},
    stop="guardrail_intervened",
    trace={"guardrail": {"inputAssessment": {"gr1": {"topicPolicy": {"topics": []}}}}},
)


@asynccontextmanager
async def running(
    data: Path, *says: Says | Answering, **settings: str
) -> AsyncIterator[tuple[Flow, AwsStub]]:
    settings = {"RECADO_MODEL": MODEL, "AWS_REGION": REGION, **settings}
    async with (
        aws_stub(*says) as stub,
        running_flow(data, plan=None, workers=True, **settings) as flow,
    ):
        await asyncio.to_thread(flow.runtime.models.get, MODEL)  # as at a start
        yield flow, stub


async def handed_over(flow: Flow) -> int:
    return len(await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.id))))


async def test_a_model_of_bedrock_answers_in_words(tmp_path: Path) -> None:
    async with running(tmp_path, converses({"text": ANSWER})) as (flow, stub):
        assert await ask(flow, "16505550001") == [ANSWER]
        (asked,) = stub.asked
        assert asked.path == "/model/anthropic.claude-3-haiku-20240307-v1:0/converse"
        assert f"/{REGION}/bedrock/aws4_request" in asked.signed
        assert asked.body["inferenceConfig"]["maxTokens"] == 1000
        assert SECRET_KEY not in str(asked)
        (call,) = await calls(flow)
        assert (call.outcome, call.tokens_in, call.tokens_out) == ("answered", 1000, 100)
        assert call.cost > 0  # a price is known


async def test_a_model_of_bedrock_answers_by_the_structure_that_it_is_offered(
    tmp_path: Path,
) -> None:
    answered = uses("final_result", text=ANSWER, confidence=0.9, known=True, sources=[])
    async with running(tmp_path, answered) as (flow, stub):
        assert await ask(flow, "16505550001") == [ANSWER]
        offered = {it["toolSpec"]["name"] for it in stub.asked[0].body["toolConfig"]["tools"]}
        assert offered == {"final_result"}


async def test_a_model_of_bedrock_uses_a_tool_and_answers_with_it(tmp_path: Path) -> None:
    answer = "Tu pedido 1182 está en camino y llega el martes."
    async with (
        running_shop() as shop,
        running(
            tmp_path,
            uses("order_status", number="1182"),
            converses({"text": answer}),
            RECADO_TOOLS_PRIVATE_HOSTS=host_of(shop.url),
        ) as (flow, stub),
    ):
        await add(flow, order_status(shop.url))
        assert await ask(flow, "16505550001", "¿qué pasó con lo mío, el 1182?") == [answer]
        told = stub.asked[1].body["messages"][-1]["content"][0]["toolResult"]
        assert told["toolUseId"] == "tooluse_hbTgdi0CSLq_hM4P8csZJA"
        assert "en camino" in str(told["content"])


@pytest.mark.parametrize(
    ("says", "requests", "outcome"),
    [
        (throttled(), 3, "model-unavailable"),
        (Says({"message": "Bedrock is unable to process your request."}, 503,
              "ServiceUnavailableException"), 3, "model-unavailable"),
        (Says({"message": "Model has timed out."}, 408, "ModelTimeoutException"), 3,
         "model-unavailable"),
        (denied(), 1, "model-refused"),
        (Says({"message": "The provided model identifier is invalid."}, 400,
              "ValidationException"), 1, "model-refused"),
        (GUARDED, 1, "answered"),
        (converses({"text": "Sí, abri"}, stop="max_tokens"), 2, "cut"),
        (converses(), 6, "empty"),
        (converses({"text": "x"}, stop="malformed_model_output"), 2, "cut"),
        (Says({"output": {}}), 3, "model-unavailable"),
    ],
)  # fmt: skip
async def test_when_bedrock_gives_no_answer_a_person_or_another_model_does(
    tmp_path: Path, says: Says, requests: int, outcome: str
) -> None:
    async with running(tmp_path, says) as (flow, stub):
        (told,) = await ask(flow, "16505550001")
        assert "persona" in told
        assert "Sorry" not in told
        assert await handed_over(flow) == 1
        assert len(stub.asked) == requests  # the SDK tries nothing again by itself
        assert [it.outcome for it in await calls(flow)][-1] == outcome

        await let_fall_back(flow, "embedded")
        (told,) = await ask(flow, "16505550002")
        assert "7:30" in told
        assert await handed_over(flow) == 1


async def test_bedrock_that_hangs_is_waited_for_no_longer_than_a_model_may_take(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, hangs(), RECADO_MODEL_TIMEOUT_SECONDS="0.5") as (flow, stub):
        began = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"within 0\.5 seconds"):
            await flow.runtime.models.get(MODEL).write("hola", "Answer.", {})  # type: ignore[attr-defined]
        assert time.monotonic() - began < 30  # the SDK's own would be a minute
        assert len(stub.asked) == 1


async def test_what_is_missing_for_bedrock_is_told_with_what_to_set(tmp_path: Path) -> None:
    with nobodys_environment():
        async with make_runtime(tmp_path / "a", RECADO_MODEL=MODEL) as runtime:
            (found,) = await check_model(runtime)
            assert "set AWS_REGION" in str(found.in_english())
        async with make_runtime(tmp_path / "b", RECADO_MODEL=MODEL, AWS_REGION=REGION) as runtime:
            (found,) = await check_model(runtime)
            assert "AWS_ACCESS_KEY_ID" in str(found.in_english())


async def test_access_that_is_denied_is_told_to_the_operator(tmp_path: Path) -> None:
    async with (
        aws_stub(denied()),
        make_runtime(tmp_path, RECADO_MODEL=MODEL, AWS_REGION=REGION) as runtime,
    ):
        (found,) = await check_model_answers(runtime)
        said = str(found.in_english())
        assert "You don't have access to the model" in said
        assert SECRET_KEY not in said
