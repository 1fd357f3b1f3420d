"""What is answered without a question: receipts, and the confirmation of a wish."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from recado.assistant.port import Answer, Model, Question
from recado.language.detection import LANGUAGES, LanguageCode
from recado.language.notices import notice, receipt
from recado.turns.burst import Burst


def confirmed(burst: Burst, language: str) -> Answer | None:
    """The answer where nothing was said but a wish about marketing; None: there is more."""
    wish = burst.wish
    if wish is None or burst.text:
        return None
    return _said(notice(f"marketing_{wish['wish']}", wish["language"] or language), "marketing")


def wished_in(burst: Burst, speaks: Sequence[str]) -> LanguageCode | None:
    """The language of a wish that is all that was said, where it is one's own: the conversation
    goes on in it."""
    wish = burst.wish
    if wish is None or burst.text:
        return None
    known = (code for code in LANGUAGES if code == wish["language"])
    return next((code for code in known if not speaks or code in speaks), None)


def with_wish(answer: Answer, burst: Burst, language: str) -> Answer:
    """Beside a question, the confirmation comes first."""
    wish = burst.wish
    if not wish or not answer.text:
        return answer
    told = notice(f"marketing_{wish['wish']}", wish["language"] or language)
    return msgspec.structs.replace(answer, text=f"{told}\n\n{answer.text}")


async def for_tap(model: Model, question: Question, burst: Burst) -> Answer:
    """A row or button of which nothing is known by its title: by its description, or a receipt.
    Somebody has made it to be tapped, so "I don't know" is no answer to it."""
    if burst.described:
        text = f"{question.text}\n{burst.described}"
        answer = await model.answer(msgspec.structs.replace(question, text=text))
        if answer.known:
            return answer
    return _said(receipt("interactive", question.language), "tap")


def _said(text: str, intent: str) -> Answer:
    return Answer(text=text, confidence=1.0, model="none", intent=intent)
