"""The versions of a character: a draft is written, published, and an earlier one comes back.

    draft ── publish ──▶ published ── the next is published ──▶ retired
                             ▲                                     │
                             └──── restore, as a new version ──────┘

A turn reads the published version once, when it begins; what is published meanwhile is for the
turns after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from recado.assistant.characters import (
    StoredCharacter,
    changed_content,
    check_name_is_free,
    get_character,
    replace_content,
)
from recado.assistant.content import CharacterContent, content_of
from recado.assistant.history import LOCK, SYSTEM, record_strange_change, version_row
from recado.assistant.model import Character, CharacterVersion
from recado.assistant.publishing import (
    DraftEvaluation,
    PublishingNeeds,
    check_evaluated,
    evaluation_of,
    keep_evaluation,
    needs_of,
)
from recado.assistant.tools.registry import check_tools_exist
from recado.errors import BadRequest, Conflict, NotFound
from recado.lines.model import LineRow
from recado.security.model import User
from recado.store import Tx

LONGEST_NOTE = 500
_WITH_NEEDS = select(Character.id, Character.publish_needs).where(
    Character.publish_needs.is_not(None)
)
State = Literal["draft", "published", "retired"]


class VersionSummaryView(msgspec.Struct, frozen=True, kw_only=True):
    """A version without its content. `author` is who wrote or published it ("user:<id>", "api",
    "system"), `author_name` the user's name; `restored_from` the version that it is again;
    `evaluation` how it stood as a draft, null where that was not asked."""

    number: int
    state: State
    note: str
    author: str
    author_name: str | None
    restored_from: int | None
    evaluation: DraftEvaluation | None = None
    created_at: float
    updated_at: float


class VersionView(VersionSummaryView, frozen=True, kw_only=True):
    """A version of a character: `content` has its fields."""

    character_id: str
    content: CharacterContent


class CharacterView(StoredCharacter, frozen=True, kw_only=True):
    """A character as it answers, with its `draft`: what is written and not yet published, null
    when there is nothing. `publish_needs` is what a draft has to reach before it is published, null
    nothing. `lines` are the names of the lines that name it."""

    draft: VersionView | None = None
    publish_needs: PublishingNeeds | None = None
    lines: tuple[str, ...] = ()


def describe_character(tx: Tx, character_id: str) -> CharacterView:
    """Raises NotFound."""
    return describe_all(tx, [get_character(tx, character_id)])[0]


def describe_all(tx: Tx, characters: Iterable[StoredCharacter]) -> list[CharacterView]:
    """The characters with their drafts and lines."""
    drafts = {it.character_id: it for it in _views(tx, CharacterVersion.state == "draft")}
    needs = {row.id: needs_of(row.publish_needs) for row in tx.all(_WITH_NEEDS)}
    named: dict[str, list[str]] = {}
    lines = select(LineRow.character_id, LineRow.name).where(LineRow.character_id.is_not(None))
    for row in tx.all(lines.order_by(LineRow.name)):
        named.setdefault(row.character_id, []).append(row.name)
    return [
        CharacterView(
            **msgspec.structs.asdict(it),
            draft=drafts.get(it.id),
            publish_needs=needs.get(it.id),
            lines=tuple(named.get(it.id, ())),
        )
        for it in characters
    ]


def list_versions(tx: Tx, character_id: str) -> list[VersionSummaryView]:
    """The newest first, the draft at the top. Raises NotFound."""
    get_character(tx, character_id)
    fields = VersionSummaryView.__struct_fields__
    found = _views(tx, CharacterVersion.character_id == character_id)
    return [VersionSummaryView(**{name: getattr(it, name) for name in fields}) for it in found]


def get_version(tx: Tx, character_id: str, number: int) -> VersionView:
    """Raises NotFound."""
    own = CharacterVersion.character_id == character_id
    if not (found := _views(tx, own, CharacterVersion.number == number)):
        raise NotFound(f"This character has no version {number}.")
    return found[0]


def find_version(tx: Tx, character_id: str, which: str) -> VersionView:
    """`which` is "published", "draft" or a number. Raises NotFound."""
    character = get_character(tx, character_id)
    if which == "draft":
        if draft := find_draft(tx, character_id):
            return draft
        raise NotFound("This character has no draft: everything is published.")
    if which != "published":
        return get_version(tx, character_id, int(which))
    own = CharacterVersion.character_id == character_id
    kept = _views(tx, own, CharacterVersion.number == character.version)
    return kept[0] if kept else _as_it_answers(character)


def find_draft(tx: Tx, character_id: str) -> VersionView | None:
    own = CharacterVersion.character_id == character_id
    return next(iter(_views(tx, own, CharacterVersion.state == "draft")), None)


def save_draft(
    tx: Tx,
    character_id: str,
    changes: dict[str, Any],
    *,
    author: str,
    revision: int | None = None,
) -> CharacterView:
    """Change the named fields of the draft, which begins as what is published. A draft that says
    what is published is none.

    `revision` is the character's that was read before: raises Conflict when somebody has changed
    it since (None: whatever they did). Raises NotFound, BadRequest, Unprocessable, and Conflict
    when another character has the name.
    """
    character = _begin(tx, character_id, revision)
    draft = find_draft(tx, character_id)
    before = content_of(character if draft is None else draft.content)
    content = changed_content(before, changes)
    check_name_is_free(tx, character_id, content.name)
    if content.tools != before.tools:  # one that was removed since may stay named
        check_tools_exist(tx, content.tools)
    if content == before:
        return describe_character(tx, character_id)
    if draft is not None:
        _delete_draft(tx, character_id)
    if content != content_of(character):
        values: dict[str, Any] = {"state": "draft", "author": author}
        if draft is not None:
            values["created_at"] = draft.created_at
        row = version_row(character_id, content, character.version + 1, **values)
        tx.execute(insert(CharacterVersion).values(row))
    _count(tx, character_id)
    return describe_character(tx, character_id)


def publish(
    tx: Tx, character_id: str, *, author: str, note: str = "", revision: int | None = None
) -> CharacterView:
    """Answer with the draft from the next turn on. Without one, nothing changes.

    Raises NotFound, BadRequest (the note is too long), and Conflict: somebody has changed it since
    `revision`, another character has the name, or its evaluation has not shown what is needed.
    """
    _begin(tx, character_id, revision)
    draft = find_draft(tx, character_id)
    if draft is not None:
        row = tx.first(_WITH_NEEDS.where(Character.id == character_id))
        check_evaluated(None if row is None else needs_of(row.publish_needs), draft.evaluation)
        _delete_draft(tx, character_id)
        note = _checked_note(note)
        replace_content(tx, character_id, draft.content, author=author, note=note)
        keep_evaluation(tx, character_id, draft.evaluation)
    return describe_character(tx, character_id)


def discard_draft(tx: Tx, character_id: str, *, revision: int | None = None) -> CharacterView:
    """Forget what is not published. Raises NotFound, and Conflict as `publish`."""
    _begin(tx, character_id, revision)
    if find_draft(tx, character_id) is not None:
        _delete_draft(tx, character_id)
        _count(tx, character_id)
    return describe_character(tx, character_id)


def restore(
    tx: Tx,
    character_id: str,
    number: int,
    *,
    author: str,
    note: str = "",
    revision: int | None = None,
) -> CharacterView:
    """Answer as an earlier version did, as a new version and from the next turn on. A draft stays.

    Raises NotFound, BadRequest, and Conflict as `publish`, or because the version answers already.
    """
    _begin(tx, character_id, revision)
    version = get_version(tx, character_id, number)
    if version.state != "retired":
        raise Conflict(f"Version {number} is no earlier one.")
    replace_content(
        tx,
        character_id,
        version.content,
        author=author,
        note=_checked_note(note),
        restored_from=number,
    )
    return describe_character(tx, character_id)


def _begin(tx: Tx, character_id: str, revision: int | None) -> StoredCharacter:
    tx.lock(LOCK)
    record_strange_change(tx, character_id)
    character = get_character(tx, character_id)
    if revision is not None and revision != character.revision:
        raise Conflict(
            "Somebody has changed this character since you read it. Read it again, then decide"
            " about your change."
        )
    return character


def _checked_note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise BadRequest(f"A note has at most {LONGEST_NOTE} characters.")
    return note.strip()


def _count(tx: Tx, character_id: str) -> None:
    counted = {"revision": Character.revision + 1}
    tx.execute(update(Character).where(Character.id == character_id).values(counted))


def _delete_draft(tx: Tx, character_id: str) -> None:
    own = CharacterVersion.character_id == character_id
    tx.execute(delete(CharacterVersion).where(own, CharacterVersion.state == "draft"))


def _as_it_answers(character: StoredCharacter) -> VersionView:
    """Of one that a former version of Recado, running beside this one, has just made."""
    return VersionView(
        character_id=character.id,
        number=character.version,
        state="published",
        content=content_of(character),
        note="",
        author=SYSTEM,
        author_name=None,
        restored_from=None,
        created_at=character.updated_at,
        updated_at=character.updated_at,
    )


def _views(tx: Tx, *where: Any) -> list[VersionView]:
    author = "user:" + User.id
    statement = (
        select(CharacterVersion.__table__, User.name.label("author_name"))
        .select_from(CharacterVersion)
        .outerjoin(User, author == CharacterVersion.author)
        .where(*where)
        .order_by(CharacterVersion.number.desc())
    )
    return [_version(row) for row in tx.all(statement)]


def _version(row: Row[Any]) -> VersionView:
    told = {name: row._mapping[name] for name in VersionView.__struct_fields__}
    told |= {"content": content_of(row.content), "evaluation": evaluation_of(row.evaluation)}
    return VersionView(**told)
