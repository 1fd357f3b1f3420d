"""The same questions to two versions of a character, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from recado.assistant.characters import persona_of
from recado.assistant.diff import DiffPiece, compare
from recado.assistant.neutral import business_of
from recado.assistant.port import Persona
from recado.assistant.versions import VersionView, find_draft, find_version
from recado.runtime import Runtime
from recado.store import Tx
from recado.turns.trial import TrialAnswerView, try_question

MOST_QUESTIONS = 10
#: So many questions are asked at once: a provider counts them.
_AT_ONCE = 4


class ComparisonView(msgspec.Struct, frozen=True, kw_only=True):
    """A question with two answers: the published version's, and the draft's (or that of the version
    asked for); null without one. `differs`: not the same words
    or tools, or only one hands over. `pieces` is
    what stayed, came and went from the first answer to the second, where both give one."""

    question: str
    published: TrialAnswerView
    published_version: int
    draft: TrialAnswerView | None
    draft_version: int | None
    differs: bool
    pieces: tuple[DiffPiece, ...]


async def compare_versions(
    runtime: Runtime,
    character_id: str,
    questions: Sequence[str],
    version: int | None = None,
    *,
    asks_tools: bool = False,
) -> list[ComparisonView]:
    """What the published version and the draft (or `version`) say to each question. `asks_tools`:
    tools that only read are really asked.

    Raises NotFound: there is no such character or version.
    """

    def read(tx: Tx) -> tuple[VersionView, VersionView | None]:
        published = find_version(tx, character_id, "published")
        if version is not None:
            return published, find_version(tx, character_id, str(version))
        return published, find_draft(tx, character_id)

    published, other = await runtime.store.read(read)
    personas = [await _persona(runtime, it) for it in (published, other) if it is not None]
    turn = asyncio.Semaphore(_AT_ONCE)

    async def ask(persona: Persona, question: str) -> TrialAnswerView:
        async with turn:
            return await try_question(runtime, persona, question, asks_tools=asks_tools)

    asked = [ask(persona, question) for question in questions for persona in personas]
    said = iter(await asyncio.gather(*asked))
    return [
        _compared(question, published, next(said), other, next(said) if other else None)
        for question in questions
    ]


async def _persona(runtime: Runtime, version: VersionView) -> Persona:
    persona = persona_of(version.character_id, version.content, version=version.number)
    if not persona.neutral:
        return persona
    # Nobody has named it: it speaks for the line on which it answers, the first if there are more.
    lines = await runtime.lines.all()
    named = (business_of(it.name) for it in lines if it.character_id in (None, persona.id))
    return msgspec.structs.replace(persona, business=next(filter(None, named), ""))


def _seen(view: TrialAnswerView) -> tuple[object, ...]:
    calls = [(it.tool, it.arguments) for it in view.calls]
    return view.text, view.hands_over, view.problem, calls


def _compared(
    question: str,
    published: VersionView,
    first: TrialAnswerView,
    other: VersionView | None,
    second: TrialAnswerView | None,
) -> ComparisonView:
    differs = second is not None and _seen(first) != _seen(second)
    both_speak = second is not None and not (first.hands_over or second.hands_over)
    return ComparisonView(
        question=question,
        published=first,
        published_version=published.number,
        draft=second,
        draft_version=other.number if other else None,
        differs=differs,
        pieces=compare(first.text, second.text) if second and differs and both_speak else (),
    )
