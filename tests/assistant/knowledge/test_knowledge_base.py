"""What an operator can count on when teaching: on both engines, in memory and in the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from recado.assistant.knowledge import ANSWERS, KnowledgeBase
from recado.errors import BadRequest, NotFound, TooLarge, Unprocessable
from recado.store import Store
from tests.support.waiting import until

FAQ = "question,answer\n¿Reparan bicicletas?,Sí: una puesta a punto cuesta 35 €.\n"
LONGER = FAQ + "¿Alquilan patines?,Sí: 8 € la hora con casco incluido.\n"


async def test_a_file_answers_right_after_it_was_added(any_store: Store) -> None:
    knowledge = KnowledgeBase(any_store)
    assert await knowledge.search("reparan bicicletas?", "es") == []
    added = await knowledge.add("faq.csv", FAQ.encode())
    assert (added.outcome, added.passage_count, added.language) == ("added", 1, "es")
    (hit,) = await knowledge.search("reparan bicis? digo, bicicletas", "es")
    assert hit.text == "Sí: una puesta a punto cuesta 35 €."
    assert hit.source_name == "faq.csv"
    assert hit.score >= ANSWERS


async def test_a_file_of_the_same_name_takes_the_place_of_the_old(any_store: Store) -> None:
    knowledge = KnowledgeBase(any_store)
    first = await knowledge.add("faq.csv", LONGER.encode())
    await knowledge.search("alquilan patines", "es")
    second = await knowledge.add("faq.csv", FAQ.encode())
    assert (second.outcome, second.id) == ("replaced", first.id)
    assert second.created_at == first.created_at
    assert [source.passage_count for source in await knowledge.list()] == [1]
    hits = await knowledge.search("alquilan patines", "es")
    assert not hits or hits[0].score < ANSWERS


async def test_the_same_content_is_learnt_once(any_store: Store) -> None:
    knowledge = KnowledgeBase(any_store)
    first = await knowledge.add("faq.csv", FAQ.encode())
    again = await knowledge.add("faq.csv", FAQ.encode())
    other = await knowledge.add("copy.csv", FAQ.encode())
    assert (again.outcome, again.id) == ("unchanged", first.id)
    assert (other.outcome, other.id) == ("unchanged", first.id)
    assert "faq.csv" in other.note
    assert (await knowledge.add("faq.csv", FAQ.encode(), force=True)).outcome == "replaced"
    assert len(await knowledge.list()) == 1


async def test_what_is_removed_answers_no_more(any_store: Store) -> None:
    knowledge = KnowledgeBase(any_store)
    added = await knowledge.add("faq.csv", FAQ.encode())
    assert await knowledge.search("bicicletas", "es")
    assert (await knowledge.remove(added.id)).name == "faq.csv"
    assert await knowledge.search("bicicletas", "es") == []
    assert await knowledge.list() == []
    with pytest.raises(NotFound):
        await knowledge.remove(added.id)


async def test_what_another_process_teaches_is_seen(any_store: Store) -> None:
    here, there = KnowledgeBase(any_store), KnowledgeBase(any_store)
    assert await here.search("bicicletas", "es") == []
    await there.add("faq.csv", FAQ.encode())
    await until(lambda: here.search("bicicletas", "es"))


async def test_memory_and_database_give_the_same_answer(any_store: Store) -> None:
    in_memory = KnowledgeBase(any_store)
    await in_memory.ensure_sample()
    in_database = KnowledgeBase(any_store, memory_passages=0)
    for question, language in [
        ("hola, ¿a qué hora abren?", "es"),
        ("cuanto cuesta un capuchino", "es"),
        ("hacen emvios a Monteverde", "es"),
        ("tienen algo sin gluten? soy celiaca", "es"),
        ("qto ta o pao de centeio", "pt"),
        ("vcs entregam em Las Salinas?", "pt"),
        ("can i pay cash on delivery", "en"),
        ("whats the wifi pasword", "en"),
        ("who is the president of brazil", "en"),
        ("\"; DROP TABLE passage; -- ' | & ! :* horario", "es"),
    ]:
        ours = await in_memory.search(question, language, limit=1)
        theirs = await in_database.search(question, language, limit=1)
        assert [(h.passage_id, h.score) for h in ours] == [(h.passage_id, h.score) for h in theirs]


async def test_the_sample_is_there_until_the_operator_teaches(any_store: Store) -> None:
    knowledge = KnowledgeBase(any_store)
    assert await knowledge.ensure_sample()
    assert not await knowledge.ensure_sample()
    assert [source.sample for source in await knowledge.list()] == [True, True, True]
    added = await knowledge.add("faq.csv", FAQ.encode())
    assert "sample" in added.note
    assert [source.name for source in await knowledge.list()] == ["faq.csv"]
    await knowledge.remove(added.id)
    assert not await knowledge.ensure_sample()
    assert await knowledge.list() == []


async def test_two_processes_load_the_sample_once(any_store: Store) -> None:
    done = await asyncio.gather(*(KnowledgeBase(any_store).ensure_sample() for _ in range(4)))
    assert sum(done) == 1
    assert len(await KnowledgeBase(any_store).list()) == 3


async def test_an_installation_with_knowledge_gets_no_sample(any_store: Store) -> None:
    knowledge = KnowledgeBase(any_store)
    await knowledge.add("faq.csv", FAQ.encode())
    assert not await knowledge.ensure_sample()


async def test_a_search_stays_within_the_sources_of_a_character(any_store: Store) -> None:
    for most in (2000, 0):
        knowledge = KnowledgeBase(any_store, memory_passages=most)
        shop = await knowledge.add("shop.csv", FAQ.encode())
        await knowledge.add("rent.csv", b"question,answer\nAlquilan bicicletas?,Si: 20 al dia.\n")
        for sources in ([shop.id], ["shop.csv"]):
            hits = await knowledge.search("bicicletas", "es", sources=sources)
            assert {hit.source_name for hit in hits} == {"shop.csv"}
        assert await knowledge.search("bicicletas", "es", sources=[]) == []
        assert len(await knowledge.search("bicicletas", "es")) == 2


async def test_files_and_folders_are_added_by_path(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    (folder / "more").mkdir(parents=True)
    (folder / "faq.csv").write_text(FAQ)
    (folder / "more" / "shop.md").write_text("# Tienda\n\n## Horario\nAbrimos a las diez.\n")
    (folder / "notes.xyz").write_text("not knowledge")
    knowledge = KnowledgeBase(store)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    (folder / "prices.xlsx").write_bytes(b"PK")
    (folder / ".hidden.md").write_text("nobody's")
    missing = tmp_path / "no-such-file.md"
    learnt = [it async for it in knowledge.add_paths([folder, missing, folder / "faq.csv"])]
    assert [it.name for it in learnt if it.source] == ["faq.csv", "more/shop.md"]
    problems = {Path(it.name).name: (it.problem, it.meant) for it in learnt if it.problem}
    assert "damaged" in problems["broken.pdf"][0]
    assert "no .xlsx" in problems["prices.xlsx"][0]
    assert "no file" in problems["no-such-file.md"][0]
    assert [name for name, (_, meant) in problems.items() if not meant] == ["notes.xyz"]


async def test_files_of_one_name_in_two_folders_are_two(store: Store, tmp_path: Path) -> None:
    for place in ("north", "south"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "hours.md").write_text(f"## Horario\nAbrimos en {place}.")
    knowledge = KnowledgeBase(store)
    paths = [tmp_path / "north" / "hours.md", tmp_path / "south" / "hours.md"]
    names = [it.name async for it in knowledge.add_paths(paths)]
    assert names == ["hours.md", "south/hours.md"]
    assert len(await knowledge.list()) == 2


async def test_adding_tells_what_a_file_held_and_what_was_left_out(store: Store) -> None:
    knowledge = KnowledgeBase(store)
    page = "<title>Sitio</title><nav>Inicio</nav><h1>Hola</h1><p>Uno.</p>"
    view = await knowledge.add("a.html", page.encode())
    assert view.counts == {"line": 2}
    assert [left.what for left in view.left_out] == ["“Sitio”", "“Inicio”"]
    sheet = await knowledge.add("a.csv", b"Producto,Precio\nCasco,45\nTimbre,9\n")
    assert (sheet.counts, sheet.passage_count) == ({"row": 3}, 2)
    assert [it.counts for it in await knowledge.list()] == [{"row": 3}, {"line": 2}]


@pytest.mark.parametrize(
    ("name", "data", "error", "says"),
    [
        ("sheet.xls", b"\xd0\xcf", BadRequest, "xlsx"),
        ("sheet.xlsx", b"PK", Unprocessable, "no .xlsx"),
        ("letter.doc", b"\xd0\xcf", BadRequest, "docx"),
        ("photo.gif", b"GIF89a", BadRequest, ".pdf"),
        ("empty.md", b" \n", Unprocessable, "empty"),
        ("big.txt", b"a" * (20 * 1024 * 1024 + 1), TooLarge, "20 MB"),
        ("binary.txt", b"ab\x00\x01", Unprocessable, "not text"),
        ("", b"text", BadRequest, "name"),
    ],
)
async def test_a_file_that_cannot_be_read_says_what_to_do(
    store: Store, name: str, data: bytes, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        await KnowledgeBase(store).add(name, data)
    assert await KnowledgeBase(store).list() == []
