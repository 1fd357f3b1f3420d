"""Everybody of the team who may be told of something, and the addresses of departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from recado.escalation.departments.model import Department, DepartmentMember
from recado.notifications.choices import NotificationSettings, all_choices, with_every_occasion
from recado.notifications.model import NotificationRule
from recado.notifications.occasions import Occasion
from recado.security.model import User
from recado.store import Tx


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the team who may sign in."""

    id: str
    name: str
    email: str
    phone: str
    role: str
    language: str
    time_zone: str
    choice: NotificationSettings


@dataclass(frozen=True, slots=True)
class Rule:
    """An address that is told. `department` "": of all; `occasions` None: of all."""

    id: str
    department: str
    channel: str
    shown: str
    occasions: frozenset[str] | None
    language: str

    def wants(self, occasion: Occasion) -> bool:
        return occasion.shared and (self.occasions is None or occasion.name in self.occasions)


@dataclass(frozen=True, slots=True)
class Team:
    """Everybody who may be told. `members` are the people of a department, by its key."""

    people: Mapping[str, Person]
    members: Mapping[str, Sequence[str]]
    departments: Mapping[str, str]
    rules: Sequence[Rule]
    #: The installation's: of addresses outside.
    language: str = "en"

    def wants(self, occasion: Occasion) -> bool:
        """Whether anybody wants to hear of it."""
        chosen = any(it.choice.of(occasion.name) for it in self.people.values())
        return chosen or any(it.wants(occasion) for it in self.rules)


NOBODY = Team({}, {}, {}, ())


def read_team(tx: Tx, language: str) -> Team:
    """Everybody who may be told; `language` is that of who has said none."""
    choices = all_choices(tx)
    plain = with_every_occasion(NotificationSettings())
    users = select(
        User.id, User.name, User.email, User.phone, User.role, User.language, User.time_zone
    ).where(User.disabled_at.is_(None))
    people = {
        row.id: Person(
            row.id,
            row.name,
            row.email,
            row.phone,
            row.role,
            row.language or language,
            row.time_zone,
            choices.get(row.id, plain),
        )
        for row in tx.all(users)
    }
    members: dict[str, list[str]] = {}
    for row in tx.all(select(DepartmentMember.department, DepartmentMember.user_id)):
        if row.user_id in people:
            members.setdefault(row.department, []).append(row.user_id)
    departments = {row.key: row.name for row in tx.all(select(Department.key, Department.name))}
    return Team(people, members, departments, _rules(tx, language), language)


def _rules(tx: Tx, language: str) -> list[Rule]:
    of = NotificationRule
    columns = (of.id, of.department, of.channel, of.shown, of.occasions, of.language)
    return [
        Rule(
            row.id,
            row.department,
            row.channel,
            row.shown,
            None if row.occasions is None else frozenset(row.occasions),
            row.language or language,
        )
        for row in tx.all(select(*columns).where(of.enabled).order_by(of.id))
    ]
