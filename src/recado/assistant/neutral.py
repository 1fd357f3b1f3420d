"""The character of an installation whose business has taught something and written none.

The sample character speaks for the sample business. As soon as there is knowledge of the
operator's own, an untouched sample becomes a neutral assistant: the line's name, no facts.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from sqlalchemy import select, update

from recado.assistant.history import LOCK, record_published, record_strange_change
from recado.assistant.model import Character, KnowledgeSource
from recado.store import Tx, now

SAMPLE_NAME = "Aurora"
NEUTRAL_NAME = "Assistant"
NEUTRAL_DESCRIPTION = "Answers from your knowledge. Give it your name and tone in the desk."
NEUTRAL_PROMPT = (
    "You are the virtual assistant of the business that this WhatsApp line belongs to. You are"
    " friendly, brief and concrete. You give facts exactly as they stand in the knowledge and"
    " promise nothing that is not there. When you do not know something, you say so and offer a"
    " person from the team. To a complaint you first apologise, then propose the next step."
)
#: Names that lines have when nobody has given them one.
_UNNAMED = frozenset({"", "whatsapp", "simulator", "twilio", "evolution", "web", "line"})


@cache
def sample_prompt() -> str:
    prompt = files("recado.assistant.samples") / "character.md"
    return prompt.read_text(encoding="utf-8")


def business_of(line_name: str) -> str:
    """What a line's name says of the business, "" where it says nothing."""
    name = " ".join(line_name.split())
    return "" if name.casefold() in _UNNAMED else name[:80]


def knows_own(tx: Tx) -> bool:
    """Whether the installation has learnt something that is not the sample."""
    own = select(KnowledgeSource.id).where(KnowledgeSource.sample.is_(False))
    return tx.first(own.limit(1)) is not None


def neutralise_sample(tx: Tx) -> None:
    """Take the sample business out of the sample character, in the transaction that teaches the
    first of one's own. What the business wrote instead, be it only the name, stays."""
    sample = tx.first(
        select(Character.id, Character.name).where(Character.prompt == sample_prompt())
    )
    if sample is None:
        return
    tx.lock(LOCK)
    record_strange_change(tx, sample.id)
    values = {
        "prompt": NEUTRAL_PROMPT,
        "description": NEUTRAL_DESCRIPTION,
        "updated_at": now(),
    }
    if sample.name == SAMPLE_NAME:
        values["name"] = _free_name(tx)
    tx.execute(update(Character).where(Character.id == sample.id).values(values))
    record_published(tx, sample.id)


def is_neutral(name: str) -> bool:
    """Whether a character has the name of one that nobody has named."""
    return name == NEUTRAL_NAME or name.startswith(f"{NEUTRAL_NAME} (")


def _free_name(tx: Tx) -> str:
    taken = {row.name for row in tx.all(select(Character.name))}
    names = (NEUTRAL_NAME, *(f"{NEUTRAL_NAME} ({number})" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
