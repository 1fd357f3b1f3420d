"""Providers through pydantic-ai: a compatible server as it is, and as it fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.models import Models
from recado.assistant.models.connecting import Connecting
from recado.assistant.models.provider import ProviderModel
from recado.assistant.port import Answer, ContextMessage, Persona, Question
from recado.errors import ModelRefused, ModelUnavailable

NAME = "openai:gpt-4o-mini"
REPLY: dict[str, Any] = {
    "text": "Abrimos de martes a viernes de 7:30 a 20:00.",
    "confidence": 0.9,
    "known": True,
    "sources": [1],
}


def completion(content: str = "", *, reply: dict[str, Any] | None = None) -> dict[str, Any]:
    """A chat completion (https://platform.openai.com/docs/api-reference/chat/object)."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if reply is not None:
        arguments = msgspec.json.encode(reply).decode()
        function = {"name": "final_result", "arguments": arguments}
        message |= {
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    }


class Server:
    """A server that speaks chat completions, and answers what it is told to."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answers: list[web.Response] = []
        self.delay_seconds = 0.0
        self.url = ""

    def will(self, body: Any, status: int = 200) -> None:
        """The next answer (the last one stays)."""
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        self.answers.append(web.Response(body=data, status=status, content_type="application/json"))

    async def _answer(self, request: web.Request) -> web.Response:
        self.requests.append(await request.json())
        await asyncio.sleep(self.delay_seconds)
        chosen = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(
            body=chosen.body, status=chosen.status, content_type=chosen.content_type
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"
        yield self
        await runner.cleanup()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().running() as server:
        yield server


@pytest.fixture
async def models(knowledge: KnowledgeBase, server: Server) -> AsyncIterator[Models]:
    models = Models(knowledge, timeout_seconds=60, openai_base_url=server.url)
    yield models
    await models.close()


def ask(persona: Persona, text: str = "hola, ¿a qué hora abren?", **more: Any) -> Question:
    return Question(persona, text, "es", **more)


async def test_a_structured_answer_comes_with_its_sources_and_its_cost(
    models: Models, server: Server, persona: Persona
) -> None:
    server.will(completion(reply=REPLY))
    answer = await models.get(NAME).answer(ask(persona))
    assert answer.text == REPLY["text"]
    assert answer.known
    assert answer.confidence == 0.9
    assert answer.model == NAME
    assert (answer.tokens_in, answer.tokens_out) == (1000, 100)
    assert answer.cost is not None
    assert 0 < answer.cost < 0.01
    assert "¿A qué hora abren y cierran?" in answer.sources[0].heading


async def test_the_model_is_told_who_it_is_and_what_it_may_say(
    models: Models, server: Server, persona: Persona
) -> None:
    server.will(completion(reply=REPLY))
    history = (
        ContextMessage("system", "Ana pidió una tarta.", 0.0),
        ContextMessage("user", "hola", 1.0),
        ContextMessage("assistant", "¡Hola!", 2.0),
        ContextMessage("agent", "Soy Luis, del equipo.", 3.0),
    )
    own = msgspec.structs.replace(persona, model_settings={"temperature": 0.1})
    await models.get(NAME).answer(ask(own, history=history, contact_name="Ana"))
    (request,) = server.requests
    system = "\n".join(m["content"] for m in request["messages"] if m["role"] == "system")
    assert persona.prompt in system
    assert "in Spanish" in system
    assert "7:30 a 20:00" in system
    assert "Ana pidió una tarta." in system
    said = [(m["role"], m["content"]) for m in request["messages"] if m["role"] != "system"]
    assert said == [
        ("user", "hola"),
        ("assistant", "¡Hola!\n\nSoy Luis, del equipo."),
        ("user", "hola, ¿a qué hora abren?"),
    ]
    assert request["temperature"] == 0.1
    assert request["top_p"] == 0.9
    assert 1000 in (request.get("max_completion_tokens"), request.get("max_tokens"))


async def test_a_plain_text_is_an_answer_too(
    models: Models, server: Server, persona: Persona
) -> None:
    server.will(completion("Abrimos a las 7:30."))
    answer = await models.get(NAME).answer(ask(persona))
    assert answer.text == "Abrimos a las 7:30."
    assert 0.6 <= answer.confidence < 0.9
    server.answers.clear()
    server.will(completion("```json\n" + msgspec.json.encode(REPLY).decode() + "\n```"))
    assert (await models.get(NAME).answer(ask(persona))).confidence == 0.9


async def test_a_server_without_tools_is_asked_in_plain_text(
    models: Models, server: Server, persona: Persona
) -> None:
    server.will({"error": {"message": "This model does not support tools"}}, 400)
    server.will(completion("Abrimos a las 7:30."))
    model = models.get(NAME)
    for _ in range(2):
        assert (await model.answer(ask(persona))).text == "Abrimos a las 7:30."
    assert [bool(request.get("tools")) for request in server.requests] == [True, False, False]


async def test_an_invented_price_lowers_the_confidence(
    models: Models, server: Server, persona: Persona
) -> None:
    server.will(completion(reply=REPLY | {"text": "El envío cuesta 99,95 €.", "confidence": 1}))
    assert (await models.get(NAME).answer(ask(persona))).confidence < 0.6


async def test_not_knowing_and_asking_for_a_person_come_through(
    models: Models, server: Server, persona: Persona
) -> None:
    unknown = {"text": "Eso no lo sé, ¿te paso con una persona?", "known": False}
    server.will(completion(reply=unknown))
    server.will(completion(reply={"text": "Te paso con alguien.", "asked_for_person": True}))
    first = await models.get(NAME).answer(ask(persona))
    assert not first.known
    assert first.confidence < 0.6
    assert (await models.get(NAME).answer(ask(persona))).asked_for_person


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, 429),
        ({"error": {"message": "oops"}}, 500),
        ({"error": {"message": "overloaded"}}, 503),
        (b"<html>bad gateway</html>", 502),
        (b"{ not json", 200),
        (b"", 200),
        ({"unexpected": True}, 200),
        ({"choices": []}, 200),
        (completion(""), 200),
        (completion("   "), 200),
        (completion(reply={"confidence": "very"}), 200),
        (completion(reply=REPLY | {"text": " "}), 200),
    ],
)
async def test_what_may_pass_is_tried_again_later(
    models: Models, server: Server, persona: Persona, body: Any, status: int
) -> None:
    server.will(body, status)
    with pytest.raises(ModelUnavailable, match="gpt-4o-mini") as caught:
        await models.get(NAME).answer(ask(persona))
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}, 401, "API_KEY"),
        ({"error": {"message": "no access"}}, 403, "API_KEY"),
        ({"error": {"message": "no such model", "code": "model_not_found"}}, 404, "RECADO_MODEL"),
        ({"error": {"message": "bad temperature"}}, 400, "bad temperature"),
        ({"error": {"message": "broke", "code": "insufficient_quota"}}, 429, "quota"),
    ],
)
async def test_what_will_not_pass_names_what_to_mend(
    models: Models, server: Server, persona: Persona, body: Any, status: int, says: str
) -> None:
    server.will(body, status)
    with pytest.raises(ModelRefused, match=says) as caught:
        await models.get(NAME).answer(ask(persona))
    assert not caught.value.retryable


async def test_a_slow_model_is_given_up_in_time(
    knowledge: KnowledgeBase, server: Server, persona: Persona
) -> None:
    server.delay_seconds = 600
    server.will(completion(reply=REPLY))
    model = ProviderModel(NAME, knowledge, timeout_seconds=0.2, connecting=Connecting(server.url))
    with pytest.raises(ModelUnavailable):
        await asyncio.wait_for(model.answer(ask(persona)), 60)
    await model.close()


async def test_a_server_that_is_not_there(knowledge: KnowledgeBase, persona: Persona) -> None:
    async with Server().running() as gone:
        url = gone.url
    model = ProviderModel(NAME, knowledge, timeout_seconds=60, connecting=Connecting(url))
    with pytest.raises(ModelUnavailable):
        await model.answer(ask(persona))
    await model.close()


async def test_a_summary_is_the_models_own_or_extracted(models: Models, server: Server) -> None:
    said = [ContextMessage("user", "quiero una tarta de limón para 12 personas", 0.0)]
    server.will(completion("Quiere una tarta de limón."))
    server.will({"error": {"message": "oops"}}, 500)
    model = models.get(NAME)
    assert await model.summarise(said, "es") == "Quiere una tarta de limón."
    assert "tarta de limón para 12" in await model.summarise(said, "es")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gpt-4o-mini", "openai:"),
        ("nobody:model", "nobody:model"),
        ("groq:llama-3.3-70b-versatile", "groq"),
    ],
)
async def test_a_model_that_cannot_be_made_says_why(
    knowledge: KnowledgeBase, name: str, says: str
) -> None:
    with pytest.raises(ModelRefused, match=says):
        Models(knowledge).get(name)


async def test_pydantic_ai_models_can_be_passed_in(
    knowledge: KnowledgeBase, persona: Persona
) -> None:
    seen: list[ModelMessage] = []

    def respond(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen.extend(messages)
        tool = info.output_tools[0]
        return ModelResponse(parts=[ToolCallPart(tool.name, REPLY)])

    for api in (FunctionModel(respond), TestModel(custom_output_args=REPLY)):
        answer: Answer = await ProviderModel("test", knowledge, api=api).answer(ask(persona))
        assert "7:30" in answer.text
        assert answer.cost is None
    assert isinstance(seen[0], ModelRequest)
    assert any(isinstance(part, UserPromptPart) for part in seen[0].parts)


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        ({}, {"temperature": 0.7}),
        ({"temperature": 0.2, "top_p": 0.5}, {"temperature": 0.2}),
        ({"top_p": 0.5}, {"top_p": 0.5}),
    ],
)
async def test_claude_gets_one_of_temperature_and_top_p(
    knowledge: KnowledgeBase, persona: Persona, own: dict[str, Any], sent: dict[str, Any]
) -> None:
    settings: dict[str, Any] = {}

    def respond(_messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        settings.update(info.model_settings or {})
        return ModelResponse(parts=[TextPart("Abrimos a las 7:30.")])

    model = ProviderModel("bedrock:anthropic.claude", knowledge, api=FunctionModel(respond))
    await model.answer(ask(msgspec.structs.replace(persona, model_settings=own)))
    assert {name: settings[name] for name in ("temperature", "top_p") if name in settings} == sent
    assert settings["max_tokens"] == 1000


@pytest.mark.parametrize("name", ["openai:gpt-5-mini", "openai:o3", "openai:gpt-5.1"])
async def test_a_model_is_sent_only_the_sampling_settings_that_it_takes(
    monkeypatch: pytest.MonkeyPatch,
    recwarn: pytest.WarningsRecorder,
    knowledge: KnowledgeBase,
    persona: Persona,
    server: Server,
    name: str,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    model = ProviderModel(name, knowledge, connecting=Connecting(server.url))
    server.will(completion(reply=REPLY))
    await model.answer(ask(msgspec.structs.replace(persona, model_settings={"top_p": 0.5})))
    (request,) = server.requests
    reasons = name != "openai:gpt-5.1"
    assert ("temperature" in request, "top_p" in request) == (not reasons, not reasons)
    assert [str(it.message) for it in recwarn if "ampling" in str(it.message)] == []
    await model.close()


async def test_a_broken_library_answer_is_unavailable_not_a_crash(
    knowledge: KnowledgeBase, persona: Persona
) -> None:
    def respond(_messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
        return ModelResponse(parts=[TextPart("")])

    with pytest.raises(ModelUnavailable):
        await ProviderModel("test", knowledge, api=FunctionModel(respond)).answer(ask(persona))


def test_the_embedded_model_never_imports_a_provider() -> None:
    code = (
        "import sys, recado.assistant.models, recado.turns.context,"
        " recado.assistant.characters, recado.assistant.knowledge;"
        " print([m for m in ('pydantic_ai', 'openai', 'docx', 'pypdf') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
