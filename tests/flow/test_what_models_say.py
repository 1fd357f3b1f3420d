"""From a provider's answer to the phone: only words for the contact arrive, and whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from recado.assistant.port import ContextMessage
from tests.support.flow import Flow, running_flow
from tests.support.model_server import ModelServer, model_server, saying
from tests.support.payloads import text_message

ANSWER = "Sí, abrimos a las 7:30."
HALF = '{"text": "Sí, abrimos a las'


async def exchange(
    data: Path, *says: dict[str, Any], asked: str = "¿Abren a las 7:30?"
) -> tuple[Sequence[str], str, ModelServer]:
    """What the contact is sent, the conversation's state, and the model's server."""
    async with (
        model_server(*says) as server,
        running_flow(
            data, RECADO_MODEL="openai:any", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="k"
        ) as flow,
    ):
        await flow.receive(text_message(asked, id="wamid.1"))
        await flow.quiet(hurried=True)
        return flow.sent, (await flow.conversation()).state, server


@pytest.mark.parametrize(
    "said",
    [
        saying(f"me piden la hora</think>\n\n{ANSWER}"),
        saying(f"<think>me piden la hora</think>{ANSWER}"),
        saying(f"<reasoning>la hora</reasoning>{ANSWER}", reasoning_content="la hora"),
        saying(f"<|channel|>analysis<|message|>x<|end|><|channel|>final<|message|>{ANSWER}"),
        saying(f'{{"text": "{ANSWER}", "confidence": 95, "sources": null}}'),
        saying(f'Aquí va:\n```json\n{{"text": "{ANSWER}", "confidence": "high"}}\n```'),
        saying(f'{ANSWER}\n<tool_call>{{"name": "search", "arguments": {{}}}}</tool_call>'),
        saying(f"Assistant: {ANSWER}<|im_end|>"),
        saying(None, ("final_result", f'{{"text": "<think>x</think>{ANSWER}", "confidence": 95}}')),
        saying(None, ("final_result", f'{{"answer": "{ANSWER}", "sources": null}}')),
        saying(ANSWER, ("search", '{"query": "hora"}')),
    ],
)
async def test_only_the_words_for_the_contact_arrive(tmp_path: Path, said: dict[str, Any]) -> None:
    sent, state, server = await exchange(tmp_path, said)
    assert sent == [ANSWER]
    assert state == "bot"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "said",
    [
        saying("<think>me piden la hora, miro"),
        saying("Sí, abrimos a las", finish="length"),
        saying("Sí, abrimos a las", finish="max_tokens"),
        saying("Sí, abrimos a las", finish="MODEL_LENGTH"),
        saying(HALF, finish="length"),
        saying(HALF),
        saying(None, ("final_result", HALF), finish="length"),
        saying(None, ("search", '{"query": "hora"}')),
        saying('{"name": "search", "arguments": {"query": "hora"}}'),
        saying('{"foo": "bar"}'),
        saying("", reasoning_content="me piden la hora"),
        saying(None, ("final_result", '{"confidence": 0.9}')),
    ],
)
async def test_what_cannot_be_sent_is_asked_for_once_more(
    tmp_path: Path, said: dict[str, Any]
) -> None:
    sent, _, server = await exchange(tmp_path, said, saying(ANSWER))
    assert sent == [ANSWER]
    assert len(server.asked) == 2
    assert "Your last answer" not in server.instructions(0)
    assert "Your last answer" in server.instructions(1)


async def test_an_answer_that_was_cut_is_asked_for_shorter(tmp_path: Path) -> None:
    half = saying("Sí, abrimos a las", finish="length")
    _, _, server = await exchange(tmp_path, half, saying(ANSWER))
    assert "much shorter" in server.instructions(1)


@pytest.mark.parametrize(
    "said", [saying("Sí, abrimos a las", finish="length"), saying("<think>miro"), saying(HALF)]
)
async def test_what_cannot_be_sent_twice_is_handed_over(
    tmp_path: Path, said: dict[str, Any]
) -> None:
    sent, state, server = await exchange(tmp_path, said)
    assert state == "waiting"
    assert len(server.asked) == 2
    assert not any("abrimos" in words or "miro" in words for words in sent)


async def test_summaries_hold_nothing_of_the_inside(tmp_path: Path) -> None:
    async with (
        model_server(saying("<think>resumo</think>Quiere una tarta.")) as server,
        running_flow(
            tmp_path, RECADO_MODEL="openai:any", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="k"
        ) as flow,
    ):
        summary = await _summary(flow)
        server.says = [saying("<think>resumo y no termino")]
        cut = await _summary(flow)
    assert summary == "Quiere una tarta."
    assert "resumo" not in cut
    assert "tarta" in cut


async def _summary(flow: Flow) -> str:
    said = [ContextMessage("user", "quiero una tarta de limón", 0.0)]
    return await flow.runtime.models.get("openai:any").summarise(said, "es")
