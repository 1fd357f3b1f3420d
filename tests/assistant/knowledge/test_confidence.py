"""The share that a hit shows is the chance that it answers, and the sets of questions that come
with Recado stay as well answered as they were."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.answers import SETS, judge, read_set, taught
from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.knowledge.asking import asks_for, tells
from recado.assistant.knowledge.confidence import MARGINS, Candidates, chances, margins
from recado.assistant.knowledge.features import COVERS, NAMES
from recado.language.reading import words

#: What a set answers rightly and declines rightly at least, and answers wrongly at most. Only the
#: first is learnt from: the others show what a business can expect that nobody has seen.
FLOORS = {
    "cafe-aurora.eval": (0.88, 0.90, 0.05),
    "clinic": (0.68, 0.90, 0.05),
    "gym": (0.71, 0.87, 0.03),
    "shop": (0.64, 0.82, 0.03),
}


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
async def test_the_sets_of_questions_are_answered_as_well_as_before(path: Path) -> None:
    cases = read_set(path)
    async with taught(cases.knowledge) as knowledge:
        outcomes = Counter(judged.outcome for judged in await judge(knowledge, cases))
    right, declined, wrong = FLOORS[path.stem]
    assert outcomes["right"] >= right * len(cases.answerable)
    assert outcomes["declined"] >= declined * len(cases.unanswerable)
    assert outcomes["wrong"] <= wrong * len(cases.answerable)


async def test_what_is_said_to_be_likely_is_right_as_often(sample: KnowledgeBase) -> None:
    cases = read_set(SETS[0])
    told, came_true = [], 0
    for case in (*cases.answerable, *cases.unanswerable):
        (*hits,) = await sample.search(case.asked, "es", limit=1)
        if hits and hits[0].score >= 0.6:
            told.append(hits[0].score)
            known = case in cases.answerable
            came_true += known and case.is_right(hits[0].heading, hits[0].source_name)
    assert len(told) > 50
    assert abs(sum(told) / len(told) - came_true / len(told)) < 0.15


@pytest.mark.parametrize(
    ("question", "kind", "text"),
    [
        ("cuanto sale el menu", "price", "El menú cuesta 12 €."),
        ("quanto tempo demora", "duration", "Chega em 3 dias."),
        ("what time do you close", "clock", "We close at 20:00."),
        ("dónde están", "place", "Estamos en la calle Mayor 3."),
        ("quem é a diretora", "person", "A responsável é a Dra. Lúcia Prado."),
    ],
)
def test_an_asking_word_is_answered_by_a_text_that_tells_it(
    question: str, kind: str, text: str
) -> None:
    assert kind in asks_for(words(question))
    assert kind in tells(text)
    assert kind not in tells("Lo hacemos con mucho gusto")


def test_a_translation_takes_no_certainty_from_a_passage() -> None:
    ahead = MARGINS.index("covers ahead")
    (with_translation, _) = margins([2.0, 2.0], [0.9, 0.9], [False, True])
    assert with_translation[ahead] > 0
    (with_rival, _) = margins([2.0, 2.0], [0.9, 0.9], [False, False])
    assert with_rival[ahead] == 0


def test_no_candidate_has_no_chance_and_every_chance_is_a_share() -> None:
    assert chances([]) == []
    most, least = (
        [covers if at == COVERS else 0.0 for at in range(len(NAMES))] for covers in (9.0, -9.0)
    )
    assert all(0 <= it <= 1 for it in chances([Candidates({"bias": 1.0}, [most, least])]))
