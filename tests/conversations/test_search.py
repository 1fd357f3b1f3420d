"""A search finds what was said, as a person types it, soon after it was said and not after it was
removed."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from recado.conversations.messages import append_message
from recado.conversations.model import Contact, Conversation, Message
from recado.conversations.queries import list_conversations
from recado.conversations.search.index import (
    MESSAGES,
    SOURCES,
    add_missing,
    find_rows,
    forget_deleted,
    index_some,
)
from recado.conversations.search.words import excerpt, fold, says, words_of
from recado.conversations.views import ConversationView
from recado.media.model import Media
from recado.media.rows import media_row
from recado.store import Store, Tx, open_store
from recado.store.migrate import migrate
from tests.support.conversations import add_conversation, add_line
from tests.support.engines import postgresql_url


def say(tx: Tx, conversation_id: str, words: str) -> None:
    append_message(
        tx, conversation_id, direction="inbound", author="contact", type="text", text=words
    )


async def find(store: Store, search: str, **filters: Any) -> list[ConversationView]:
    page = await store.read(lambda tx: list_conversations(tx, search=search, **filters))
    return list(page.items)


async def index_all(store: Store) -> None:
    def work(tx: Tx) -> None:
        for source in SOURCES:
            # As if the minute in which rows may still come late were over.
            while index_some(tx, source, 7, settled_before=9e9):
                pass

    await store.write(work)


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with AsyncExitStack() as stack:
        url = f"sqlite:///{tmp_path}/recado.db"
        if request.param == "postgresql":
            url = await stack.enter_async_context(postgresql_url())
        store = open_store(url, sync="off")
        stack.push_async_callback(store.close)
        await migrate(store)
        yield store


@pytest.fixture(params=["just said", "indexed"])
async def said(store: Store, request: pytest.FixtureRequest) -> Store:
    def work(tx: Tx) -> None:
        line = add_line(tx)
        lucia = add_conversation(
            tx, line, name="Lucía Núñez", identities=(("phone", "5215512345678"),)
        )
        say(tx, lucia, "Quiero una REFACCIÓN para el camión azul")
        say(tx, lucia, "gracias")
        jose = add_conversation(tx, line, name="Jose\u0301 Pen\u0303a")
        say(tx, jose, "¿Tienen corazo\u0301n de alcachofa? Mi número es 55 9876 5432")
        other = add_conversation(tx, line, name="Zoë 🌷", identities=(("username", "zoe.tulipan"),))
        say(tx, other, "nada más " + "x" * 60_000)

    await store.write(work)
    if request.param == "indexed":
        await index_all(store)
    return store


FINDS: list[tuple[str, set[str]]] = [
    ("refaccion", {"Lucía Núñez"}),
    ("Refacción", {"Lucía Núñez"}),
    (unicodedata.normalize("NFD", "refacción"), {"Lucía Núñez"}),
    ("camion REFACCION", {"Lucía Núñez"}),
    ("refac", {"Lucía Núñez"}),
    ("azul camion", {"Lucía Núñez"}),
    ("gracias azul", set()),
    ("corazón", {"Jose\u0301 Pen\u0303a"}),
    ("CORAZON", {"Jose\u0301 Pen\u0303a"}),
    ("559876", {"Jose\u0301 Pen\u0303a"}),
    ("55 9876 5432", {"Jose\u0301 Pen\u0303a"}),
    ("lucia", {"Lucía Núñez"}),
    ("nunez luc", {"Lucía Núñez"}),
    ("josé", {"Jose\u0301 Pen\u0303a"}),
    ("pena", {"Jose\u0301 Pen\u0303a"}),
    ("ucía", {"Lucía Núñez"}),
    ("551234", {"Lucía Núñez"}),
    ("+52 1 55 1234-5678", {"Lucía Núñez"}),
    ("@zoe.tulipan", {"Zoë 🌷"}),
    ("zoe", {"Zoë 🌷"}),
    ("🌷", {"Zoë 🌷"}),
    ("x" * 60_000, {"Zoë 🌷"}),
    ('"', set()),
    ("' OR 1=1 --", set()),
    ('camion"* azul', {"Lucía Núñez"}),
    ("NEAR(camion azul)", set()),
    ("ornitorrinco", set()),
]


async def test_a_search_finds_words_names_and_numbers(said: Store) -> None:
    for search, found in FINDS:
        names = {item.contact_name for item in await find(said, search)}
        assert names == found, search[:50]


async def test_what_was_found_shows_its_words_and_where_they_stand(said: Store) -> None:
    (item,) = await find(said, "camion")
    assert item.found is not None
    assert item.found.position == 1
    assert [p.text for p in item.found.pieces if p.marked] == ["camión"]
    assert "".join(p.text for p in item.found.pieces) == "Quiero una REFACCIÓN para el camión azul"


async def test_a_search_goes_together_with_a_filter(said: Store) -> None:
    assert len(await find(said, "camion", state="bot")) == 1
    assert await find(said, "camion", state="resolved") == []


async def test_what_was_edited_or_renamed_is_found_by_its_new_words_alone(said: Store) -> None:
    def work(tx: Tx) -> None:
        tx.execute(
            update(Message).where(Message.text.like("%azul")).values(text="mejor una bicicleta")
        )
        tx.execute(update(Contact).where(Contact.name.like("Zo%")).values(name="Otilia"))

    await said.write(work)
    for _ in range(2):
        assert await find(said, "camion") == []
        assert len(await find(said, "bicicleta")) == 1
        assert len(await find(said, "otilia")) == 1
        await index_all(said)


async def test_what_was_removed_is_not_found_and_its_words_are_gone(said: Store) -> None:
    await index_all(said)

    def remove(tx: Tx) -> None:
        tx.execute(delete(Message))
        tx.execute(delete(Contact))

    def rest(tx: Tx) -> list[Any]:
        while forget_deleted(tx):
            pass
        words = [tx.all(text(f"SELECT * FROM {s.index}")) for s in SOURCES]  # noqa: S608
        waiting = tx.all(text("SELECT * FROM search_again"))
        return [*words[0], *words[1], *waiting]

    await said.write(remove)
    assert await find(said, "camion") == []
    assert await said.write(rest) == []


async def test_the_index_says_what_the_messages_say_whatever_happened_to_them(
    store: Store,
) -> None:
    """Random histories: what a search finds through the index is what reading all of it finds."""
    chance = random.Random(22)
    vocabulary = ["Camión", "azul", "CAFÉ", "mañana", "corazo\u0301n", "55 1234 5678", "ñandú", ""]

    def words() -> str:
        return " ".join(chance.choices(vocabulary, k=3)).strip()

    conversation = await store.write(lambda tx: add_conversation(tx, add_line(tx)))

    def step(tx: Tx) -> None:
        ids = [row.id for row in tx.all(select(Message.id))]
        what = chance.random()
        if what < 0.5 or not ids:
            say(tx, conversation, words())
        elif what < 0.65:
            tx.execute(delete(Message).where(Message.id == chance.choice(ids)))
        elif what < 0.7:
            tx.execute(delete(Message).where(Message.id == max(ids)))
        elif what < 0.85:
            tx.execute(update(Message).where(Message.id == chance.choice(ids)).values(text=words()))
        else:
            index_some(tx, MESSAGES, chance.randint(1, 5), settled_before=9e9)

    def check(tx: Tx) -> None:
        rows = tx.all(select(Message.id, Message.text))
        for asked in (
            ["camion"],
            ["cafe", "azul"],
            ["man"],
            ["corazon"],
            ["5512345678"],
            ["nandu"],
        ):
            expected = {row.id for row in rows if says(row.text, asked)}
            assert set(find_rows(tx, MESSAGES, asked, 1_000)) == expected, asked

    for _ in range(150):
        await store.write(step)
        await store.read(check)


async def test_rows_that_came_in_behind_the_index_are_added_by_the_repair(store: Store) -> None:
    if store.dialect != "postgresql":
        pytest.skip("on SQLite rows come in their order: one process writes at a time")

    def work(tx: Tx) -> int:
        say(tx, add_conversation(tx, add_line(tx)), "camión")
        tx.execute(text("INSERT INTO search_progress VALUES ('message', 'ffff')"))
        return add_missing(tx, MESSAGES, 0.0, 100)

    assert await store.write(work) == 1
    assert len(await find(store, "camion")) == 1


def test_words_are_folded_alike_however_they_are_composed() -> None:
    for word in ("Ñandú", "CORAÇÃO", "Über", "Ångström", "São", "İstanbul", "Привет", "한국어"):
        forms = {fold(unicodedata.normalize(form, word)) for form in ("NFC", "NFD")}
        assert len(forms) == 1, word
    assert fold("ÁÉÍÓÚÜÑÇÃÕ") == "aeiouuncao"
    assert "5512345678" in words_of("llama al (55) 1234-5678.")


def test_an_excerpt_marks_what_was_found_and_keeps_the_words_as_they_were_written() -> None:
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, "a " * 100 + "el camión Azul, con café " + "b " * 100)
        pieces = excerpt(text, ["camion", "caf"])
        marked = [unicodedata.normalize("NFC", piece.text) for piece in pieces if piece.marked]
        assert marked == ["camión", "café"]
        assert "".join(piece.text for piece in pieces).strip("…") in text
    assert "".join(piece.text for piece in excerpt("nada", ["camion"])) == "nada"


async def test_a_conversation_that_was_removed_is_not_found(said: Store) -> None:
    await said.write(lambda tx: tx.execute(update(Conversation).values(deleted_at=1.0)))
    assert await find(said, "camion") == []


def send_file(tx: Tx, conversation_id: str, read: str, shows: str = "") -> str:
    """A photo without a caption, in which this was read."""
    message = append_message(
        tx, conversation_id, direction="inbound", author="contact", type="image", text=""
    )
    row = media_row(message["line_id"], direction="inbound", message_id=message["id"])
    tx.execute(insert(Media), row)
    values = {"text": read, "description": shows, "reading": "done"}
    tx.execute(update(Media).where(Media.id == row["id"]).values(**values))
    return str(row["id"])


@pytest.mark.parametrize("is_indexed", [False, True])
async def test_words_in_pictures_and_documents_are_found_and_shown(
    store: Store, *, is_indexed: bool
) -> None:
    def work(tx: Tx) -> tuple[str, str]:
        line = add_line(tx)
        first, other = add_conversation(tx, line), add_conversation(tx, line)
        send_file(tx, first, "Factura B\nTOTAL $ 5.203,00", "A bill of a café.")
        send_file(tx, other, "Lista de precios")
        return first, other

    first, _ = await store.write(work)
    if is_indexed:
        await index_all(store)
    (found,) = await find(store, "factura total")
    assert found.id == first
    assert found.found is not None
    assert [it.text for it in found.found.pieces if it.marked] == ["Factura", "TOTAL"]
    assert [it.id for it in await find(store, "cafe")] == [first]


async def test_what_was_read_of_a_file_is_not_found_when_the_file_is_gone(store: Store) -> None:
    def work(tx: Tx) -> None:
        send_file(tx, add_conversation(tx, add_line(tx)), "Pasaporte AB123")

    await store.write(work)
    await index_all(store)
    assert await find(store, "pasaporte")
    await store.write(lambda tx: tx.execute(delete(Media)))
    assert not await find(store, "pasaporte")
    await index_all(store)
    count = text("SELECT count(*) FROM media_search")
    assert await store.read(lambda tx: tx.scalar(count)) == 0
