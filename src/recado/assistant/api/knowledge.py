"""The admin API of the assistant: what the embedded intelligence thinks, and what it knows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import Field
from starlette.responses import Response

from recado.assistant.knowledge import Hit, KnowledgeSourceView
from recado.assistant.knowledge.base import FileToKeep
from recado.assistant.knowledge.folders import Learnt
from recado.assistant.models import choose_models
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.neutral import persona_of_line
from recado.assistant.port import Persona
from recado.aws.comprehend import analyse
from recado.errors import TooLarge
from recado.escalation.facts import TurnFacts
from recado.escalation.reasons import needs_person, score_turn
from recado.http.answers import answers, json_response
from recado.http.fields import Body, IdPath, Text
from recado.http.keys import CallerDep, RuntimeDep
from recado.language.analysis import classify_intent, complexity, detect_language
from recado.language.reading import to_think_about
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store.paging import Page

router = APIRouter()

Language = Literal["es", "pt", "en"]
LONGEST_TEXT = 10_000
SendableDep = Annotated[
    bool | None,
    Form(
        description="Customers who ask for it may be sent the file itself; left out: as it was,"
        " and at first not"
    ),
]
MOST_FILES = 50


class EscalationAnalysis(msgspec.Struct, frozen=True):
    """The sum of the reasons' weights, and whether it reaches the threshold."""

    score: int
    reasons: tuple[dict[str, Any], ...]
    escalates: bool


class AnalysisView(msgspec.Struct, frozen=True):
    """`sentiment`: POSITIVE · NEGATIVE · NEUTRAL · MIXED; its scores sum to 1. `complexity` is
    0–1. `escalation` is what the text alone says, as the first message of a conversation.
    `analyst` is who read it, embedded or comprehend; only the latter gives `phrases`."""

    sentiment: str
    sentiment_scores: dict[str, float]
    language: str
    language_confidence: float
    intent: str
    intent_confidence: float
    complexity: float
    escalation: EscalationAnalysis
    analyst: str = "embedded"
    phrases: tuple[str, ...] = ()


class TextToAnalyze(Body):
    text: Annotated[
        Text,
        Field(max_length=LONGEST_TEXT, examples=["quiero cancelar, esto es una vergüenza"]),
    ]
    language: Language | None = Field(None, description="Detected when it is left out")
    line: Text | None = Field(None, description="As somebody writes to this line")
    character: Text | None = Field(None, description="As this character would hand over")


class KnowledgeText(Body):
    """Markdown or plain text, such as questions and answers under headings."""

    name: Annotated[Text, Field(min_length=1, max_length=200, examples=["Horarios"])]
    text: Annotated[
        Text,
        Field(
            min_length=1, examples=["## ¿A qué hora abren?\nDe martes a viernes de 7:30 a 20:00."]
        ),
    ]


@router.post(
    "/analyze",
    tags=["assistant"],
    summary="Analyze a text",
    responses=answers(AnalysisView, 422),
)
async def analyze(asked: TextToAnalyze, runtime: RuntimeDep) -> Response:
    """What is thought of one text, and whether a conversation would be handed over for it as its
    first message: by the same rules, words and figures. Nothing is stored."""
    text = asked.text
    analysis = await analyse(text, asked.language, runtime.comprehend)
    language, sentiment = analysis.language, analysis.sentiment
    intent = classify_intent(text, language)
    read, persona = to_think_about(text).strip(), await _persona(runtime, asked)
    policy = (await runtime.policies.now()).of(asked.line or "", persona)
    models = choose_models(persona, read, runtime.settings.model, language=language)
    known = TurnFacts(
        text=read,
        language=language,
        types=frozenset({"text"}),
        sentiment=sentiment,
        embedded=models[0].model == EMBEDDED,
    )
    score = score_turn(known, needs_person(known, policy), policy)
    reasons = tuple(reason.kept() for reason in score.reasons)
    view = AnalysisView(
        sentiment=str(sentiment.label),
        sentiment_scores=sentiment.scores,
        language=language,
        language_confidence=analysis.language_confidence,
        intent=intent.name,
        intent_confidence=intent.confidence,
        complexity=complexity(text, language),
        escalation=EscalationAnalysis(score.score, reasons, score.escalates),
        analyst=analysis.analyst,
        phrases=analysis.phrases,
    )
    return json_response(view)


async def _persona(runtime: Runtime, asked: TextToAnalyze) -> Persona:
    """Who would answer that. Raises NotFound."""
    if asked.line is not None:
        return await persona_of_line(runtime, asked.line, asked.character)
    if asked.character is not None:
        return await runtime.characters.get(asked.character)
    return await runtime.characters.default()


@router.get(
    "/knowledge",
    tags=["knowledge"],
    summary="List the knowledge",
    responses=answers(KnowledgeSourceView, paged=True),
)
async def list_knowledge(runtime: RuntimeDep) -> Response:
    """All sources by name, on one page."""
    return json_response(Page(await runtime.knowledge.list(), None))


@router.post(
    "/knowledge",
    status_code=201,
    tags=["knowledge"],
    summary="Teach a text",
    responses=answers(KnowledgeSourceView, 400, 422, status=201),
)
async def add_knowledge(new: KnowledgeText, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """In place of what has the same name. The first that is taught removes the sample."""
    added = await runtime.knowledge.add(new.name, new.text.encode(), kind="markdown")
    await _note(runtime, caller, "knowledge.add", added)
    return json_response(added, 201)


@router.post(
    "/knowledge/files",
    status_code=201,
    tags=["knowledge"],
    summary="Teach a file",
    responses=answers(KnowledgeSourceView, 400, 413, 422, status=201),
)
async def add_knowledge_file(
    runtime: RuntimeDep,
    caller: CallerDep,
    file: Annotated[
        UploadFile,
        File(description="md, txt, html, csv, json, pdf, docx, odt, xlsx, ods, pptx, jpg or png"),
    ],
    sendable: SendableDep = None,
) -> Response:
    """Under the file's name, in place of what has the same name."""
    name = (file.filename or "").replace("\x00", "").rpartition("/")[2]
    data = await file.read()
    kept = FileToKeep(data, name)
    added = await runtime.knowledge.add(name, data, filename=name, file=kept, sendable=sendable)
    await _note(runtime, caller, "knowledge.add", added)
    return json_response(added, 201)


@router.post(
    "/knowledge/uploads",
    tags=["knowledge"],
    summary="Teach several files",
    responses=answers(Learnt, 400, 413, 422, paged=True),
)
async def add_knowledge_files(
    runtime: RuntimeDep,
    caller: CallerDep,
    files: Annotated[list[UploadFile], File(description="as for one file; up to 50 of them")],
    sendable: SendableDep = None,
) -> Response:
    """Each by itself: what a file became, or what is wrong with it. No file takes others along."""
    if len(files) > MOST_FILES:
        raise TooLarge(f"Up to {MOST_FILES} files are taken at once.")
    learnt = []
    for file in files:
        name = (file.filename or "").replace("\x00", "").rpartition("/")[2]
        data = await file.read()
        learnt.append(await runtime.knowledge.try_adding(name, data, sendable=sendable))
        if added := learnt[-1].source:
            await _note(runtime, caller, "knowledge.add", added)
    return json_response(Page(learnt, None))


@router.get(
    "/knowledge/search",
    tags=["knowledge"],
    summary="Search the knowledge",
    responses=answers(Hit, 422, paged=True),
)
async def search_knowledge(
    runtime: RuntimeDep,
    q: Annotated[Text, Query(min_length=1, max_length=2000, examples=["¿a qué hora abren?"])],
    language: Annotated[Language | None, Query(description="Detected when it is left out")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> Response:
    """The passages that answer best, the best first. A score is the probability that the
    passage answers; from 0.6 on it is given as the answer."""
    code = language or detect_language(q).code
    return json_response(Page(await runtime.knowledge.search(q, code, limit=limit), None))


@router.delete(
    "/knowledge/{source_id}",
    tags=["knowledge"],
    summary="Forget a source",
    responses=answers(KnowledgeSourceView, 404),
)
async def remove_knowledge(source_id: IdPath, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Answers with what was forgotten."""
    removed = await runtime.knowledge.remove(source_id)
    await _note(runtime, caller, "knowledge.remove", removed)
    return json_response(removed)


async def _note(
    runtime: RuntimeDep, caller: CallerDep, action: str, source: KnowledgeSourceView
) -> None:
    detail = {"name": source.name}
    await runtime.store.write(lambda tx: record(tx, caller.actor, action, source.id, detail))
