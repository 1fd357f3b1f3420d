"""Many contacts who write at once, and what must hold of their conversations afterwards.

Their messages come in batched webhooks with duplicates, to any of several addresses, each again
and again until it is accepted, as Meta does. What went out is judged by the Graph API stub.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import aiohttp

from tests.support.graph import GraphStub
from tests.support.payloads import (
    change_of,
    contact_of,
    sign,
    text_message,
    value_of,
    webhook_of,
)
from tests.support.process import Api

QUESTIONS = ("hola, ¿a qué hora abren?", "do you deliver?", "quanto custa o café?", "asdf qwerty")


class Crowd:
    """Contacts in groups; a group's webhooks follow each other, as a provider's would."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        urls: Sequence[str],
        *,
        contacts: int = 100,
        messages_each: int = 20,
        groups: int = 20,
        pause_seconds: tuple[float, float] = (0.5, 6.0),
    ) -> None:
        """`urls` are those of processes with webhooks; each delivery goes to any of them."""
        self._session = session
        self._urls = [f"{url}/webhooks/whatsapp" for url in urls]
        self._random = random.Random(7)
        self._contacts = contacts
        self._messages_each = messages_each
        self._groups = groups
        self._pause_seconds = pause_seconds
        self.said: dict[str, list[str]] = defaultdict(list)
        #: Once set, the rest goes out without pauses.
        self.hurry = asyncio.Event()
        self._sent: list[bytes] = []

    async def send_everything(self) -> None:
        groups = [range(g, self._contacts, self._groups) for g in range(self._groups)]
        await asyncio.gather(*(self._send_group(list(group)) for group in groups))

    async def _send_group(self, contacts: list[int]) -> None:
        waiting = {number: list(range(self._messages_each)) for number in contacts}
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
                await self.deliver(body)
            if self._random.random() < 0.15 and self._sent:
                await self.deliver(self._random.choice(self._sent))
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    self.hurry.wait(), self._random.uniform(*self._pause_seconds)
                )

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
        for number in range(self._contacts):
            await self.say(number, "gracias", id=f"wamid.{number}.last")

    async def say(self, number: int, words: str, *, id: str) -> None:
        message = text_message(words, id=id, sender=phone(number))
        self.said[phone(number)].append(words)
        await self.deliver(
            webhook_of(change_of(value_of([message], contacts=[contact_of(message)])))
        )

    async def deliver(self, body: bytes) -> None:
        """Again and again until it is accepted, as Meta does."""
        while True:
            url = self._random.choice(self._urls)
            try:
                async with self._session.post(url, data=body, headers=sign(body)) as answer:
                    if answer.status == 200:
                        return
                    assert answer.status in {429, 503}, await answer.text()
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            await asyncio.sleep(self._random.uniform(0.05, 0.5))


def phone(number: int) -> str:
    return f"1650555{number:04}"


async def settled(api: Api, graph: GraphStub, *, patience_seconds: float = 120) -> None:
    """Wait until nothing waits: no job, no unknown message, no status on its way.

    Fails when nothing has moved for `patience_seconds`: how long all takes is the machine's."""
    loop = asyncio.get_running_loop()
    before: dict[str, int] = {}
    moved_at, quiet = loop.time(), 0
    # A broker's counts are taken one after the other, and what passes from owner to owner is
    # nobody's for a moment.
    while quiet < 6:
        stats = await api.get("stats")
        left = {name: it["waiting"] + it["leased"] for name, it in stats["queues"].items()}
        left["statuses on their way"] = graph.stats()["statuses_pending"]
        quiet = 0 if any(left.values()) else quiet + 1
        if left != before:
            moved_at, before = loop.time(), left
        assert loop.time() - moved_at < patience_seconds, f"nothing moves: {left}"
        await asyncio.sleep(0.5)


async def check_everything(api: Api, graph: GraphStub, crowd: Crowd) -> None:
    assert (await api.all("dead-letters")) == []
    contacts = {}
    for number in crowd.said:
        page = await api.get("contacts", identity=number)
        contacts[page["items"][0]["id"]] = number
    inbound = await api.all("messages", direction="inbound")
    outbound = await api.all("messages", direction="outbound")
    check_stored_once_and_in_order(inbound, contacts, crowd)
    check_everyone_is_answered_once(inbound, outbound)
    check_nothing_went_out_twice(outbound, graph)


def check_stored_once_and_in_order(
    inbound: list[Any], contacts: dict[str, str], crowd: Crowd
) -> None:
    heard: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for message in inbound:
        heard[contacts[message["contact_id"]]].append((message["position"], message["text"]))
    stored = {who: [words for _, words in sorted(said)] for who, said in heard.items()}
    wrong = [
        f"{who}\n said   {said}\n stored {stored.get(who)}"
        for who, said in crowd.said.items()
        if said != stored.get(who)
    ]
    assert not wrong, "\n".join(wrong)
    assert stored.keys() == crowd.said.keys()


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
    assert Counter(m["status"] for m in outbound) == Counter(read=len(outbound))
    positions = {m["id"]: (m["conversation_id"], m["position"]) for m in outbound}
    doubted = {m["id"] for m in outbound if "unknown" in {step["status"] for step in m["history"]}}
    latest: dict[str, int] = {}
    for item in graph.received:
        conversation, position = positions[str(item.callback_data)]
        if str(item.callback_data) in doubted:  # what nobody could tell of may be passed
            continue
        assert position > latest.get(conversation, 0), "a reply overtook an earlier one"
        latest[conversation] = position
