"""Pull the plug at any moment: nothing is lost, nothing is answered twice.

2,000 messages of 100 contacts come in batched webhooks with duplicates, while the process is
killed (SIGKILL) at random moments and starts again. A stub of the Graph API counts what goes out
and reports statuses, as Meta does: late, and again when we were down.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.engines import postgresql_url, require_engine
from tests.support.graph import GraphStub
from tests.support.graph_statuses import StatusPlan
from tests.support.payloads import (
    SECRET,
    change_of,
    contact_of,
    sign,
    text_message,
    value_of,
    webhook_of,
)
from tests.support.process import Api, RecadoProcess

CONTACTS = 100
MESSAGES_EACH = 20
KILLS = 20
SENDERS = 20
#: Statuses come within seconds even after a death, so settling need not wait two minutes.
GRACE_SECONDS = 30
QUESTIONS = ("hola, ¿a qué hora abren?", "do you deliver?", "quanto custa o café?", "asdf qwerty")


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield ""
    else:
        require_engine("postgresql")
        async with postgresql_url() as url:
            yield url


@pytest.mark.acceptance
@pytest.mark.timeout(420)
async def test_no_message_is_lost_and_no_reply_is_doubled_when_the_process_is_killed(
    database: str, tmp_path: Path
) -> None:
    process = RecadoProcess(tmp_path / "data")
    plan = StatusPlan(delay_seconds=0.05, shuffled=True)
    async with GraphStub(
        webhook=f"{process.url}/webhooks/whatsapp", secret=SECRET, plan=plan
    ) as graph:
        process.configure(
            WHATSAPP_API_URL=graph.url,
            DATABASE_URL=database,
            RECADO_QUIET_SECONDS="0.2",
            RECADO_UNKNOWN_GRACE_SECONDS=str(GRACE_SECONDS),
            LOG_LEVEL="WARNING",
        )
        await process.start()
        try:
            async with aiohttp.ClientSession() as session:
                crowd = Crowd(session, process.url)
                sending = asyncio.create_task(crowd.send_everything())
                kills = await kill_at_random(process, until=sending)
                await sending
                api = Api(session, process.url)
                await crowd.say_thanks()
                await settled(api, graph)
                await check_everything(api, graph, crowd)
                assert kills >= KILLS
        finally:
            await process.kill()


class Crowd:
    """100 contacts in 20 groups; a group's webhooks follow each other, as a provider's would."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = f"{url}/webhooks/whatsapp"
        self._random = random.Random(7)
        self.said: dict[str, list[str]] = defaultdict(list)
        self._sent: list[bytes] = []
        #: Set once enough kills have happened: the rest goes out without pauses.
        self.hurry = asyncio.Event()

    async def send_everything(self) -> None:
        groups = [range(g, CONTACTS, SENDERS) for g in range(SENDERS)]
        await asyncio.gather(*(self._send_group(list(group)) for group in groups))

    async def _send_group(self, contacts: list[int]) -> None:
        waiting = {number: list(range(MESSAGES_EACH)) for number in contacts}
        while any(waiting.values()):
            changes = []
            for number in contacts:
                taken = [
                    waiting[number].pop(0)
                    for _ in range(self._random.randint(0, 3))
                    if waiting[number]
                ]
                if taken:
                    changes.append(self._change(number, taken))
            if changes:
                body = webhook_of(*changes)
                self._sent.append(body)
                await self._deliver(body)
            if self._random.random() < 0.15 and self._sent:
                await self._deliver(self._random.choice(self._sent))
            await asyncio.sleep(self._random.uniform(0.5, 6.0))

    def _change(self, number: int, indexes: list[int]) -> dict[str, Any]:
        messages = []
        for index in indexes:
            words = f"{QUESTIONS[index % len(QUESTIONS)]} ({index})"
            message = text_message(words, id=f"wamid.{number}.{index}", sender=phone(number))
            self.said[phone(number)].append(words)
            messages.append(message)
        return change_of(
            value_of(messages, contacts=[contact_of(messages[0], f"Contact {number}")])
        )

    async def say_thanks(self) -> None:
        """A last word of each: later messages that are confirmed settle the unknown ones."""
        for number in range(CONTACTS):
            message = text_message("gracias", id=f"wamid.{number}.last", sender=phone(number))
            self.said[phone(number)].append("gracias")
            await self._deliver(
                webhook_of(change_of(value_of([message], contacts=[contact_of(message)])))
            )

    async def _deliver(self, body: bytes) -> None:
        """Again and again until it is accepted, as Meta does."""
        while True:
            try:
                async with self._session.post(self._url, data=body, headers=sign(body)) as answer:
                    if answer.status == 200:
                        return
                    assert answer.status in {429, 503}, await answer.text()
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            await asyncio.sleep(self._random.uniform(0.05, 0.5))


def phone(number: int) -> str:
    return f"1650555{number:04}"


async def kill_at_random(process: RecadoProcess, until: asyncio.Task[None]) -> int:
    dice = random.Random(11)
    kills = 0
    while not until.done() or kills < KILLS:
        await asyncio.sleep(dice.uniform(0.05, 1.5))
        await process.kill()
        kills += 1
        await process.start()
        if kills >= KILLS:
            break
    return kills


async def settled(api: Api, graph: GraphStub) -> None:
    """Wait until nothing waits: no job, no unknown message, no status on its way."""
    async with asyncio.timeout(150):
        while True:
            stats = await api.get("stats")
            waiting = sum(q["waiting"] + q["leased"] for q in stats["queues"].values())
            pending = graph.stats()["statuses_pending"]
            if waiting == 0 and pending == 0:
                return
            await asyncio.sleep(0.5)


async def check_everything(api: Api, graph: GraphStub, crowd: Crowd) -> None:
    contacts = {}
    for number in range(CONTACTS):
        page = await api.get("contacts", identity=phone(number))
        contacts[page["items"][0]["id"]] = phone(number)
    inbound = await api.all("messages", direction="inbound")
    outbound = await api.all("messages", direction="outbound")
    check_stored_once_and_in_order(inbound, contacts, crowd)
    check_everyone_is_answered_once(inbound, outbound)
    check_nothing_went_out_twice(outbound, graph)
    assert (await api.all("dead-letters")) == []


def check_stored_once_and_in_order(
    inbound: list[Any], contacts: dict[str, str], crowd: Crowd
) -> None:
    heard: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for message in inbound:
        heard[contacts[message["contact_id"]]].append((message["position"], message["text"]))
    assert {who: [words for _, words in sorted(said)] for who, said in heard.items()} == crowd.said


def check_everyone_is_answered_once(inbound: list[Any], outbound: list[Any]) -> None:
    answered = Counter(id for reply in outbound for id in reply["in_reply_to"])
    escalated = {m["conversation_id"] for m in outbound if m["author"] == "system"}
    silent = [
        m["text"]
        for m in inbound
        if answered[m["id"]] == 0 and m["conversation_id"] not in escalated
    ]
    assert silent == []
    assert [id for id, times in answered.items() if times > 1] == []


def check_nothing_went_out_twice(outbound: list[Any], graph: GraphStub) -> None:
    arrivals = Counter(item.callback_data for item in graph.received)
    assert [id for id, times in arrivals.items() if times > 1] == []
    assert {m["id"] for m in outbound} == set(arrivals)
    assert {m["status"] for m in outbound} == {"read"}
    positions = {m["id"]: (m["conversation_id"], m["position"]) for m in outbound}
    latest: dict[str, int] = {}
    for item in graph.received:
        conversation, position = positions[str(item.callback_data)]
        assert position > latest.get(conversation, 0), "a reply overtook an earlier one"
        latest[conversation] = position
