"""What the contact says while a rating is awaited: the score, the comment, or something else.

It is looked at under the conversation's lock, in the transaction that takes the message in, and
only where the conversation is resolved or one of our own rows was tapped: anything else costs
nothing. An answer starts no turn, unless it is a comment in which more than a complaint may be.
Whatever is no answer is an ordinary message, and ends the wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, update

from recado.channels.messages import InboundMessage
from recado.conversations.asked import tapped_id
from recado.conversations.messages import queue_message
from recado.conversations.model import Conversation
from recado.conversations.ownership import log_event
from recado.escalation.policy.compiled import DEFAULT_POLICY
from recado.events import RatingGiven
from recado.language.anger import is_angry
from recado.language.intent import classify_intent
from recado.language.notices import notice
from recado.satisfaction.model import AWAITED, Rating
from recado.satisfaction.understanding import score_in
from recado.satisfaction.wording import tapped_score
from recado.store import Tx, now
from recado.store.prepared import prepare

#: In a message's content, why nobody expects an answer to it (channels/messages.py, UNASKED).
RATED = "rating"
#: A tap counts for so long after the question, whatever was said meanwhile.
TAP_SECONDS = 7 * 86400.0
#: For so long after a low score, what is written is the comment.
COMMENT_SECONDS = 2 * 3600.0
MOST_COMMENT = 2000
#: Up to this score, what could be better is asked.
LOW = 3
#: What was written so long before it was asked for is no answer: the clocks are two.
CLOCKS_DIFFER_SECONDS = 5.0
_DECLINED = frozenset(
    (
        *("no", "nada", "nada más", "nada mas", "no gracias", "no, gracias", "nothing", "nao"),
        *("não", "não obrigado", "não, obrigado", "não obrigada", "não, obrigada", "no thanks"),
        *("no, thanks", "no thank you", "no, thank you"),
    )
)

_COURTESIES = frozenset({"greeting", "thanks", "goodbye"})

_COLUMNS = (
    *(Rating.id, Rating.state, Rating.score),
    *(Rating.asked_at, Rating.answered_at, Rating.expires_at),
)
_IS_AWAITED = or_(*(Rating.state == it for it in AWAITED))
_AWAITED = prepare(
    select(*_COLUMNS)
    .where(Rating.conversation_id == bindparam("conversation"), _IS_AWAITED)
    .order_by(Rating.id.desc())
    .limit(1)
)
_TAPPED = prepare(
    select(*_COLUMNS).where(
        Rating.id == bindparam("rating"), Rating.conversation_id == bindparam("conversation")
    )
)


@dataclass(frozen=True, slots=True)
class Answer:
    """`score` for the first answer, `comment` for what could be better; neither: a row that was
    tapped again or too late, or no comment was wanted. `goes_on`: the comment is an ordinary
    message, too, which somebody has to answer."""

    rating_id: str
    score: int | None = None
    comment: str = ""
    goes_on: bool = False


def answer_in(tx: Tx, conversation: Row[Any], item: InboundMessage) -> Answer | None:
    """The answer to a rating that `item` is, None: it is an ordinary message. `conversation` is
    locked by the caller; the message expects an answer, as far as can be told without this."""
    tapped = tapped_score(tapped_id(item.content)) if "reply" in item.content else None
    if tapped is not None and (answer := _tap(tx, conversation.id, *tapped)):
        return answer
    if conversation.state != "resolved":
        return None
    rating = tx.first(_AWAITED, {"conversation": conversation.id})
    if rating is None:
        return None
    answer = _typed(rating, item) if item.type == "text" else None
    if answer is None:
        lapsed = update(Rating).where(Rating.id == rating.id)
        state = "lapsed" if rating.state == "asked" else "done"
        tx.execute(lapsed.values(state=state, expires_at=None))
    return answer


def keep_answer(
    tx: Tx,
    conversation: Row[Any],
    answer: Answer,
    message: dict[str, Any],
    *,
    trace_id: str = "",
) -> None:
    """Write the answer down, tell of it, and thank for it once. `message` is what they wrote."""
    if answer.goes_on:
        _keep_comment(tx, conversation, answer, message)
        return
    if conversation.state == "resolved":  # it stays so, with nothing in it to read or to answer
        read = {"answered_to": message["position"], "unread_count": 0}
        tx.execute(update(Conversation).where(Conversation.id == conversation.id).values(read))
    if answer.score is not None:
        words = _keep_score(tx, conversation, answer, message)
    else:
        words = _keep_comment(tx, conversation, answer, message)
    if words and conversation.state != "human":
        queue_message(
            tx,
            conversation.id,
            author="system",
            text=notice(words, conversation.language),
            in_reply_to=[message["id"]],
            trace_id=trace_id,
        )


def _tap(tx: Tx, conversation_id: str, rating_id: str, score: int) -> Answer | None:
    """None: it is a button of the business, whose id only looks like one of ours."""
    rating = tx.first(_TAPPED, {"rating": rating_id, "conversation": conversation_id})
    if rating is None:
        return None
    counts = (
        rating.score is None
        and rating.asked_at is not None
        and now() - rating.asked_at < TAP_SECONDS
    )
    return Answer(rating_id, score=score if counts else None)


def _typed(rating: Row[Any], item: InboundMessage) -> Answer | None:
    if now() > (rating.expires_at or 0.0):
        return None
    comments = rating.state == "commenting"
    wanted_at = (rating.answered_at if comments else rating.asked_at) or 0.0
    if item.sent_at < wanted_at - CLOCKS_DIFFER_SECONDS:
        return None
    if comments:
        return _comment(rating.id, item.text.strip()[:MOST_COMMENT])
    score = score_in(item.text)
    return None if score is None else Answer(rating.id, score=score)


def _comment(rating_id: str, said: str) -> Answer | None:
    if said.lower().rstrip(".! ") in _DECLINED:
        return Answer(rating_id)
    if not said or _is_no_comment(said):
        return None
    return Answer(rating_id, comment=said, goes_on=not _only_complains(said))


def _is_no_comment(said: str) -> bool:
    """Whether it asks something, or is a greeting and no more."""
    return "?" in said or "¿" in said or classify_intent(said).name in {"human", *_COURTESIES}


def _only_complains(said: str) -> bool:
    """Whether it is plainly a complaint about the service and nothing besides. A stolen card is
    told in anger, too, so anger counts only where no matter is recognised."""
    matter = classify_intent(said).name
    complains = matter == "complaint" or (matter == "other" and is_angry(said))
    wanted = DEFAULT_POLICY.has_trigger_word(said) or DEFAULT_POLICY.asks_for_person(said)
    return complains and not wanted


def _keep_score(tx: Tx, conversation: Row[Any], answer: Answer, message: dict[str, Any]) -> str:
    """Returns the name of what is said to them, "": nothing."""
    score, moment = answer.score or 0, now()
    asks = score <= LOW and conversation.state == "resolved"
    values = {
        "score": score,
        "answered_at": moment,
        "state": "commenting" if asks else "done",
        "expires_at": moment + COMMENT_SECONDS if asks else None,
        "covers_to": message["position"],
    }
    if not _changed(tx, Rating.id == answer.rating_id, Rating.score.is_(None), values=values):
        return ""
    _tell(tx, conversation, answer.rating_id, message, "rating_given", {"score": score})
    return "rating_better" if asks else "rating_thanks"


def _keep_comment(tx: Tx, conversation: Row[Any], answer: Answer, message: dict[str, Any]) -> str:
    commenting = (Rating.id == answer.rating_id, Rating.state == "commenting")
    values: dict[str, Any] = {"state": "done", "expires_at": None}
    if not answer.goes_on:  # else it begins the next matter
        values["covers_to"] = message["position"]
    if not answer.comment:
        # A second tap while a comment is awaited leaves that as it is.
        declined = "reply" not in (message["content"] or {})
        if declined and _changed(tx, *commenting, values=values):
            return "rating_thanks"
        _changed(tx, Rating.id == answer.rating_id, values={"covers_to": message["position"]})
        return ""
    if not _changed(tx, *commenting, values=values | {"comment": answer.comment}):
        return ""
    _tell(tx, conversation, answer.rating_id, message, "rating_commented", {})
    return "rating_noted"


def _changed(tx: Tx, *where: Any, values: dict[str, Any]) -> bool:
    return tx.execute(update(Rating).where(*where).values(values)).rowcount > 0


def _tell(
    tx: Tx,
    conversation: Row[Any],
    rating_id: str,
    message: dict[str, Any],
    name: str,
    detail: dict[str, Any],
) -> None:
    rating = tx.first(select(Rating.__table__).where(Rating.id == rating_id))
    if rating is None:
        return
    log_event(
        tx,
        conversation.id,
        name,
        actor="contact",
        after=message["position"],
        detail={"rating": rating_id, **detail},
    )
    event = RatingGiven(
        conversation_id=conversation.id,
        user_id=message["contact_id"],
        rating_id=rating_id,
        score=rating.score or 0,
        comment=rating.comment,
        line_id=rating.line_id,
        department=rating.department,
        agent_id=rating.user_id or "",
        character_id=rating.character_id or "",
    )
    tx.announce(event)
