"""Who is told of what, and what each was told."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from recado.store.base import Base, Id, Json, LongText, PrimaryId, Seconds


class Notification(Base):
    """One matter for one recipient on one channel. `matter` names what it is about: it is told
    once to each, however many messages come of it. `recipient` is a user's id, "" where a rule or
    a ticket names the address; `rule_id` the rule's, "" where none. `address` is what people may
    see of it: a rule's own address stays with the rule. `data` are the facts that the words are
    made of (occasions.Facts). `state`: waiting · sent · dropped (it was over before it was told) ·
    failed. It is told at `due_at`, and tried until long after `asked_at`. `attempts` are the last
    tries, oldest first: {"at", "answer", "milliseconds"}."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("matter", "occasion", "channel", "recipient", "rule_id", "address"),
        Index(None, "conversation_id"),
        Index(None, "recipient", "channel", "id"),
        Index(None, "state", "channel", "address", "due_at"),
    )

    id: Mapped[PrimaryId]
    matter: Mapped[str]
    occasion: Mapped[str]
    recipient: Mapped[str]
    rule_id: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    time_zone: Mapped[str]
    urgent: Mapped[bool]
    state: Mapped[str]
    tries: Mapped[int]
    answer: Mapped[LongText]
    attempts: Mapped[Json]
    conversation_id: Mapped[str]
    data: Mapped[Json]
    created_at: Mapped[Seconds]
    due_at: Mapped[Seconds]
    asked_at: Mapped[Seconds]
    settled_at: Mapped[Seconds | None]


class NotificationChoice(Base):
    """How a person wants to be told; who has none is told as `choices.DEFAULT` says. `channels` is
    {occasion: [channels]}. `quiet_from`, `quiet_to` are HH:MM in the person's time zone, "" without
    quiet hours; `urgent_passes`: what is urgent is told in them, too. `digest_minutes`: what comes
    within so long is told together; 0 at once."""

    __tablename__ = "notification_choice"

    user_id: Mapped[PrimaryId]
    channels: Mapped[Json]
    quiet_from: Mapped[str]
    quiet_to: Mapped[str]
    urgent_passes: Mapped[bool]
    digest_minutes: Mapped[int]
    sound: Mapped[bool]
    title: Mapped[bool]
    push: Mapped[bool]
    updated_at: Mapped[Seconds]


class NotificationRule(Base):
    """An address of a department that is told, whoever is there: a mailbox, a phone, a topic, a
    channel of a chat. `department` is its key, "" for all. `occasions` None: all that concern a
    team. `target` is encrypted: a chat's address is a secret."""

    __tablename__ = "notification_rule"

    id: Mapped[PrimaryId]
    name: Mapped[str]
    department: Mapped[str]
    channel: Mapped[str]
    target: Mapped[LongText]
    shown: Mapped[str]
    occasions: Mapped[Json]
    language: Mapped[str]
    enabled: Mapped[bool]
    created_by: Mapped[Id | None]
    created_at: Mapped[Seconds]
    updated_at: Mapped[Seconds]
