"""What is known of a turn when it is decided who answers: the words, and the matter before them.

One matter (matter.py): what was said since the team last settled the conversation or spoke in it,
without a long pause; and for "I don't know", since the last question that was answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from recado.assistant.models import phrases
from recado.assistant.models.utterances import SMALL_TALK, utterances
from recado.assistant.port import UNKNOWN_CONFIDENCE, ContextMessage
from recado.language.affairs import tells_affair
from recado.language.analysis import LanguageCode, Sentiment, analyze_sentiment, complexity
from recado.language.anger import anger
from recado.language.matters import (
    Invitation,
    Matter,
    asked_matter,
    asks_how,
    asks_to_know,
    asks_whether,
    goes_on_with_wish,
    invitation_in,
    is_complaint,
    matter_of,
    wants_done,
)
from recado.language.own import affair_in
from recado.language.terms import details_in, only_details

if TYPE_CHECKING:
    from recado.aws.comprehend import Comprehend


async def felt(text: str, language: LanguageCode, comprehend: Comprehend | None) -> Sentiment:
    """How a text feels, by whom the installation has chosen."""
    if comprehend is None:
        return analyze_sentiment(text, language)
    return await comprehend.sentiment(text, language)


PICTURES = frozenset({"image", "video", "document"})
#: A detail that alone is an answer to "send us …".
_TELLING = {"number", "name", "contact", "address"}
_ENOUGH_DETAILS = 2
#: So many replies back details may have been asked for.
_REPLIES = 3


class TurnFacts(msgspec.Struct, frozen=True, dict=True):
    """What the contact has said now, what was said in the matter before it, and what is known of
    the answer once there is one. A reason's test (reasons.py) reads nothing else."""

    text: str
    language: LanguageCode
    #: The types of the messages: "text", "image", "order" …
    types: frozenset[str] = frozenset()
    #: The matter so far, oldest first.
    before: Sequence[ContextMessage] = ()
    #: It was written before the last reply came, which may have answered it, too.
    crossed: bool = False
    #: How many messages the open matter has (matter.py).
    message_count: int = 1
    #: A person has had the conversation since: what was said then is no reason any more.
    dealt_with: bool = False
    #: The model says that a person is wanted.
    model_asks: bool = False
    #: What the words feel like, where it was found out already.
    sentiment: Sentiment | None = None
    #: The embedded model answers, which speaks from the knowledge and of nothing else.
    embedded: bool = False
    #: How sure the assistant is of its answer, 0 to 1. None: it has not answered.
    confidence: float | None = None
    #: What the model took the words for.
    intent: str = ""

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

    @cached_property
    def negative(self) -> float:
        """How negative the words are, 0 to 1: as they feel, or as angry as they are."""
        found = self.sentiment or analyze_sentiment(self.text, self.language)
        return max(found.scores["negative"], anger(self.text).negative)

    @cached_property
    def complexity(self) -> float:
        return complexity(self.text, self.language)

    @cached_property
    def wish(self) -> Matter | None:
        """What only a person can do, and is wanted: said at once, or completed by the details
        that come in the next messages ("quiero reservar" · "para 6" · "el viernes")."""
        if (matter := matter_of(self.text)) and not asks_whether(self.text):
            return matter
        earlier = [m.content for m in self.before if m.role == "user"]
        return goes_on_with_wish(earlier, self.text, self.language) if self.text else None

    @cached_property
    def matter(self) -> Matter | None:
        """What only a person can do, and is spoken of, if only in a question that nothing known
        answers."""
        return matter_of(self.text) or asked_matter(self.text)

    @cached_property
    def complains(self) -> bool:
        return is_complaint(self.text, self.language)

    @cached_property
    def complained(self) -> bool:
        """Whether there was a complaint in the matter before."""
        earlier = (m.content for m in self.before if m.role == "user")
        return any(is_complaint(text, self.language) for text in earlier)

    @cached_property
    def tells_affair(self) -> bool:
        """Whether it speaks of an affair of their own, or wants something done, of which the
        knowledge has nothing."""
        own = tells_affair(self.text) or affair_in(self.text) is not None
        return own or wants_done(self.text)

    @property
    def sends_picture(self) -> bool:
        return bool(self.types & PICTURES)

    @property
    def sent_picture(self) -> bool:
        return any(m.type in PICTURES for m in self.before if m.role == "user")

    @cached_property
    def invited(self) -> Invitation:
        """What the assistant's last reply asks for; of whoever gives details and nothing else,
        the last replies."""
        last = invitation_in(self.last_reply)
        if last.details or not self.text or not only_details(self.text, self.language):
            return last
        replies = [m.content for m in self.before if m.role == "assistant"][-_REPLIES:]
        return last._replace(details=any(invitation_in(text).details for text in replies))

    @cached_property
    def gives_details(self) -> bool:
        if not self.text or asks_how(self.text):
            return False
        given = details_in(self.text)
        if len(given) >= _ENOUGH_DETAILS:
            return True
        if "?" in self.text:
            return False
        return bool(given & _TELLING) or only_details(self.text, self.language)

    @property
    def gives_reference(self) -> bool:
        """Whether it states the number of their order or the like, and asks nothing."""
        return self.states and not self.asks and "reference" in details_in(self.text)

    @property
    def tells_much(self) -> bool:
        """Whether it states several details, asked for or not: what, when, for whom."""
        return (
            self.states
            and len(details_in(self.text)) >= _ENOUGH_DETAILS
            and not asks_to_know(self.text)
        )

    @property
    def states(self) -> bool:
        """Whether the words are neither a question nor ask how something is done."""
        return bool(self.text) and "?" not in self.text and not asks_how(self.text)

    @cached_property
    def asks(self) -> bool:
        """Whether an answer is wanted: by a question, or by one more thing ("y la doble")."""
        found = utterances(self.text, self.language)
        return "?" in self.text or any(one.asks or one.follows_up for one in found)

    @cached_property
    def has_told(self) -> bool:
        """Whether the last that was written before is neither a question nor a courtesy."""
        last = next((m for m in reversed(self.before) if m.role == "user"), None)
        if last is None or not _is_question(last, self.language):
            return False
        return "?" not in last.content and not any(
            one.asks for one in utterances(last.content, self.language)
        )

    @cached_property
    def is_small_talk(self) -> bool:
        return _is_small_talk(self.text, self.language)

    @cached_property
    def did_not_know(self) -> bool:
        """Whether the assistant did not know since it last answered a question. Thanks and the
        like in between are no questions."""
        unknown = question = False
        for message in self.before:
            if message.role == "user":
                question = _is_question(message, self.language)
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
