"""A message's whole way in one process: real store, real queue, real HTTP to a stub Graph API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Row, select, text
from starlette.applications import Starlette

from recado.app.services import ingest_routes
from recado.app.wiring import build_runtime, close_runtime
from recado.assistant.port import Answer, ContextMessage, Question
from recado.assistant.writing.summaries import summary_consumer
from recado.conversations.model import Conversation, Message
from recado.crm.telling import crm_consumer
from recado.escalation.routing.jobs import routing_consumer
from recado.inbound.intake import intake_consumer
from recado.jobs import INBOUND
from recado.media.jobs import media_consumer
from recado.media.reading.jobs import (
    picture_reading_consumer,
    reading_consumer,
    sound_reading_consumer,
)
from recado.notifications.deliver import notifications_consumer
from recado.queue.worker import Worker
from recado.runtime import Runtime
from recado.satisfaction.asking import ratings_consumer
from recado.sending.deliver import send_consumer
from recado.sending.statuses import statuses_consumer
from recado.settings import load_settings
from recado.store import Tx
from recado.subscriptions.deliver import events_consumer
from recado.turns.files import wake_consumer
from recado.turns.turn import turn_consumer
from tests.support.graph import GraphStub
from tests.support.graph_statuses import StatusPlan
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, Json, sign, webhook
from tests.support.waiting import PATIENCE_SECONDS, until

CONSUMERS = (
    intake_consumer,
    turn_consumer,
    wake_consumer,
    send_consumer,
    statuses_consumer,
    media_consumer,
    reading_consumer,
    picture_reading_consumer,
    sound_reading_consumer,
    summary_consumer,
    events_consumer,
    ratings_consumer,
    notifications_consumer,
    crm_consumer,
    routing_consumer,
)


class Flow:
    def __init__(self, runtime: Runtime, graph: GraphStub, client: httpx.AsyncClient) -> None:
        self.runtime = runtime
        self.graph = graph
        self._client = client
        self._worker: Worker | None = None

    async def start_workers(self) -> None:
        consumers = [make(self.runtime) for make in CONSUMERS]
        self._worker = Worker(self.runtime.queue, self.runtime.store, consumers)
        await self._worker.start()

    async def stop_workers(self) -> None:
        if self._worker is not None:
            await self._worker.stop()
            self._worker = None

    async def post(
        self,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        parts: AsyncIterator[bytes] | None = None,
    ) -> httpx.Response:
        """A webhook, signed unless `headers` are given; its body comes in `parts` if there are."""
        signed = sign(body) if headers is None else headers
        content = body if parts is None else parts
        return await self._client.post("/webhooks/whatsapp", content=content, headers=signed)

    async def send(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """A webhook of any channel."""
        return await self._client.post(path, content=body, headers=headers)

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self._client.get(path, params=query)

    async def receive(self, *messages: Json, statuses: Sequence[Json] = ()) -> None:
        response = await self.post(webhook(messages=messages, statuses=statuses))
        assert response.status_code == 200

    async def quiet(self, *, hurried: bool = False) -> None:
        """Wait until no job waits and none runs, not even one that is acked and tells the rest.
        `hurried`: what waits for its time does not."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._works() or await self.runtime.queue.depth() or self._works():
                if hurried:
                    await self.hurry()
                await asyncio.sleep(0.01)

    def _works(self) -> bool:
        return self._worker is not None and not self._worker.is_idle

    async def taken_in(self) -> None:
        """Wait until all that has come is stored."""

        async def taken() -> bool:
            return INBOUND.name not in await self.runtime.queue.depth()

        await until(taken)

    async def hurry(self) -> None:
        """Jobs that wait for their time are due now."""

        def work(tx: Tx) -> None:
            tx.execute(text("UPDATE job SET ready_at = 0 WHERE lease IS NULL"))

        await self.write(work)

    async def pause(self) -> None:
        """The contact has been quiet for long enough."""
        settings = self.runtime.settings
        self.runtime.settings = settings.model_copy(update={"quiet_seconds": 0.0})
        await self.hurry()

    async def until_sent(self, count: int, *, hurried: bool = False) -> list[str]:
        """Wait until the stub has accepted `count` messages; their texts."""

        async def are_sent() -> bool:
            if hurried:
                await self.hurry()
            return len(self.graph.received) >= count

        await until(are_sent)
        return self.sent

    @property
    def sent(self) -> list[str]:
        return [item.body["text"]["body"] for item in self.graph.received]

    async def messages(self, **where: Any) -> Sequence[Row[Any]]:
        query = select(Message.__table__).order_by(Message.conversation_id, Message.position)
        for name, value in where.items():
            query = query.where(getattr(Message, name) == value)
        return await self.runtime.store.read(lambda tx: tx.all(query))

    async def conversation(self) -> Row[Any]:
        """The only conversation there is."""
        rows = await self.runtime.store.read(lambda tx: tx.all(select(Conversation.__table__)))
        assert len(rows) == 1
        return rows[0]

    async def write(self, work: Any) -> Any:
        return await self.runtime.store.write(work)


class ScriptedModel:
    """A model whose answers, errors and slowness the test decides."""

    name = "scripted"

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.errors: list[Exception] = []
        self.gate: asyncio.Event | None = None
        self.confidence = 0.9

    async def answer(self, question: Question) -> Answer:
        self.questions.append(question)
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        return Answer(
            text=f"Answer to: {question.text}", confidence=self.confidence, model=self.name
        )

    async def summarise(self, messages: Sequence[ContextMessage], language: str) -> str:
        return "A summary."

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def running_flow(
    data: Path, *, plan: StatusPlan | None = None, workers: bool = True, **settings: str
) -> AsyncIterator[Flow]:
    """Everything that `recado up` runs, without the server; `settings` by their outside names."""
    async with GraphStub(plan=plan) as graph:
        chosen = {
            "RECADO_DATA": str(data),
            "RECADO_QUIET_SECONDS": "0",
            "RECADO_FILE_WAIT_SECONDS": "0",
            "RECADO_IMAGE_READER": "none",  # a test that wants it asks for it: it takes a while
            "RECADO_RATINGS": "off",  # a test that wants to be asked says so
            "WHATSAPP_APP_SECRET": SECRET,
            "WHATSAPP_VERIFY_TOKEN": "a verify token",
            "WHATSAPP_ACCESS_TOKEN": "an access token",
            "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
            "WHATSAPP_API_URL": graph.url,
            **settings,
        }
        runtime = await build_runtime(load_settings(None, **chosen))
        app = Starlette(routes=list(ingest_routes(runtime)))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://recado") as client:
            flow = Flow(runtime, graph, client)
            if workers:
                await flow.start_workers()
            try:
                yield flow
            finally:
                await flow.stop_workers()
                await close_runtime(runtime)
