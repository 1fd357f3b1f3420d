"""The admin API of what the assistant did not know, and of questions with their answers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from recado.assistant.knowledge import KnowledgeSourceView
from recado.assistant.knowledge.answers import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    MOST_QUESTIONS,
)
from recado.assistant.unanswered import questions as unanswered
from recado.assistant.unanswered.answering import answer_group
from recado.assistant.unanswered.grouping import group_new
from recado.assistant.unanswered.questions import QuestionGroup
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.security.audit import record
from recado.store.paging import Page

router = APIRouter(tags=["knowledge"])

Wording = Annotated[
    Text, Field(min_length=1, max_length=LONGEST_QUESTION, examples=["¿Aceptan bitcoin?"])
]
AnswerText = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=LONGEST_ANSWER,
        examples=["Todavía no. Puedes pagar en efectivo o con tarjeta."],
    ),
]


class NewAnswer(Body):
    """A question, in one or several wordings, with its answer in Markdown. The first wording is
    its name."""

    questions: Annotated[tuple[Wording, ...], Field(min_length=1, max_length=MOST_QUESTIONS)]
    text: AnswerText
    language: Annotated[
        Literal["es", "pt", "en"] | None, Field(description="Detected when it is left out")
    ] = None


class AnswerToGroup(Body):
    """The answer, and the wordings under which it is found: as it was asked, if left out."""

    text: AnswerText
    questions: Annotated[tuple[Wording, ...], Field(max_length=MOST_QUESTIONS)] = ()


class OtherGroup(Body):
    other_id: Annotated[Text, Field(min_length=1, max_length=32)]


@router.get(
    "/knowledge/unanswered",
    summary="List what was not known",
    responses=answers(QuestionGroup, 422, paged=True),
)
async def list_unanswered(
    runtime: RuntimeDep,
    state: Annotated[Literal["open", "answered", "dismissed"], Query()] = "open",
    order: Annotated[Literal["often", "newest"], Query()] = "often",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The questions that nothing known answered, those that ask the same together, on one page."""
    await group_new(runtime.store)
    groups = await runtime.store.read(
        lambda tx: unanswered.list_groups(tx, state=state, order=order, limit=limit)
    )
    return json_response(Page(groups, None))


@router.post(
    "/knowledge/unanswered/{group_id}/answer",
    status_code=201,
    summary="Answer what was not known",
    responses=answers(KnowledgeSourceView, 400, 404, 409, 422, status=201),
)
async def answer_unanswered(
    group_id: IdPath, answer: AnswerToGroup, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    """It is knowledge from the next message on. Answers with the source that it became."""
    source = await answer_group(
        runtime.store, runtime.knowledge, group_id, answer.text, questions=answer.questions
    )
    detail = {"name": source.name}
    await runtime.store.write(
        lambda tx: record(tx, caller.actor, "unanswered.answered", source.id, detail)
    )
    return json_response(source, 201)


@router.post(
    "/knowledge/unanswered/{group_id}/dismiss",
    summary="Dismiss what was not known",
    responses=answers(QuestionGroup, 404),
)
async def dismiss_unanswered(group_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Nobody needs to answer it, nor the same when it is asked again."""
    group = await runtime.store.write(lambda tx: unanswered.dismiss_group(tx, group_id))
    await runtime.store.write(lambda tx: record(tx, caller.actor, "unanswered.dismissed", group_id))
    return json_response(group)


@router.post(
    "/knowledge/unanswered/{group_id}/merge",
    summary="Put two questions together",
    responses=answers(QuestionGroup, 400, 404, 422),
)
async def merge_unanswered(group_id: IdPath, other: OtherGroup, runtime: RuntimeDep) -> Response:
    """They ask the same, in other words."""
    return json_response(
        await runtime.store.write(lambda tx: unanswered.merge_groups(tx, group_id, other.other_id))
    )


@router.post(
    "/knowledge/unanswered/{question_id}/split",
    summary="Take a question out of its group",
    responses=answers(QuestionGroup, 400, 404),
)
async def split_unanswered(question_id: IdPath, runtime: RuntimeDep) -> Response:
    """One of a group's `asked` asks something else. Answers with the group that it is now."""
    return json_response(
        await runtime.store.write(lambda tx: unanswered.split_question(tx, question_id))
    )


@router.post(
    "/knowledge/answers",
    status_code=201,
    summary="Teach a question with its answer",
    responses=answers(KnowledgeSourceView, 400, 409, 422, status=201),
)
async def add_answer(new: NewAnswer, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """It is a source of its own, in place of the answer to the same question."""
    added = await runtime.knowledge.add_answer(new.questions, new.text, language=new.language or "")
    return await _told(runtime, caller, added, 201)


@router.put(
    "/knowledge/answers/{source_id}",
    summary="Change a question with its answer",
    responses=answers(KnowledgeSourceView, 400, 404, 409, 422),
)
async def change_answer(
    source_id: IdPath, new: NewAnswer, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    changed = await runtime.knowledge.change_answer(
        source_id, new.questions, new.text, language=new.language or ""
    )
    return await _told(runtime, caller, changed, 200)


async def _told(
    runtime: RuntimeDep, caller: CallerDep, source: KnowledgeSourceView, status: int
) -> Response:
    detail = {"name": source.name}
    await runtime.store.write(
        lambda tx: record(tx, caller.actor, "knowledge.add", source.id, detail)
    )
    return json_response(source, status)
