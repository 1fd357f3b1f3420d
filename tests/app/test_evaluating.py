"""`recado eval`: what a person sees, and what CI goes by."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from recado.app.evaluating import Evaluation, Variant
from recado.assistant.evaluations.case_files import read_sets
from recado.assistant.versions import save_draft
from recado.errors import NotFound
from recado.settings import load_settings
from tests.app.conftest import Recado
from tests.support.model_server import model_server, saying
from tests.support.providers import answering
from tests.support.runtime import make_runtime

CAFE = """\
name: Café
knowledge: sample
cases:
  - id: hours
    ask: a q hora abren los sabados
    expect: {source: Horarios, contains: "9:00", language: es}
  - id: cars
    ask: venden autos usados?
    expect: {declined: true}
"""
WRONG = CAFE + "  - {id: wrong, ask: tienen wifi?, expect: {source: Nothing like it}}\n"


def test_cases_that_pass_end_well(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "cafe.yaml").write_text(CAFE)
    result = recado("eval", "run", "cafe.yaml")
    assert result.exit_code == 0, result.output
    header, row = (line.split("\t") for line in result.stdout.splitlines()[:2])
    assert dict(zip(header, row, strict=True)) | {"time": "", "confidence": ""} == {
        "set": "Café",
        "passed": "2 of 2",
        "right": "100.0 %",
        "wrong": "0.0 %",
        "declined": "100.0 %",
        "rules": "100.0 %",
        "confidence": "",
        "time": "",
        "cost": "–",
    }


def test_a_case_that_fails_is_told_with_its_reason(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "cafe.yaml").write_text(WRONG)
    result = recado("eval", "run", "cafe.yaml")
    assert result.exit_code == 1
    assert "Café › wrong: source: quoted: “cafe-aurora.es.md" in result.stdout
    assert "asked: tienen wifi?" in result.stdout


@pytest.mark.parametrize(
    ("least", "status", "told"),
    [("50,100", 0, ""), ("51,100", 1, "right 50.0 %, at least 51 %")],
)
def test_with_bounds_they_decide(
    recado: Recado, tmp_path: Path, least: str, status: int, told: str
) -> None:
    (tmp_path / "cafe.yaml").write_text(WRONG)
    result = recado("eval", "run", "cafe.yaml", "--least", least)
    assert result.exit_code == status, result.output
    assert told in result.stderr


def test_what_changed_since_the_last_run_is_shown(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "cafe.yaml").write_text(WRONG)
    recado("eval", "run", "cafe.yaml")
    (tmp_path / "cafe.yaml").write_text(WRONG.replace("Nothing like it", "wifi"))
    second = recado("eval", "run", "cafe.yaml")
    assert second.exit_code == 0, second.output
    assert "100.0 % (+50.0)" in second.stdout
    assert "better  Café: wrong" in second.stdout


def test_a_run_is_stored_for_its_owner_alone(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "cafe.yaml").write_text(CAFE)
    recado("eval", "run", "cafe.yaml")
    (stored,) = (tmp_path / "data" / "evaluations").glob("*.json")
    assert stored.stat().st_mode & 0o077 == 0
    run = msgspec.json.decode(stored.read_bytes())
    assert [it["id"] for it in run["sets"][0]["results"]] == ["hours", "cars"]


def test_where_no_recado_runs_nothing_is_left_but_what_was_wished(
    recado: Recado, tmp_path: Path
) -> None:
    (tmp_path / "cafe.yaml").write_text(CAFE)
    wished = ("--report", "report.html")
    result = recado("eval", "run", "cafe.yaml", *wished, RECADO_DATA=None)
    assert result.exit_code == 0, result.output
    assert f"not stored, for there is no {tmp_path / 'data'}" in result.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"cafe.yaml", "report.html"}


def test_two_models_are_set_side_by_side(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "cafe.yaml").write_text(CAFE)
    result = recado("eval", "run", "cafe.yaml", "--against", "character:Aurora")
    assert result.exit_code == 0, result.output
    rows = [line.split("\t")[:3] for line in result.stdout.splitlines()[1:3]]
    assert rows == [["Café", "embedded", "2 of 2"], ["Café", "character:Aurora", "2 of 2"]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--against", "nosuchmodel"), "nosuchmodel"),
        (("--against", "embedded"), "answers already"),
        (("--least", "90"), "RIGHT,DECLINED"),
        (("--least", "90,101"), "RIGHT,DECLINED"),
    ],
)
def test_wrong_options_are_refused_in_one_line(
    recado: Recado, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "cafe.yaml").write_text(CAFE)
    result = recado("eval", "run", "cafe.yaml", *arguments)
    assert result.exit_code == 1
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_the_example_passes_as_it_is_written(recado: Recado, tmp_path: Path) -> None:
    written = recado("eval", "init", "evals")
    assert written.exit_code == 0, written.output
    result = recado("eval", "run", "evals")
    assert result.exit_code == 0, result.output
    assert "5 of 5" in result.stdout
    assert "skipped 1 rule: judge" in result.stdout
    again = recado("eval", "init", "evals")
    assert again.exit_code == 1
    assert "there already" in again.stderr


def test_cases_made_on_the_desk_are_asked_where_none_are_named(
    recado: Recado, tmp_path: Path
) -> None:
    recado("knowledge", "list")
    without = recado("eval", "run")
    assert without.exit_code == 1
    assert "recado eval init" in without.stderr
    folder = tmp_path / "data" / "evaluations" / "cases"
    folder.mkdir(parents=True)
    (folder / "one.yaml").write_text("cases: [{id: a, ask: hola, expect: {language: es}}]\n")
    result = recado("eval", "run")
    assert result.exit_code == 0, result.output
    assert "1 of 1" in result.stdout


def test_a_report_and_junit_are_written_where_they_are_wanted(
    recado: Recado, tmp_path: Path
) -> None:
    (tmp_path / "cafe.yaml").write_text(WRONG)
    recado("eval", "run", "cafe.yaml", "--report", "out/page.html", "--junit", "out/junit.xml")
    assert "tienen wifi?" in (tmp_path / "out" / "page.html").read_text()
    assert 'failures="1"' in (tmp_path / "out" / "junit.xml").read_text()


def test_two_runs_are_compared(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "cafe.yaml").write_text(WRONG)
    recado("eval", "run", "cafe.yaml")
    (tmp_path / "cafe.yaml").write_text(WRONG.replace("Nothing like it", "wifi"))
    recado("eval", "run", "cafe.yaml")
    result = recado("eval", "compare", "last~1", "last")
    assert result.exit_code == 0, result.output
    assert "3 of 3" in result.stdout
    assert "(+50.0)" in result.stdout
    assert "better  Café: wrong" in result.stdout
    assert recado("eval", "compare", "none").exit_code == 1


async def test_a_model_that_is_away_fails_its_cases_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "cafe.yaml").write_text(CAFE)
    async with answering(lambda *_: (503, {"error": {"message": "away"}})) as provider:
        settings = load_settings(
            None,
            RECADO_DATA=tmp_path,
            RECADO_MODEL="openai:gpt",
            OPENAI_BASE_URL=f"{provider.url}/v1",
        )
        run = await Evaluation(settings, read_sets([tmp_path / "cafe.yaml"])).run()
    (found,) = run.sets
    assert found.variant == "openai:gpt"
    assert not any(it.passed for it in found.results)
    assert all("openai:gpt" in it.error for it in found.results)


async def test_what_another_model_says_and_costs_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "cafe.yaml").write_text(CAFE)
    done: list[tuple[int, int]] = []
    async with model_server(saying("Abrimos los sábados a las 9:00.")) as server:
        settings = load_settings(None, RECADO_DATA=tmp_path, OPENAI_BASE_URL=server.url)
        evaluation = Evaluation(
            settings, read_sets([tmp_path / "cafe.yaml"]), [Variant(), Variant.of("openai:gpt-x")]
        )
        run = await evaluation.run(on_done=lambda *it: done.append(it))
    embedded, other = run.sets
    assert (embedded.variant, other.variant) == ("embedded", "openai:gpt-x")
    hours, cars = (it.seen for it in other.results)
    assert hours is not None
    assert hours.text == "Abrimos los sábados a las 9:00."
    assert cars is not None
    assert (cars.text, cars.handed_over) == ("", True)  # no source of that question says 9:00
    assert all(it.seen.tokens_in > 0 for it in other.results if it.seen)
    assert done == [(number, 4) for number in range(1, 5)]


async def test_a_draft_is_asked_beside_what_is_published(tmp_path: Path) -> None:
    greeting = "¡Hola! Soy Vera, del borrador."
    (tmp_path / "hola.yaml").write_text(
        "cases: [{id: hola, ask: hola, expect: {contains: Vera}}]\n", encoding="utf-8"
    )
    sets = read_sets([tmp_path / "hola.yaml"])
    async with make_runtime(tmp_path) as installation:
        character = (await installation.characters.default()).id
        changes = {"greeting": greeting}
        await installation.store.write(
            lambda tx: save_draft(tx, character, changes, author="user:1")
        )
        variants = [Variant(), Variant.of("character:Aurora@draft"), Variant.of("character:x@1")]
        run = await Evaluation(installation.settings, sets, variants[:2]).run(installation)
        with pytest.raises(NotFound, match="There is no character x;"):
            await Evaluation(installation.settings, sets, variants[2:]).run(installation)
        with pytest.raises(NotFound):
            await Evaluation(installation.settings, sets, [Variant.of("character:Aurora@99")]).run(
                installation
            )
    published, draft = run.sets
    assert (published.variant, draft.variant) == ("embedded", "character:Aurora@draft")
    assert [it.passed for it in (*published.results, *draft.results)] == [False, True]
    assert draft.results[0].seen is not None
    assert greeting in draft.results[0].seen.text
