"""Knowledge: the files the assistant answers from, and a box to try questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from starlette.datastructures import UploadFile
from starlette.responses import Response

from recado.assistant.knowledge import ANSWERS, KnowledgeSourceView
from recado.assistant.knowledge.folders import Learnt
from recado.assistant.knowledge.scanned import PICTURE_ENDS
from recado.assistant.knowledge.why import explain
from recado.assistant.unanswered.questions import count_open
from recado.desk.visit import Visit
from recado.desk.words import counted
from recado.documents.extract import KINDS
from recado.errors import Unprocessable
from recado.language.detection import detect_language
from recado.security.audit import record

#: What the assistant can read, by the ends of files' names.
_ALIASES = frozenset({".markdown", ".htm", ".docm", ".xlsm", ".pptm", ".ppsx", ".jpeg"})
ACCEPTED = ",".join((*KINDS, *PICTURE_ENDS))
#: … as they are told: without other names of the same.
TOLD = ", ".join(it.removeprefix(".") for it in (*KINDS, *PICTURE_ENDS) if it not in _ALIASES)
#: How many passages are shown for a question.
_SHOWN = 5
#: What files hold, by the nouns of KnowledgeSourceView.counts.
HELD = {
    "line": counted("{count} line", "{count} lines"),
    "row": counted("{count} row", "{count} rows"),
    "paragraph": counted("{count} paragraph", "{count} paragraphs"),
    "page": counted("{count} page", "{count} pages"),
    "sheet": counted("{count} sheet", "{count} sheets"),
    "slide": counted("{count} slide", "{count} slides"),
    "text box": counted("{count} text box", "{count} text boxes"),
    "table": counted("{count} table", "{count} tables"),
    "entry": counted("{count} entry", "{count} entries"),
    "value": counted("{count} value", "{count} values"),
    "picture": counted("{count} picture", "{count} pictures"),
}


async def show(visit: Visit) -> Response:
    """`GET /knowledge`"""
    return await _page(visit)


async def add(visit: Visit) -> Response:
    """`POST /knowledge`: files, or a pasted text with a name."""
    form = await visit.form()
    uploads = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
    if uploads:
        return await _learn(visit, uploads)
    name, text = (await visit.field("name")).strip(), (await visit.field("text")).strip()
    if not name or not text:
        raise Unprocessable("Choose a file, or give the text a name and paste it.")
    await visit.runtime.knowledge.add(name, text.encode(), filename="pasted.md")
    await _record(visit, "knowledge.added", name)
    return visit.done("/knowledge", visit.say("The assistant answers from it now."))


async def _learn(visit: Visit, uploads: Sequence[UploadFile]) -> Response:
    """Each file by itself: one that cannot be read is told, and takes no other with it."""
    knowledge, sendable = visit.runtime.knowledge, await _sendable(visit)
    learnt = [
        await knowledge.try_adding(str(u.filename), await u.read(), sendable=sendable)
        for u in uploads
    ]
    known = [it.source.name for it in learnt if it.source]
    if known:
        await _record(visit, "knowledge.added", ", ".join(known))
    failed = [it for it in learnt if it.problem]
    if not failed:
        return visit.done("/knowledge", visit.say("The assistant answers from it now."))
    return await _page(visit, status=200 if known else 422, failed=failed, known=known)


async def learn_file(visit: Visit) -> Response:
    """`POST /knowledge/files`: one file, with a row that tells what became of it."""
    form = await visit.form()
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise Unprocessable("Choose a file.")
    learnt = await visit.runtime.knowledge.try_adding(
        upload.filename, await upload.read(), sendable=await _sendable(visit)
    )
    if learnt.source:
        await _record(visit, "knowledge.added", learnt.name)
    return visit.render("parts/learnt.html", learnt=learnt, held=held_in(visit))


async def _sendable(visit: Visit) -> bool | None:
    """Ticked: customers may be sent it. Not ticked: as it was, where it takes another's place."""
    return True if await visit.field("sendable") == "yes" else None


async def _page(
    visit: Visit, *, status: int = 200, failed: Sequence[Learnt] = (), known: Sequence[str] = ()
) -> Response:
    sources = await visit.runtime.knowledge.list()
    unanswered = await visit.runtime.store.read(count_open)
    meaning = visit.runtime.knowledge.meaning
    return visit.render(
        "knowledge.html",
        status=status,
        sources=sources,
        accepted=ACCEPTED,
        told=TOLD,
        held=held_in(visit),
        failed=failed,
        known=known,
        unanswered=unanswered,
        meaning=await meaning.progress() if meaning else None,
    )


def held_in(visit: Visit) -> Callable[[KnowledgeSourceView], str]:
    """What a file held, in words: "3 pages, 2 tables"."""

    def held(source: KnowledgeSourceView) -> str:
        counts = ((HELD[noun], count) for noun, count in source.counts.items() if noun in HELD)
        return ", ".join(visit.ngettext(*forms, count) for forms, count in counts)

    return held


async def remove(visit: Visit) -> Response:
    """`POST /knowledge/{id}/remove`"""
    source_id = visit.request.path_params["id"]
    await visit.runtime.knowledge.remove(source_id)
    await _record(visit, "knowledge.removed", source_id)
    return visit.done("/knowledge", visit.say("Removed."))


async def try_question(visit: Visit) -> Response:
    """`GET /knowledge/try?q=`: what would be found for a question, with scores, and why."""
    question = visit.request.query_params.get("q", "").strip()[:500]
    if not question:
        return visit.render("parts/hits.html", hits=None, language="")
    detected = detect_language(question, default=visit.runtime.settings.default_language)
    knowledge = visit.runtime.knowledge
    hits = await knowledge.search(question, detected.code, limit=_SHOWN)
    wordings = {it.id: it.answer.questions for it in await knowledge.list() if it.answer}
    found = await asyncio.to_thread(explain, question, detected.code, hits, wordings)
    return visit.render("parts/hits.html", hits=found, language=detected.code, answers=ANSWERS)


async def _record(visit: Visit, action: str, subject: str) -> None:
    actor = visit.user.actor
    await visit.runtime.store.write(lambda tx: record(tx, actor, action, subject[:200]))
