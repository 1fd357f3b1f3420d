"""A run as people and CI systems read it; what strangers wrote is text in it, and nothing else."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from recado.assistant.evaluations.comparing import compare, match, since
from recado.assistant.evaluations.junit import to_junit
from recado.assistant.evaluations.report import to_html
from recado.assistant.evaluations.results import Run, Runs, SetResult, new_run, read_run
from recado.assistant.evaluations.rules import Observed, Quoted, RuleResult
from recado.assistant.evaluations.running import CaseResult
from recado.errors import NotFound, Unprocessable

NASTY = "<script>alert(1)</script> & \"quoted\" '{{ 7*7 }}' \x00\x1b[31m\ud800 </td>"


def result(case_id: str, *rules: RuleResult, text: str = "Sí.", error: str = "") -> CaseResult:
    seen = Observed(text, "es", 0.85, (Quoted(text, text),), reasons=(text,), model=text)
    return CaseResult(
        id=case_id,
        turns=("hola", text),
        rules=rules,
        seen=None if error else seen,
        error=error,
        answerable=True,
        right=all(rule.outcome == "passed" for rule in rules),
    )


GOOD = RuleResult("contains", "passed", wanted="Sí")
BAD = RuleResult("source", "failed", NASTY, NASTY)
NO_JUDGE = RuleResult("judge", "skipped", "no judge")


def run_of(*results: CaseResult, name: str = "Gym", variant: str = "embedded") -> Run:
    return new_run([SetResult(name, variant, results, 1.5)])


def test_junit_counts_what_failed_what_had_no_answer_and_what_was_skipped() -> None:
    run = run_of(
        result("good", GOOD), result("bad", GOOD, BAD), result("skipped", NO_JUDGE),
        result("half", GOOD, NO_JUDGE), result("away", error="The model is away."),
    )  # fmt: skip
    (suite,) = ET.fromstring(to_junit(run))  # noqa: S314 - our own
    counts = {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")}
    assert counts == {"name": "Gym", "tests": "5", "failures": "1", "errors": "1", "skipped": "1"}
    kinds = {case.get("name"): [it.tag for it in case] for case in suite}
    assert kinds == {
        "good": [],
        "bad": ["failure"],
        "skipped": ["skipped"],
        "half": [],
        "away": ["error"],
    }


def test_junit_takes_any_text(tmp_path: Path) -> None:
    run = run_of(result(NASTY, BAD, text=NASTY), name=NASTY)
    (suite,) = ET.fromstring(to_junit(run))  # noqa: S314 - our own
    (case,) = suite
    assert "<script>alert(1)</script>" in str(case.get("name"))
    assert "\N{REPLACEMENT CHARACTER}[31m" in str(case[0].text)


def test_a_page_shows_what_strangers_wrote_and_runs_none_of_it() -> None:
    nasty = NASTY.replace("\ud800", "")
    rule = RuleResult("source", "failed", nasty, nasty)
    run = run_of(result(nasty, rule, text=nasty), name=nasty)
    page = to_html(msgspec.structs.replace(run, judge=nasty), [compare(run.sets[0], run.sets[0])])
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page  # as it was written
    assert "default-src 'none'" in page
    for outside in ("http://", "https://", "src=", "url("):
        assert outside not in page


def test_a_page_sets_two_models_side_by_side() -> None:
    run = new_run(
        [
            SetResult("Gym", "embedded", (result("a", GOOD, text="Uno"),)),
            SetResult("Gym", "openai:gpt", (result("a", BAD, text="Dos"),)),
        ]
    )
    page = to_html(run, [None, None])
    assert page.count("<h3>a</h3>") == 1
    assert page.index("Uno") < page.index("Dos")
    assert "1 failed" in page


def test_a_run_is_read_again_as_it_was(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    run = run_of(result("a", GOOD), result("b", error="away"))
    assert read_run(runs.put(run)) == run
    assert runs.get("last") == runs.get(run.id) == runs.get(str(runs.path(run, ".json"))) == run


def test_runs_are_found_by_how_long_ago_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # wherever the checkout is, no such file is two folders above
    runs = Runs(tmp_path)
    for number in range(3):
        run = run_of(result("a", GOOD))
        runs.put(msgspec.structs.replace(run, id=f"2026010{number}-000000-aaaa"))
    assert runs.get("last").id == "20260102-000000-aaaa"
    assert runs.get("last~2").id == "20260100-000000-aaaa"
    for wrong in ("last~3", "last~x", "../../etc/passwd", "none"):
        with pytest.raises(NotFound):
            runs.get(wrong)


def test_a_file_that_is_no_run_is_refused_and_passed_over(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    run = run_of(result("a", GOOD))
    runs.put(run)
    (runs.folder / "29990101-000000-aaaa.json").write_text('{"format": 99, "sets": ')
    with pytest.raises(Unprocessable):
        runs.get("last")
    (found,) = since(runs, msgspec.structs.replace(run, id="39990101-000000-000-aa"))
    assert found is not None
    assert since(runs, run) == [None]  # it is not compared with itself


def test_a_set_is_compared_with_itself_by_the_same_model_else_the_only_one(tmp_path: Path) -> None:
    one = run_of(result("a", GOOD), variant="embedded")
    other = run_of(result("a", BAD), variant="openai:gpt")
    (found,) = match(one, other)
    assert found is not None
    assert [it.id for it in found.broken] == ["a"]
    runs = Runs(tmp_path)
    runs.put(one)
    assert since(runs, other) == [None]  # another model's last run says nothing of a change
    assert match(run_of(result("a", GOOD), name="Café"), one) == [None]
