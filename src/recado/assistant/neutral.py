"""The character of an installation whose business has taught something and written none.

The sample character speaks for the sample business. As soon as there is knowledge of the
operator's own, an untouched sample becomes a neutral assistant: the line's name, no facts.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from sqlalchemy import select, update

from recado.assistant.history import LOCK, record_published, record_strange_change
from recado.assistant.model import Character, CharacterVersion, KnowledgeSource
from recado.assistant.port import Persona
from recado.runtime import Runtime
from recado.store import Tx, now

if TYPE_CHECKING:
    from recado.assistant.characters import Characters
    from recado.lines.registry import Lines

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


async def persona_of_line(runtime: Runtime, line_id: str, character_id: str | None) -> Persona:
    """Who answers in a conversation of the line that names this character, or none: the
    conversation's own, else its line's, else the default one, as it is published now. Raises
    NotFound."""
    return await persona_among(runtime.lines, runtime.characters, line_id, character_id)


async def persona_among(
    lines: Lines, characters: Characters, line_id: str, character_id: str | None
) -> Persona:
    """As persona_of_line, for who is made before what runs."""
    line = await lines.get(line_id)
    named = character_id or line.character_id
    persona = await (characters.get(named) if named else characters.default())
    return replace(persona, business=business_of(line.name)) if persona.neutral else persona


def knows_own(tx: Tx) -> bool:
    """Whether the installation has learnt something that is not the sample."""
    own = select(KnowledgeSource.id).where(KnowledgeSource.sample.is_(False))
    return tx.first(own.limit(1)) is not None


def neutralise_sample(tx: Tx) -> None:
    """Take the sample business out of every character that has its prompt, and out of drafts, in
    the transaction that teaches the first of one's own. What the business wrote instead, be it
    only the name, stays."""
    tx.lock(LOCK)
    for character in tx.all(select(Character.id, Character.name, Character.prompt)):
        if not _is_sample(character.prompt):
            continue
        record_strange_change(tx, character.id)
        values = _neutral(tx, character.name) | {"updated_at": now()}
        tx.execute(update(Character).where(Character.id == character.id).values(values))
        record_published(tx, character.id)
    _neutralise_drafts(tx)


def _neutralise_drafts(tx: Tx) -> None:
    """What is written and not published yet began as the sample, too."""
    drafts = select(
        CharacterVersion.id, CharacterVersion.content, CharacterVersion.character_id
    ).where(CharacterVersion.state == "draft")
    for draft in tx.all(drafts):
        if not _is_sample(str(draft.content.get("prompt", ""))):
            continue
        content = draft.content | _neutral(tx, str(draft.content["name"]), draft.character_id)
        written = update(CharacterVersion).where(CharacterVersion.id == draft.id)
        tx.execute(written.values(content=content))


def _is_sample(prompt: str) -> bool:
    """Whether a prompt is the sample's, whatever a form has done to its line breaks."""
    return prompt.split() == sample_prompt().split()


def _neutral(tx: Tx, name: str, character_id: str = "") -> dict[str, Any]:
    """What stands in the place of the sample in a character of that name, or in a draft of the
    one with that id, which may take its name."""
    values = {"prompt": NEUTRAL_PROMPT, "description": NEUTRAL_DESCRIPTION}
    return values | ({"name": _free_name(tx, character_id)} if name == SAMPLE_NAME else {})


def is_neutral(name: str) -> bool:
    """Whether a character has the name of one that nobody has named."""
    return name == NEUTRAL_NAME or name.startswith(f"{NEUTRAL_NAME} (")


def _free_name(tx: Tx, character_id: str = "") -> str:
    others = select(Character.name).where(Character.id != character_id)
    taken = {row.name for row in tx.all(others)}
    names = (NEUTRAL_NAME, *(f"{NEUTRAL_NAME} ({number})" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
