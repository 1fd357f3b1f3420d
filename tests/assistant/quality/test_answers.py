"""What may be sent is sent, and what may not is found: answers to questions about four businesses,
each with what the model was given."""

from __future__ import annotations

from pathlib import Path

from recado.assistant.quality.checks import CHECKS, faults_in
from tests.support.answers import businesses, cases


async def test_a_good_answer_passes_in_every_language(tmp_path: Path) -> None:
    good = cases("good")
    assert len(good) >= 150
    alarms = []
    async with businesses(tmp_path) as known:
        for case in good:
            question, hits = await known.given(case)
            if found := faults_in(case.answer, question, hits):
                alarms.append((case.asked, case.answer, found))
    assert alarms == []


async def test_a_bad_answer_is_found_and_told_what_it_is(tmp_path: Path) -> None:
    bad = cases("bad")
    assert len(bad) >= 150
    missed = []
    async with businesses(tmp_path) as known:
        for case in bad:
            question, hits = await known.given(case)
            found = faults_in(case.answer, question, hits)
            if case.code not in [fault.code for fault in found]:
                missed.append((case.asked, case.answer, case.code, found))
    assert missed == []


def test_every_check_has_bad_answers_that_it_alone_is_there_for() -> None:
    elsewhere = {"answer_long", "answer_again"}  # test_notations.py
    named = {case.code for case in cases("bad")}
    assert {check.code for check in CHECKS} - named == elsewhere
