"""One speaker: who may speak in a conversation, each rule in one place (promise 4).

The plain form of a step and the long one, SQL and Python, take the rules from here: a guard that
two of them wrote down would one day be two guards. The texts are conditions on a row of
`conversation`; the functions hold for values as well as for columns.
"""

from __future__ import annotations

from typing import Any, overload

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from recado.conversations.model import Message

#: The state of a conversation in which the assistant has the word.
ASSISTANTS = "bot"
#: The states of one that is a person's: who has the word, or lets it rest.
HELD = frozenset({"human", "snoozed"})
# state || '': until PostgreSQL has looked at a young table, it takes the index on `state` to be as
# good as the key, and reads every conversation of the assistant's.
#: The assistant has the word.
MAY_SPEAK = f"conversation.state || '' = '{ASSISTANTS}'"
#: It still has the word that it had when it began to answer, and nobody has answered meanwhile.
STILL_HAS_WORD = f"{MAY_SPEAK} AND ownership = :ownership AND answered_to < :to"
#: The team has not removed the conversation.
IS_THERE = "conversation.deleted_at IS NULL"
#: The contact is not blocked; `contact` is the conversation's.
IS_HEARD = "NOT contact.blocked"
#: No message waits for the contact to write again.
NOTHING_WAITS = "conversation.held_count = 0"
#: Nobody has tried to send the message yet: it can be taken back, or tried.
UNTRIED = (Message.status == "queued", Message.attempted_at.is_(None))


def may_speak(state: str) -> bool:
    """As MAY_SPEAK."""
    return state == ASSISTANTS


def answers_next(state: str) -> bool:
    """Whether what the contact says next is for the assistant to answer: no person has the word,
    and none is awaited."""
    return state in {ASSISTANTS, "resolved"}


@overload
def talks_over(author: str, state: str) -> bool: ...


@overload
def talks_over(
    author: InstrumentedAttribute[str], state: InstrumentedAttribute[str]
) -> ColumnElement[bool]: ...


def talks_over(author: Any, state: Any) -> Any:
    """Whether a message that waits to be sent is the assistant's and a person has the word, or lets
    it rest: then it is dropped."""
    return (author == "assistant") & ((state == "human") | (state == "snoozed"))
