"""What helps whoever answers: a summary, a draft, their text reworded, translations.

What comes back goes into the composer or beside it (static/js/writing.js); nothing is sent here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from starlette.responses import Response

from recado.assistant.neutral import persona_of_line
from recado.assistant.writing import (
    Talk,
    draft_reply,
    extend_summary,
    keeping_calls,
    read_talk,
    reword,
    translate,
    writers,
)
from recado.conversations.queries import get_message
from recado.conversations.summaries.keeping import SummaryView
from recado.conversations.views import ConversationView
from recado.desk.visit import Visit
from recado.errors import BadRequest, ModelError, NotFound
from recado.runtime import Runtime
from recado.store import Tx
from recado.turns.formatting import format_for_whatsapp


class WritingAids(msgspec.Struct, frozen=True):
    """Which of them there are: `rewords` and translates where a model can write."""

    rewords: bool


async def aids_of(runtime: Runtime, view: ConversationView) -> WritingAids:
    try:
        persona = await persona_of_line(runtime, view.line_id, view.character_id)
    except NotFound:  # no character is left: it says so where it should answer
        return WritingAids(rewords=False)
    return WritingAids(rewords=bool(writers(runtime, persona)))


async def summarise(visit: Visit) -> Response:
    """`POST /conversations/{id}/writing/summary`: the conversation's own, extended to the last
    message; in the language of whoever reads it, where a model translates."""
    talk = await _talk(visit)
    summary = await extend_summary(visit.runtime, talk.conversation_id)
    if summary is None:
        raise BadRequest("Nothing was said yet that could be summarised.")
    return _render(visit, "summary", await _in_own_language(visit, talk, summary))


async def _in_own_language(visit: Visit, talk: Talk, summary: SummaryView) -> str:
    """As it is where no model translates it."""
    if summary.language != visit.language:
        async with keeping_calls(visit.runtime, talk) as persona:
            with suppress(ModelError):
                done = await translate(visit.runtime, persona, summary.text, visit.language)
                if not done.new:
                    return done.text
    return summary.text


async def draft(visit: Visit) -> Response:
    """`POST /conversations/{id}/writing/draft`: what the assistant would say to what is open."""
    talk = await _talk(visit)
    async with keeping_calls(visit.runtime, talk):
        found = await draft_reply(visit.runtime, talk)
    if found is None:
        raise NotFound("The knowledge answers nothing of what is open here.")
    return _render(visit, "draft", format_for_whatsapp(found.text), draft=found)


async def reword_text(visit: Visit) -> Response:
    """`POST /conversations/{id}/writing/reword`: `text`, and in which `manner`."""
    text, manner = await visit.field("text"), await visit.field("manner")
    async with keeping_calls(visit.runtime, await _talk(visit)) as persona:
        done = await reword(visit.runtime, persona, text, manner)
    return _render(visit, "reworded", format_for_whatsapp(done.text), done=done)


async def translate_text(visit: Visit) -> Response:
    """`POST /conversations/{id}/writing/translate`: `text` in the customer's language."""
    talk = await _talk(visit)
    text = await visit.field("text")
    async with keeping_calls(visit.runtime, talk) as persona:
        done = await translate(visit.runtime, persona, text, talk.language)
    return _render(visit, "translated", format_for_whatsapp(done.text), done=done)


async def translate_message(visit: Visit) -> Response:
    """`POST /messages/{id}/translation`: what was said, in the language of whoever reads it."""
    id = visit.request.path_params["id"]
    message = await visit.runtime.store.read(lambda tx: get_message(tx, id))
    if message.revoked_at is not None or not message.text.strip():
        raise NotFound("There is nothing to translate in this message.")
    talk = await visit.runtime.store.read(lambda tx: read_talk(tx, message.conversation_id))
    async with keeping_calls(visit.runtime, talk) as persona:
        done = await translate(visit.runtime, persona, message.text, visit.language)
    return visit.render("parts/translation.html", text=done.text, done=done)


async def _talk(visit: Visit) -> Talk:
    id = visit.request.path_params["id"]

    def work(tx: Tx) -> Talk:
        return read_talk(tx, id)

    return await visit.runtime.store.read(work)


def _render(visit: Visit, kind: str, text: str, **context: Any) -> Response:
    return visit.render("parts/writing_result.html", kind=kind, text=text, **context)
