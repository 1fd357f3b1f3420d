"""What a turn is told of what was said before."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from recado.assistant.models.summary import MAX_CHARS, summarise_by_extraction
from recado.assistant.port import ContextMessage
from recado.conversations.messages import append_message
from recado.conversations.model import Message
from recado.conversations.summaries.keeping import keep_summary, next_piece, read_summary
from recado.language.reading import estimate_tokens
from recado.store import Store, Tx, open_store
from recado.store.migrate import migrate
from recado.turns.context import ContextReader
from recado.turns.sessions import InProcessSessions, Session, prune
from tests.support.conversations import add_conversation, add_line
from tests.support.engines import postgresql_url


class Chat:
    """A conversation in the store, and what its context reads like."""

    def __init__(self, store: Store, conversation_id: str) -> None:
        self.store = store
        self.id = conversation_id
        self.count = 0
        self.language = "es"

    async def say(self, text: str, *, author: str = "contact", **values: Any) -> int:
        direction = "inbound" if author == "contact" else "outbound"
        values = {"type": "text", "text": text, **values}
        row = await self.store.write(
            lambda tx: append_message(tx, self.id, direction=direction, author=author, **values)
        )
        self.count = int(row["position"])
        return self.count

    async def talk(self, times: int, text: str = "pregunta {n}") -> None:
        for n in range(times):
            await self.say(text.format(n=n))
            await self.say(f"respuesta {n}", author="assistant")

    async def load(self, reader: ContextReader, before: int = 0) -> list[tuple[str, str]]:
        loaded = await self.history(reader, before or self.count + 1)
        return [(message.role, message.content) for message in loaded]

    async def history(self, reader: ContextReader, before: int) -> list[ContextMessage]:
        kept = await reader.recall(self.id)
        session = await self.store.read(
            lambda tx: reader.read(tx, self.id, kept, before_position=before, version=self.count)
        )
        return await reader.history(self.id, session, before, self.language)

    async def summarise(self, text: str, *, to: int) -> None:
        """As the job does it, behind the turn."""

        def work(tx: Tx) -> bool:
            base = read_summary(tx, self.id)
            piece = next_piece(tx, self.id, base, to=to, most=100)
            return keep_summary(tx, base, piece, text, language="es", model="a model")

        assert await self.store.write(work)

    async def is_due(self, reader: ContextReader) -> int:
        kept = await reader.recall(self.id)
        before = self.count + 1
        session = await self.store.read(
            lambda tx: reader.read(tx, self.id, kept, before_position=before, version=self.count)
        )
        return reader.to_summarise(session, before)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def chat(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Chat]:
    async def start(url: str) -> tuple[Store, Chat]:
        store = open_store(url, sync="off")
        await migrate(store)
        line_id = await store.write(add_line)
        return store, Chat(store, await store.write(lambda tx: add_conversation(tx, line_id)))

    if request.param == "sqlite":
        store, started = await start(f"sqlite:///{tmp_path}/recado.db")
        yield started
        await store.close()
        return
    async with postgresql_url() as url:
        store, started = await start(url)
        yield started
        await store.close()


async def test_the_newest_messages_before_the_burst_oldest_first(chat: Chat) -> None:
    await chat.talk(3)
    first = await chat.say("y ahora")
    await chat.say("otra cosa")
    loaded = await chat.load(ContextReader(), before=first)
    assert loaded[0] == ("user", "pregunta 0")
    assert loaded[-1] == ("assistant", "respuesta 2")
    assert len(loaded) == 6


async def test_a_new_conversation_has_no_history(chat: Chat) -> None:
    await chat.say("hola")
    assert await chat.load(ContextReader(), before=1) == []


async def test_who_said_what_is_kept_apart(chat: Chat) -> None:
    await chat.say("hola")
    await chat.say("Soy Luis", author="agent")
    await chat.say("", type="image")
    await chat.say("👍", type="reaction")
    await chat.say("esto no salió", author="assistant", status="failed")
    assert await chat.load(ContextReader()) == [
        ("user", "hola"),
        ("agent", "Soy Luis"),
        ("user", "[image]"),
    ]


async def test_a_following_turn_is_served_from_the_session(chat: Chat) -> None:
    reader = ContextReader()
    await chat.talk(2)
    assert len(await chat.load(reader)) == 4
    await chat.talk(1, "otra {n}")
    assert (await chat.load(reader))[-2:] == [("user", "otra 0"), ("assistant", "respuesta 0")]
    assert (reader.hits, reader.misses, reader.active_sessions) == (1, 1, 1)


async def test_what_the_cache_gets_wrong_is_read_again(chat: Chat) -> None:
    cache = InProcessSessions()
    reader = ContextReader(cache)
    await chat.talk(2)
    never_written = (5, ContextMessage("user", "never written", 0.0))
    await cache.put(chat.id, Session(1, 5, (never_written,), "", 0))
    assert "never written" not in str(await chat.load(reader))
    assert len(await chat.load(reader)) == 4


async def test_text_that_comes_to_a_photo_later_is_seen(chat: Chat) -> None:
    reader = ContextReader()
    position = await chat.say("", type="image")
    assert await chat.load(reader) == [("user", "[image]")]
    await chat.store.write(
        lambda tx: tx.execute(
            update(Message).where(Message.position == position).values(text="Foto de un pan")
        )
    )
    assert await chat.load(reader) == [("user", "Foto de un pan")]


async def test_the_summary_leads_what_was_said_since(chat: Chat) -> None:
    await chat.talk(15)
    await chat.summarise("de qué iba", to=18)
    loaded = await chat.load(ContextReader())
    assert loaded[0] == ("system", "de qué iba")
    assert loaded[1:3] == [("user", "pregunta 9"), ("assistant", "respuesta 9")]
    assert len(loaded) == 13


async def test_no_message_is_missing_while_nobody_extends_the_summary(chat: Chat) -> None:
    """The job may be late, or the process that does it away."""
    reader = ContextReader()
    for number in range(34):
        await chat.talk(1, f"pregunta número {number}")
        said = [text for _, text in await chat.load(reader)]
        assert [it for it in said if it.startswith("preg")] == [
            f"pregunta número {n}" for n in range(number + 1)
        ]


async def test_it_is_time_for_a_summary_once_ten_older_messages_wait(chat: Chat) -> None:
    reader = ContextReader()
    await chat.talk(9)
    assert await chat.is_due(reader) == 0
    await chat.talk(1)
    assert await chat.is_due(reader) == 10
    await chat.summarise("de qué iba", to=10)
    await reader.forget(chat.id)
    assert await chat.is_due(reader) == 0
    await chat.talk(5)
    assert await chat.is_due(reader) == 20


async def test_another_machines_summary_is_seen_before_a_message_is_missed(chat: Chat) -> None:
    """What this one remembers ends where its summary began."""
    here = ContextReader()
    await chat.talk(10)
    await chat.load(here)
    await chat.summarise("de otra máquina", to=10)
    for number in range(10, 30):
        await chat.talk(1, f"pregunta {number} {{n}}")
        loaded = await chat.load(here)
        whole = "".join(f"{role} {text}," for role, text in loaded)
        assert "de otra máquina" in whole or "pregunta 0" in whole
        assert f"pregunta {number - 9}" in whole


async def test_what_was_said_between_is_summarised_for_the_turn_where_it_is_too_long(
    chat: Chat,
) -> None:
    await chat.say("me llamo Marta y quiero una tarta para el 14 de mayo")
    await chat.say("respuesta", author="assistant")
    await chat.talk(8, "una historia muy larga {n} " * 60)
    loaded = await chat.load(ContextReader())
    assert loaded[0][0] == "system"
    assert "Marta" in loaded[0][1]
    assert "14 de mayo" in loaded[0][1]


async def test_long_messages_are_pruned_to_the_budget(chat: Chat) -> None:
    reader = ContextReader()
    await chat.talk(5, "una historia muy larga {n} " * 120)
    loaded = await chat.history(reader, chat.count + 1)
    assert sum(estimate_tokens(m.content) for m in loaded) <= 2100
    assert reader.prunings == 1
    assert any(m.content == "respuesta 4" for m in loaded)


async def test_sessions_end_with_their_time_and_their_number() -> None:
    moment = [0.0]
    cache = InProcessSessions(most=2, seconds=60, clock=lambda: moment[0])
    session = Session(1, 0, (), "", 0)
    for name in ("a", "b", "c"):
        await cache.put(name, session)
    assert await cache.get("a") is None
    assert await cache.get("b") is session
    moment[0] = 61
    assert cache.active() == 0
    assert await cache.get("b") is None


def messages(*texts: str) -> list[ContextMessage]:
    return [
        ContextMessage("assistant" if at % 2 else "user", text, float(at))
        for at, text in enumerate(texts)
    ]


def test_pruning_keeps_the_last_five_interactions() -> None:
    said = messages(*(f"{n} " + "palabra " * 60 for n in range(20)))
    pruned = prune(said, 1500)
    assert pruned.to_summarise == tuple(said[:10])
    assert [m.content.split()[0] for m in pruned.kept] == [str(n) for n in range(10, 20)]
    assert prune(said[:3], 1500) == prune(said[:3], 10_000)


@given(
    st.lists(st.text(max_size=4000), max_size=12),
    st.integers(min_value=1000, max_value=3000),
)
def test_a_budget_holds_and_no_message_is_lost(texts: list[str], budget: int) -> None:
    said = messages(*texts)
    pruned = prune(said, budget)
    assert len(pruned.kept) + len(pruned.to_summarise) == len(said)
    # Each message costs a little beside its text, and a shortened one a few tokens of grace.
    assert sum(estimate_tokens(m.content) for m in pruned.kept) <= budget + 16 * len(texts)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("", 0, 0), ("word " * 100, 100, 150), ("año " * 100, 100, 180), ("你好" * 100, 80, 220)],
)
def test_tokens_are_estimated_well_enough(text: str, least: int, most: int) -> None:
    assert least <= estimate_tokens(text) <= most


def test_a_summary_holds_what_the_next_person_needs() -> None:
    said = messages(
        "hola",
        "¡Hola!",
        "me llamo Marta Ruiz, mi pedido 48213 no llegó",
        "Lo reviso.",
        "pagué 35,50 € el 12/05, mi correo es marta@example.com",
        "Gracias.",
        "¿me devuelven el dinero?",
        "Lo consulto con el equipo.",
    )
    summary = summarise_by_extraction(said, "es")
    for fact in ("Marta Ruiz", "pedido 48213", "35,50 €", "12/05", "marta@example.com"):
        assert fact in summary
    assert "devuelven el dinero" in summary
    assert len(summary) <= MAX_CHARS
    assert summarise_by_extraction([], "es") == ""


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_what_was_asked_first_and_its_facts_outlive_many_summaries(language: str) -> None:
    first = messages("me llamo Marta y quiero una tarta para el 14 de mayo", "Claro.")
    summary = summarise_by_extraction(first, language)
    for number in range(30):
        later = messages(f"¿y a qué hora abren? Pedido {1000 + number}", "A las ocho.")
        summary = summarise_by_extraction(
            [ContextMessage("system", summary, 0.0), *later], language
        )
    assert "quiero una tarta" in summary
    assert "Marta, 14 de mayo, " in summary
    assert "Pedido 1029" in summary
    assert len(re.findall("Antes: |Before: ", summary)) == 1


@given(st.lists(st.text(max_size=600), max_size=20), st.sampled_from(["es", "pt", "en", "fr"]))
def test_any_conversation_can_be_summarised(texts: list[str], language: str) -> None:
    assert len(summarise_by_extraction(messages(*texts), language)) <= MAX_CHARS
