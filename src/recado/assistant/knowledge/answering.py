"""Who answers from a source: every character that uses all knowledge, and those that have chosen
it."""

from __future__ import annotations

from recado.assistant.characters import (
    StoredCharacter,
    get_character,
    list_characters,
    update_character,
)
from recado.assistant.knowledge.sources import get_source
from recado.assistant.versions import find_draft, save_draft
from recado.store import Tx


def who_could(tx: Tx, source_id: str) -> list[StoredCharacter]:
    """The characters that have chosen their sources, and not this one. Raises NotFound."""
    source = get_source(tx, source_id)
    return [it for it in list_characters(tx) if not uses(it.sources, source.id, source.name)]


def answer_from(tx: Tx, character_id: str, source_id: str, *, author: str) -> None:
    """The character answers from it, too, from now on; its draft, if there is one, will. Who uses
    it already stays as they are. Raises NotFound."""
    source = get_source(tx, source_id)
    character = get_character(tx, character_id)
    if not uses(character.sources, source.id, source.name):
        sources = (*(character.sources or ()), source.id)
        update_character(tx, character_id, {"sources": sources}, author=author)
    draft = find_draft(tx, character_id)
    if draft is not None and not uses(draft.content.sources, source.id, source.name):
        sources = (*(draft.content.sources or ()), source.id)
        save_draft(tx, character_id, {"sources": sources}, author=author)


def uses(sources: tuple[str, ...] | None, source_id: str, name: str) -> bool:
    """Whether a character with these sources answers from it."""
    return sources is None or source_id in sources or name in sources
