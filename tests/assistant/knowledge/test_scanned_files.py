"""A scan that somebody teaches is known by its words, where there is someone to read them."""

from __future__ import annotations

import pytest

from recado.assistant.knowledge.base import KnowledgeBase
from recado.errors import FileRefused, ReadingFailed, Unprocessable
from recado.media.reading.papers.scans import ScanReader
from recado.store import Store
from tests.support.papers import TERMS_PT, Eyes, joined, pdf_of, scan_of

PRICES = ["Lista de preços", "O capacete infantil custa R$ 45,00."]


def scan(pages: int = 1) -> bytes:
    return scan_of(pdf_of(*[["página"]] * pages), dpi=40)


async def test_what_a_scan_says_answers_questions(store: Store) -> None:
    knowledge = KnowledgeBase(store, scans=ScanReader(Eyes("\n".join(TERMS_PT))))
    added = await knowledge.add("condicoes.pdf", scan())
    assert added.counts == {"page": 1}
    assert added.left_out == ()
    (hit, *_) = await knowledge.search("qual é o endereço?", "pt")
    assert "Rua das Flores" in hit.text
    await knowledge.close()


async def test_of_a_mixed_file_all_pages_are_known_in_their_order(store: Store) -> None:
    knowledge = KnowledgeBase(store, scans=ScanReader(Eyes("\n".join(TERMS_PT))))
    await knowledge.add("tudo.pdf", joined(pdf_of(PRICES), scan()))
    for question, words in (("quanto custa o capacete?", "45,00"), ("devolução", "14 dias")):
        (hit, *_) = await knowledge.search(question, "pt")
        assert words in hit.text
    await knowledge.close()


async def test_pages_that_were_not_read_are_told(store: Store) -> None:
    eyes = Eyes("\n".join(TERMS_PT), FileRefused("No."))
    knowledge = KnowledgeBase(store, scans=ScanReader(eyes))
    added = await knowledge.add("condicoes.pdf", scan(2))
    (note,) = added.left_out
    assert note.reason == "Left out, as pages that are pictures and were not read"
    assert note.what == "2"
    await knowledge.close()


async def test_without_anyone_to_read_it_a_scan_is_refused_with_what_to_do(store: Store) -> None:
    knowledge = KnowledgeBase(store)
    with pytest.raises(Unprocessable, match="Run text recognition"):
        await knowledge.add("condicoes.pdf", scan())
    blank = KnowledgeBase(store, scans=ScanReader(Eyes("")))
    with pytest.raises(Unprocessable, match="Run text recognition"):
        await blank.add("condicoes.pdf", scan())
    away = KnowledgeBase(store, scans=ScanReader(Eyes(ReadingFailed("It is away."))))
    learnt = await away.try_adding("condicoes.pdf", scan())
    assert learnt.problem == "Its pages cannot be read now: It is away."
    await knowledge.close()
