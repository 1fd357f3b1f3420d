"""Ignorance turned into knowledge: what is answered is known from the next message on."""

from __future__ import annotations

from collections.abc import Sequence

from recado.assistant.knowledge import KnowledgeBase, KnowledgeSourceView
from recado.assistant.unanswered.questions import get_group, mark_answered
from recado.store import Store, Tx


async def answer_group(
    store: Store,
    knowledge: KnowledgeBase,
    group_id: str,
    text: str,
    *,
    questions: Sequence[str] = (),
) -> KnowledgeSourceView:
    """Teach the answer, under each of `questions` (none: as it was asked, in all wordings).

    The questions are answered in the transaction in which the answer becomes known.
    Raises NotFound (it is not open any more), BadRequest, Conflict: see KnowledgeBase.add_answer.
    """
    group = await store.read(lambda tx: get_group(tx, group_id))

    def answered(tx: Tx, view: KnowledgeSourceView) -> None:
        mark_answered(tx, group_id, view.id)

    return await knowledge.add_answer(
        questions or group.wordings or (group.text,), text, language=group.language, then=answered
    )
