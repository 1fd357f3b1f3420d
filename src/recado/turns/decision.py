"""Whether the assistant answers or a person does, by what was said in the matter so far.

A model sees one question. These rules see the conversation: what only a person can do is not put
off with knowledge, what was asked for is understood when it comes, nobody hears "I don't know"
over and over, nor the same answer twice in a row. They hold for every model.

One matter: what was said since the team last settled the conversation or spoke in it, without a
pause of MATTER_SECONDS; and for "I don't know", since the last question that was answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import msgspec

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.models import phrases
from recado.assistant.models.utterances import SMALL_TALK, utterances
from recado.assistant.port import UNKNOWN_CONFIDENCE, Answer, ContextMessage
from recado.escalation.score import ReasonCode
from recado.language.details import details_in
from recado.language.detection import LanguageCode
from recado.language.matters import (
    Invitation,
    Matter,
    asks_how,
    asks_whether,
    invitation_in,
    is_complaint,
    matter_of,
)
from recado.language.tokens import words

MATTER_SECONDS = 2 * 3600.0
PICTURES = frozenset({"image", "video", "document"})
_MATTERS = {
    Matter.REFUND: ReasonCode.REFUND,
    Matter.CANCELLATION: ReasonCode.CANCELLATION,
    Matter.RESERVATION: ReasonCode.RESERVATION,
    Matter.BIG_ORDER: ReasonCode.BIG_ORDER,
}
#: A detail that alone is an answer to "send us …".
_TELLING = {"number", "name", "contact", "address"}
_ENOUGH_DETAILS = 2
_SHORT_REPLY = 4
_LABELS = {
    "es": ("Datos que dio", "con archivo"),
    "pt": ("Dados informados", "com arquivo"),
    "en": ("Details given", "with a file"),
}
_DETAILS_FROM, _QUOTED_CHARS = 3, 300
_DIFFERENT = 0.1
_ASKED_LATELY = 3

#: The answer of a turn in which no model was asked: a person takes it.
UNASKED = Answer(text="", confidence=0.0, model="none", known=False)


class Said(msgspec.Struct, frozen=True):
    """What the contact has said now, and in the matter before it, oldest first."""

    text: str
    types: frozenset[str]
    language: LanguageCode
    before: Sequence[ContextMessage] = ()
    #: The position up to which the team has settled the conversation.
    settled: int = 0
    #: It was written before the last reply came, which may have answered it, too.
    crossed: bool = False

    @property
    def last_reply(self) -> str:
        """The assistant's last answer, with all its parts."""
        parts = takewhile(lambda m: m.role == "assistant", reversed(self.before))
        return "\n".join(reversed([message.content for message in parts]))

    @property
    def last_answer(self) -> str:
        """The last reply that was more than a hint at the one above it."""
        replies = [m.content for m in self.before if m.role == "assistant"]
        hints = tuple(text for texts in phrases.SAID_ABOVE.values() for text in texts)
        if not replies or not replies[-1].startswith(hints):
            return self.last_reply
        return next((text for text in reversed(replies) if not text.startswith(hints)), "")

    @property
    def invited(self) -> Invitation:
        return invitation_in(self.last_reply)

    @property
    def is_small_talk(self) -> bool:
        return _is_small_talk(self.text, self.language)


def matter_so_far(
    said: Sequence[tuple[int, ContextMessage]], *, after: int, before: int, at: float
) -> list[ContextMessage]:
    """Of messages and their positions, those of the matter that goes on at the time `at`: between
    two positions, without a pause, and after a person's last word."""
    found: list[ContextMessage] = []
    for position, message in reversed(said):
        if position >= before:
            continue
        if position <= after or at - message.at > MATTER_SECONDS or message.role == "agent":
            break
        found.append(message)
        at = message.at
    return found[::-1]


def needs_person(said: Said) -> ReasonCode | None:
    """Why a person has to take this, whatever a model may answer. None: a model is asked."""
    if (matter := matter_of(said.text)) and not asks_whether(said.text):
        return _MATTERS[matter]
    if matter := _completed(said):
        return _MATTERS[matter]
    if reason := _complains(said):
        return reason
    sends_picture = said.invited.picture and said.types & PICTURES
    sends_details = said.invited.details and _gives_details(said.text)
    return ReasonCode.DETAILS_SENT if sends_picture or sends_details else None


def _completed(said: Said) -> Matter | None:
    """A wish whose details come in the next message: "quiero reservar" · "para 6, el viernes"."""
    if len(details_in(said.text)) < _ENOUGH_DETAILS or "?" in said.text:
        return None
    wish = next((m.content for m in reversed(said.before) if m.role == "user"), "")
    return matter_of(f"{wish} {said.text}") if wish and not asks_how(wish) else None


def _complains(said: Said) -> ReasonCode | None:
    earlier = [message for message in said.before if message.role == "user"]
    now = is_complaint(said.text, said.language)
    if not now and not said.types & PICTURES:
        return None
    before = any(is_complaint(message.content, said.language) for message in earlier)
    pictures = said.types | {message.type for message in earlier}
    if (now or before) and pictures & PICTURES:
        return ReasonCode.COMPLAINT_WITH_PICTURE
    return ReasonCode.COMPLAINT_AGAIN if now and before else None


def judge(answer: Answer, said: Said) -> tuple[Answer, ReasonCode | None]:
    """The answer that may be given, and why a person has to take the conversation instead."""
    small_talk = said.text and said.is_small_talk and answer.intent != "complaint"
    if answer.asked_for_person or small_talk:
        return answer, None
    if repeats(answer.text, said):
        if not said.text:
            return answer, ReasonCode.UNKNOWN_AGAIN  # another file that it cannot read
        answer = _said_above(answer, said.language)
    known = answer.known and answer.confidence > UNKNOWN_CONFIDENCE
    return answer, None if known else _instead(answer, said)


def _instead(answer: Answer, said: Said) -> ReasonCode | None:
    """Why a person takes what the assistant does not know. None: it may say so."""
    if matter := matter_of(said.text):
        return _MATTERS[matter]
    if answer.intent == "complaint" or is_complaint(said.text, said.language):
        return ReasonCode.COMPLAINT
    if said.invited and said.text and "?" not in said.text and not asks_how(said.text):
        return ReasonCode.DETAILS_SENT
    return ReasonCode.UNKNOWN_AGAIN if _did_not_know(said) else None


def repeats(text: str, said: Said) -> bool:
    """Whether the answer is the last one again, but for words that say nothing. What differs in
    a number, or in something that was asked now, is another answer."""
    last = said.last_answer
    if not last or len(words(text)) < _SHORT_REPLY:
        return False
    new, old = _content(text, said.language), _content(last, said.language)
    if words(text) == words(last):
        return not _asks_anew(said) & new
    other = new ^ old
    if any(any(c.isdigit() for c in word) for word in other):
        return False
    if other & _content(said.text, said.language) or _asks_anew(said) & new:
        return False
    return bool(new) and len(other) <= _DIFFERENT * len(new | old)


def _asks_anew(said: Said) -> set[str]:
    """What is asked now and was not before: the words that answered "¿qué hay vegano?" may well
    answer "¿y el brownie?"."""
    if said.crossed:
        return set()
    asked = [message.content for message in said.before if message.role == "user"]
    before = set[str]().union(*(_content(text, said.language) for text in asked[-_ASKED_LATELY:]))
    return _content(said.text, said.language) - before


def _content(text: str, language: LanguageCode) -> set[str]:
    numbers = {word for word in words(text) if any(c.isdigit() for c in word)}
    return {word.stem for word in analyse(text, language).words} | numbers


def _said_above(answer: Answer, language: LanguageCode) -> Answer:
    """Ends with the offer of a person, so that a "sí" to it is understood."""
    text = f"{phrases.SAID_ABOVE[language][0]} {phrases.OFFER[language][0]}"
    return msgspec.structs.replace(
        answer, text=text, known=False, confidence=min(answer.confidence, UNKNOWN_CONFIDENCE)
    )


def _gives_details(text: str) -> bool:
    if not text or asks_how(text):
        return False
    given = details_in(text)
    if len(given) >= _ENOUGH_DETAILS:
        return True
    return "?" not in text and bool(given & _TELLING)


def _did_not_know(said: Said) -> bool:
    """Whether the assistant did not know since it last answered a question. Thanks and the like
    in between are no questions."""
    unknown = question = False
    for message in said.before:
        if message.role == "user":
            question = _is_question(message, said.language)
        elif message.role == "assistant" and message.confidence is not None:
            if message.confidence <= UNKNOWN_CONFIDENCE:
                unknown = True
            elif question:
                unknown = False
    return unknown


def _is_question(message: ContextMessage, language: LanguageCode) -> bool:
    unread = message.content == f"[{message.type}]"
    return not unread and not _is_small_talk(message.content, language)


def _is_small_talk(text: str, language: LanguageCode) -> bool:
    return all(
        utterance.intent in SMALL_TALK or not utterance.has_content
        for utterance in utterances(text, language)
    )


def handover_summary(said: Said, summary: str) -> str:
    """What a person should know first: what came last, word for word, and whether with files;
    then what was said before."""
    label, file = _LABELS[said.language]
    kinds = [file] if said.types & PICTURES else []
    earlier = [m.content for m in said.before if m.role == "user" and details_in(m.content)]
    parts = [*earlier[-_DETAILS_FROM:], said.text]
    told = [_short(part) for part in dict.fromkeys(parts) if part.strip()]
    given = "; ".join([*(f"«{part}»" for part in told), *kinds])
    return f"{label}: {given}.\n{summary}".strip() if given else summary


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _QUOTED_CHARS else text[: _QUOTED_CHARS - 1] + "…"
