"""Characters, the knowledge they answer from, and the record of every turn."""

from __future__ import annotations

from sqlalchemy import Double, ForeignKey, Index, Integer, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds


class Character(Base):
    """A persona as it answers: the content of its published `version` (content.py), in columns.

    `model` "" means the installation's RECADO_MODEL; `sources` null means all knowledge. `hours`
    are those of hours.py, in `time_zone`. `revision` counts every change of the character or its
    draft, so that who edits what others have changed meanwhile is told. `publish_needs` is what a
    draft has to reach before it is published (publishing.py), null nothing.
    """

    __tablename__ = "character"

    id: Mapped[PrimaryId]
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str]
    prompt: Mapped[LongText]
    tone: Mapped[LongText] = mapped_column(server_default="")
    greeting: Mapped[LongText] = mapped_column(server_default="")
    hours: Mapped[Json]
    time_zone: Mapped[str] = mapped_column(server_default="")
    languages: Mapped[Json]
    model: Mapped[str]
    model_settings: Mapped[Json]
    model_rules: Mapped[Json]
    sources: Mapped[Json]
    tools: Mapped[Json]
    holidays: Mapped[Json]
    model_policy: Mapped[Json]
    limits: Mapped[Json]
    handover: Mapped[Json]
    intents: Mapped[Json]
    intent_engine: Mapped[str] = mapped_column(server_default="")
    budgets: Mapped[Json]
    version: Mapped[int] = mapped_column(server_default="1")
    revision: Mapped[int] = mapped_column(server_default="0")
    publish_needs: Mapped[Json | None]
    #: Read by older versions beside this one only, which want an object there.
    escalation: Mapped[Json] = mapped_column(default=dict)
    is_default: Mapped[bool]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]
    archived_at: Mapped[Seconds | None]


class CharacterVersion(Base):
    """What a character was, is or is to be: `state` retired · published · draft.

    `content` is a CharacterContent (content.py). The published one is also in the character's own
    columns, which turns read; a draft is the only one that changes, and its number is the last.
    `author` is who wrote or published it, as in the audit log; `restored_from` the earlier version
    that it is again; `evaluation` how it stood as a draft (publishing.py).
    """

    __tablename__ = "character_version"
    __table_args__ = (UniqueConstraint("character_id", "number"),)

    id: Mapped[PrimaryId]
    character_id: Mapped[Id]
    number: Mapped[int]
    state: Mapped[str]
    content: Mapped[Json]
    note: Mapped[LongText]
    author: Mapped[str]
    restored_from: Mapped[int | None]
    evaluation: Mapped[Json | None]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]


class KnowledgeSource(Base):
    """What the assistant was taught under one name. `origin` says where it comes from that is no
    file (knowledge/origin.py). `file_id` is the file itself, as it came (media/originals.py); null
    of what was no file, or was learnt when files were not kept. `sendable`: customers may be sent
    it; `title` is what they are told it is, "" the name."""

    __tablename__ = "knowledge_source"

    id: Mapped[PrimaryId]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    language: Mapped[str]
    passage_count: Mapped[int]
    sample: Mapped[bool]
    counts: Mapped[Json | None]
    left_out: Mapped[Json | None]
    origin: Mapped[Json | None]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]
    file_id: Mapped[Id | None] = mapped_column(index=True)
    sendable: Mapped[bool] = mapped_column(server_default=false())
    title: Mapped[str] = mapped_column(server_default="")


class Passage(Base):
    """One answerable piece of a source. `search_text` is stems and concepts by place
    (knowledge/analysis.py), from which a process builds its index in memory."""

    __tablename__ = "passage"
    __table_args__ = (Index(None, "source_id", "position"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    source_id: Mapped[Id]
    position: Mapped[int]
    heading: Mapped[str]
    text: Mapped[LongText]
    language: Mapped[str]
    search_text: Mapped[LongText]


class PassageVector(Base):
    """What a passage means, by the embedding model `model`: part 0 of its heading and text, the
    others of the questions that it answers (knowledge/meaning). `vector` is little-endian 16-bit
    floats of unit length; `version` is KnowledgeMeaning's, when it was written."""

    __tablename__ = "passage_vector"
    __table_args__ = (Index(None, "model", "version", "passage_id", "part"),)

    passage_id: Mapped[int] = mapped_column(
        ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    model: Mapped[str]
    version: Mapped[int]
    vector: Mapped[bytes]


class KnowledgeMeaning(Base):
    """How far the knowledge is read by an embedding model. `version` counts what was written; `low`
    and `high` are how alike it finds texts that have nothing and much in common; `problem` is why
    it made no vectors last time."""

    __tablename__ = "knowledge_meaning"

    model: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    low: Mapped[float] = mapped_column(Double)
    high: Mapped[float] = mapped_column(Double)
    problem: Mapped[LongText]
    updated_at: Mapped[Seconds]


class Turn(Base):
    """One answer to all that the contact said from `from_position` to `to_position`, by the
    `character_version` that the turn read when it began.

    `outcome`: replied · escalated · dropped (a person took over meanwhile) · failed.
    """

    __tablename__ = "turn"
    __table_args__ = (Index(None, "conversation_id", "started_at"), Index(None, "started_at"))

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    character_id: Mapped[Id | None]
    character_version: Mapped[int | None]
    from_position: Mapped[int]
    to_position: Mapped[int]
    outcome: Mapped[str]
    model: Mapped[str]
    language: Mapped[str]
    confidence: Mapped[float | None]
    sources: Mapped[Json]
    score: Mapped[int]
    reasons: Mapped[Json]
    sentiment: Mapped[str]
    intent: Mapped[str]
    tokens_in: Mapped[int]
    tokens_out: Mapped[int]
    cost: Mapped[float | None]
    error: Mapped[str | None]
    started_at: Mapped[Seconds]
    duration_ms: Mapped[float]
    model_ms: Mapped[float]


class ToolCall(Base):
    """The ledger of tool calls: a row before the effect, so that a retried turn never repeats one.

    `state`: asking (for a value that is missing) · planned (waits for a yes where one is asked) ·
    confirmed · calling · done · failed · unknown (nobody can tell whether it happened) · declined ·
    expired. `position` and `confirmed_position` are the first positions of the bursts that asked
    for it and that said yes. `key` is what the other side knows the call by.
    """

    __tablename__ = "tool_call"
    __table_args__ = (Index(None, "conversation_id", "created_at"),)

    id: Mapped[PrimaryId]
    conversation_id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    tool: Mapped[str]
    arguments: Mapped[Json]
    result: Mapped[Json]
    state: Mapped[str]
    created_at: Mapped[Seconds]
    tool_id: Mapped[str] = mapped_column(server_default="")
    turn_id: Mapped[str] = mapped_column(server_default="")
    effect: Mapped[str] = mapped_column(server_default="")
    #: What is done, in the contact's words.
    summary: Mapped[LongText] = mapped_column(server_default="")
    #: The parameter that was asked for.
    missing: Mapped[str] = mapped_column(server_default="")
    error: Mapped[LongText] = mapped_column(server_default="")
    position: Mapped[int] = mapped_column(server_default="0")
    confirmed_position: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[Seconds | None]
    updated_at: Mapped[Seconds | None]
