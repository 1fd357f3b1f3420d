"""What differs between two versions is said field by field, and nothing else."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from recado.assistant.content import CharacterContent
from recado.assistant.diff import changes_between, compare
from recado.assistant.policy import HandoverRules
from recado.calendars.week import Holiday

LUNA = CharacterContent(
    name="Luna", prompt="Eres Luna. Hablas poco.", hours={"mon": (("09:00", "18:00"),)}
)


def test_only_fields_that_differ_are_told_with_the_words_that_do() -> None:
    changed = msgspec.structs.replace(
        LUNA,
        prompt="Eres Luna. Hablas mucho.",
        hours={"mon": (("09:00", "14:00"),)},
        holidays=(Holiday("12-25", "Navidad"),),
        handover=HandoverRules(trigger_words=("abogado",)),
    )
    assert changes_between(LUNA, LUNA) == []
    found = {it.field: it for it in changes_between(LUNA, changed)}
    assert list(found) == ["prompt", "hours", "holidays", "handover"]
    assert [(it.kind, it.text) for it in found["prompt"].pieces] == [
        ("same", "Eres Luna. Hablas "),
        ("removed", "poco."),
        ("added", "mucho."),
    ]
    assert found["hours"].pieces[-1].text == "09:00-14:00"
    assert found["holidays"].pieces[-1].text == "12-25 Navidad"
    assert found["handover"].pieces[-1].text == "trigger words: abogado"


def test_all_knowledge_and_none_are_told_apart() -> None:
    (change,) = changes_between(LUNA, msgspec.structs.replace(LUNA, sources=()))
    assert (change.before, change.after) == (None, ())
    assert [(it.kind, it.text) for it in change.pieces] == [("removed", "*")]


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60), st.sampled_from([0, 3000]))
def test_the_pieces_are_both_texts(before: str, after: str, more: int) -> None:
    before, after = "a b\n" * (more // 6) + before, after + " b" * more
    pieces = compare(before, after)
    assert "".join(it.text for it in pieces if it.kind != "added") == before
    assert "".join(it.text for it in pieces if it.kind != "removed") == after
