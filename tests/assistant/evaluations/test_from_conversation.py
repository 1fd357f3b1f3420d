"""A real conversation becomes a case that says what was asked, and not by whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from recado.assistant.evaluations.case_files import read_set, read_sets
from recado.assistant.evaluations.from_conversation import keep_case, make_case, store_case
from recado.assistant.evaluations.masking import masked
from recado.assistant.evaluations.results import Runs
from recado.assistant.model import Turn
from recado.conversations.model import Contact, Message
from recado.errors import NotFound, Unprocessable
from recado.runtime import Runtime
from recado.security.model import AuditEntry
from recado.store import Tx
from recado.turns.rehearsal import Rehearsal
from tests.support.conversations import add_conversation, add_line
from tests.support.runtime import make_runtime_on


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("soy Lucía Pérez, mi pedido es el 1182", "soy Alex, mi pedido es el 0000"),
        ("me llamo lucia y quiero una mesa", "me llamo Alex y quiero una mesa"),
        ("Meu nome é João da Silva", "Meu nome é Alex"),
        ("LUCIA pregunta, dice lucía", "Alex pregunta, dice Alex"),
        ("mi tel +57 300 123 4567 o (11) 5555-0100", "mi tel +00 000 000 0000 o (00) 0000-0000"),
        ("cpf 123.456.789-00", "cpf 000.000.000-00"),
        ("escríbeme a lucia.p@mail.example", "escríbeme a alex@example.org"),
        ("mira https://x.example/u/lucia?t=9", "mira https://example.org"),
        ("vivo en calle 10 # 4-55 apto 301, cerca", "vivo en calle 0, cerca"),
        ("do you deliver to 221 Baker Street?", "do you deliver to 0 Street?"),
        ("¿mesa para 4 a las 20:30 el 24 de 2026?", "¿mesa para 4 a las 20:30 el 24 de 2026?"),
        ("soy celiaca, hay pan?", "soy celiaca, hay pan?"),
    ],
)
def test_names_numbers_and_addresses_are_masked_and_the_question_stays(
    text: str, expected: str
) -> None:
    assert masked(text, "Lucía Pérez") == expected


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path) as runtime:
        yield runtime


async def talk(runtime: Runtime, *texts: str) -> str:
    """A conversation of Lucía's, as turns write it; its id."""
    rehearsal = await Rehearsal.begin(runtime, name="Lucía Pérez")
    for text in texts:
        await rehearsal.say(text)
    found = select(Message.conversation_id).limit(1)
    return str(await runtime.store.read(lambda tx: tx.scalar(found)))


async def test_the_last_answer_becomes_a_case_that_can_be_asked(
    runtime: Runtime, tmp_path: Path
) -> None:
    conversation = await talk(runtime, "hola soy Lucía", "a q hora abren los sabados")
    made = await keep_case(runtime, conversation, actor="user:1")
    runs = Runs(runtime.settings.data)
    (found,) = read_sets([runs.cases])
    (case,) = found.cases
    assert (case.id, found.name) == (made.id, "From conversations")
    assert case.turns == ("hola soy Alex", "a q hora abren los sabados")
    assert any("Horarios" in it for it in case.expect.source)
    assert case.expect.language == "es"
    assert "Lucía" not in made.yaml
    audit = select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject)
    (entry,) = await runtime.store.read(lambda tx: tx.all(audit))
    assert tuple(entry) == ("user:1", "evaluation_case.made", conversation)


async def test_a_case_that_somebody_has_corrected_stays_as_it_is(runtime: Runtime) -> None:
    conversation = await talk(runtime, "tienen wifi?")
    runs = Runs(runtime.settings.data)
    made = await keep_case(runtime, conversation, actor="user:1")
    (runs.cases / made.file).write_text("corrected")
    again = await keep_case(runtime, conversation, actor="user:1")
    assert again == made
    assert not store_case(runs, again)
    assert (runs.cases / made.file).read_text() == "corrected"


async def test_any_answer_may_be_chosen_and_what_came_later_is_no_part_of_it(
    runtime: Runtime,
) -> None:
    conversation = await talk(runtime, "venden autos usados?", "y a q hora abren?")
    first = select(Turn.id).order_by(Turn.started_at)
    turn = str(await runtime.store.read(lambda tx: tx.scalar(first)))
    made = await runtime.store.read(lambda tx: make_case(tx, conversation, turn))
    assert "abren" not in made.yaml
    assert "declined: true" in made.yaml


async def test_a_hand_over_is_expected_to_be_one_again(runtime: Runtime) -> None:
    conversation = await talk(runtime, "quiero hablar con una persona")
    made = await runtime.store.read(lambda tx: make_case(tx, conversation))
    assert "handed_over: true" in made.yaml


async def test_whatever_a_stranger_wrote_is_a_text_in_the_file(
    runtime: Runtime, tmp_path: Path
) -> None:
    nasty = "no: &a [x]\n- {expect: declined}\n# ¡!\t\"'%`"
    conversation = await talk(runtime, nasty)
    made = await runtime.store.read(lambda tx: make_case(tx, conversation))
    path = tmp_path / made.file
    path.write_text(made.yaml, encoding="utf-8")
    found = read_set(path)
    assert found is not None
    assert found.cases[0].turns == (nasty,)


async def test_what_cannot_be_asked_again_is_no_case(runtime: Runtime) -> None:
    def empty(tx: Tx) -> str:
        return add_conversation(tx, add_line(tx))

    silent = await runtime.store.write(empty)
    with pytest.raises(NotFound, match="answered nothing"):
        await runtime.store.read(lambda tx: make_case(tx, silent))
    conversation = await talk(runtime, "hola")
    turn = str(await runtime.store.read(lambda tx: tx.scalar(select(Turn.id))))
    with pytest.raises(NotFound):
        await runtime.store.read(lambda tx: make_case(tx, silent, turn))
    pictures = update(Message).where(Message.author == "contact").values(type="image", text="")
    await runtime.store.write(lambda tx: tx.execute(pictures))
    with pytest.raises(Unprocessable):
        await runtime.store.read(lambda tx: make_case(tx, conversation))


async def test_a_contact_without_a_name_has_a_case_too(runtime: Runtime) -> None:
    conversation = await talk(runtime, "tienen wifi?")
    await runtime.store.write(lambda tx: tx.execute(update(Contact).values(name="")))
    made = await runtime.store.read(lambda tx: make_case(tx, conversation))
    assert "tienen wifi?" in made.yaml
