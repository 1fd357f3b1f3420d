"""A file of cases says what it means, and what is wrong with it is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from recado.assistant.evaluations.case_files import read_set, read_sets
from recado.assistant.evaluations.cases import CaseSet
from recado.errors import NotFound, Unprocessable

GYM = """\
name: Gym Vértice
knowledge: [vertice.md, precios.csv]
character: default
cases:
  - id: hours
    ask: "a q hora abren"
    expect:
      source: Horarios
      contains: ["8"]
      language: es
  - id: pool
    note: they ask for it every week
    turns: [hola, "tienen piscina?"]
    expect: {declined: true, seconds: 2, cost: 0.01}
"""


def written(folder: Path, text: str, name: str = "gym.yaml") -> Path:
    (folder / "vertice.md").write_text("# Horarios\n\nDe 8 a 20.\n")
    (folder / "precios.csv").write_text("plan,precio\nmes,30\n")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> CaseSet:
    found = read_set(written(folder, text))
    assert found is not None
    return found


def refused(folder: Path, text: str) -> str:
    with pytest.raises(Unprocessable) as told:
        read_set(written(folder, text))
    return told.value.detail


def test_a_set_is_read_with_its_knowledge_beside_it(tmp_path: Path) -> None:
    gym = read(tmp_path, GYM)
    assert gym.name == "Gym Vértice"
    assert gym.knowledge == (tmp_path / "vertice.md", tmp_path / "precios.csv")
    assert gym.character == ""  # the default one
    hours, pool = gym.cases
    assert hours.turns == ("a q hora abren",)
    assert (hours.expect.source, hours.expect.contains) == (("Horarios",), ("8",))
    assert hours.expect.language == "es"
    assert hours.expect.is_answerable
    assert pool.turns == ("hola", "tienen piscina?")
    assert pool.expect.declined is True
    assert (pool.expect.seconds, pool.expect.cost) == (2.0, 0.01)
    assert not pool.expect.is_answerable


def test_words_are_taken_as_they_stand_there(tmp_path: Path) -> None:
    # For YAML alone, these are a false, a number of minutes, a seven and a date.
    found = read(
        tmp_path,
        "cases:\n- {id: 007, ask: no, expect: {contains: [8:30, 1.50, 2026-01-02]}}\n",
    )
    (case,) = found.cases
    assert (case.id, case.turns) == ("007", ("no",))
    assert case.expect.contains == ("8:30", "1.50", "2026-01-02")
    assert found.name == "gym"


def test_the_bundled_business_is_asked_by_its_name(tmp_path: Path) -> None:
    found = read(tmp_path, "knowledge: sample\ncases: [{id: a, ask: b, expect: {language: es}}]\n")
    assert (found.sample, found.knowledge, found.has_own_knowledge) == (True, (), True)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("cases:\n- {id: a, ask: b, expect: {contain: c}}\n", 2, "contains, not_contains, source"),
        ("cases:\n- {id: a, ask: b, expekt: {}}\n", 2, "id, note, ask, turns, expect"),
        ("nmae: x\ncases: []\n", 1, "name, note, knowledge, character, cases"),
        ("name: x\n", 1, "needs cases"),
        ("cases:\n- {id: a, expect: {contains: c}}\n", 2, "either `ask`"),
        ("cases:\n- {id: a, ask: b, turns: [c], expect: {contains: c}}\n", 2, "either `ask`"),
        ("cases:\n- {id: a, ask: b}\n", 2, "needs expect"),
        ("cases:\n- id: a\n  ask: b\n  expect: {}\n", 4, "needs one of"),
        ("cases:\n- id: a\n  ask: b\n  expect: {language: fr}\n", 4, "one of es, pt, en"),
        ("cases:\n- id: a\n  ask: b\n  expect: {declined: maybe}\n", 4, "true or false"),
        ("cases:\n- id: a\n  ask: b\n  expect: {seconds: soon}\n", 4, "a number"),
        ("cases:\n- id: a\n  ask: b\n  expect: {cost: -1}\n", 4, "a number"),
        ("cases:\n- id: a\n  ask: b\n  expect: {declined: true, source: c}\n", 4, "quotes no"),
        ("cases:\n- id: a\n  ask: [b]\n  expect: {contains: c}\n", 3, "`ask` has to be a text"),
        ("cases: 3\n", 1, "has to be a list"),
        ("knowledge: [none.md]\ncases: []\n", 1, "none.md"),
        ("cases:\n- {id: a, id: b, ask: c, expect: {contains: c}}\n", 2, "twice"),
        ("cases: [\n", 2, "no YAML"),
        ("name: &a x\ncases: []\n", 1, "anchors"),
        ('name: "\\uD800"\ncases: []\n', 1, ""),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_accepted(
    tmp_path: Path, text: str, line: int, told: str
) -> None:
    detail = refused(tmp_path, text)
    assert f"gym.yaml, line {line}" in detail
    assert told in detail


def test_two_cases_of_one_id_are_refused(tmp_path: Path) -> None:
    case = "- {id: a, ask: b, expect: {contains: c}}\n"
    assert "line 3: the id 'a' is in line 2, too" in refused(tmp_path, f"cases:\n{case}{case}")


def test_a_few_anchors_do_not_stand_for_a_million_values(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
    )
    assert "anchors" in refused(tmp_path, bomb)


def test_a_deep_nest_is_refused_and_not_a_crash(tmp_path: Path) -> None:
    assert "gym.yaml" in refused(tmp_path, "cases: " + "[" * 20_000)


def test_a_folder_is_read_with_what_is_below_it(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    written(tmp_path, GYM)
    written(tmp_path / "more", "cases: [{id: a, ask: b, expect: {contains: c}}]\n", "other.yml")
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    assert [it.name for it in read_sets([tmp_path])] == ["Gym Vértice", "other"]


def test_two_files_of_one_name_are_told_apart_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    written(tmp_path, GYM)
    written(tmp_path / "more", GYM, "again.yaml")
    with pytest.raises(Unprocessable, match="give it a `name`"):
        read_sets([tmp_path])


def test_a_set_may_be_in_several_files_of_a_folder(tmp_path: Path) -> None:
    for number in range(2):
        case = f"cases: [{{id: {number}, ask: b, expect: {{contains: c}}}}]\n"
        written(tmp_path, f"name: Theirs\n{case}", f"{number}.yaml")
    (found,) = read_sets([tmp_path, tmp_path / "1.yaml"])
    assert [case.id for case in found.cases] == ["0", "1"]
    written(tmp_path, f"name: Theirs\n{case}", "2.yaml")
    with pytest.raises(Unprocessable, match=r"2\.yaml, line 2: the id '1'"):
        read_sets([tmp_path])


def test_nothing_to_ask_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no file or folder"):
        read_sets([tmp_path / "nowhere"])
    with pytest.raises(NotFound, match="recado eval init"):
        read_sets([tmp_path])
