"""Knowledge: the files the assistant answers from, and a box to try questions."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.responses import Response

from recado.assistant.intelligence.language import detect_language
from recado.desk.visit import Visit
from recado.errors import Unprocessable
from recado.security.audit import record

#: What the assistant can read (assistant/knowledge/extract.py decides).
ACCEPTED = ".md,.txt,.pdf,.docx,.csv,.html,.json"


async def show(visit: Visit) -> Response:
    """`GET /knowledge`"""
    sources = await visit.runtime.knowledge.list()
    return visit.render("knowledge.html", sources=sources, accepted=ACCEPTED)


async def add(visit: Visit) -> Response:
    """`POST /knowledge`: files, or a pasted text with a name."""
    form = await visit.form()
    uploads = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
    if uploads:
        for upload in uploads:
            name = str(upload.filename)
            await visit.runtime.knowledge.add(name, await upload.read(), filename=name)
        await _record(visit, "knowledge.added", ", ".join(str(u.filename) for u in uploads))
        return visit.done("/knowledge", "The assistant answers from it now.")
    name, text = (await visit.field("name")).strip(), (await visit.field("text")).strip()
    if not name or not text:
        raise Unprocessable("Choose a file, or give the text a name and paste it.")
    await visit.runtime.knowledge.add(name, text.encode(), filename="pasted.md")
    await _record(visit, "knowledge.added", name)
    return visit.done("/knowledge", "The assistant answers from it now.")


async def remove(visit: Visit) -> Response:
    """`POST /knowledge/{id}/remove`"""
    source_id = visit.request.path_params["id"]
    await visit.runtime.knowledge.remove(source_id)
    await _record(visit, "knowledge.removed", source_id)
    return visit.done("/knowledge", "Removed.")


async def try_question(visit: Visit) -> Response:
    """`GET /knowledge/try?q=`: what would be found for a question, with scores."""
    question = visit.request.query_params.get("q", "").strip()[:500]
    if not question:
        return visit.render("parts/hits.html", hits=None, language="")
    detected = detect_language(question, default=visit.runtime.settings.default_language)
    hits = await visit.runtime.knowledge.search(question, detected.code)
    return visit.render("parts/hits.html", hits=hits, language=detected.code)


async def _record(visit: Visit, action: str, subject: str) -> None:
    actor = visit.user.actor
    await visit.runtime.store.write(lambda tx: record(tx, actor, action, subject[:200]))
