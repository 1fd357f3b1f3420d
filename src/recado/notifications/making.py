"""A matter becomes notifications: one for each who is to be told, on each channel that they chose.

In the transaction of what has happened, so that neither a retry nor a crash tells it twice: a
matter that was written down for somebody already is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from recado.jobs import NOTIFICATIONS, NotificationJob
from recado.notifications.model import Notification
from recado.notifications.occasions import PERSONAL, TEST, Channel, Facts, Matter
from recado.notifications.quiet import quiet_until
from recado.notifications.rules import RuleView
from recado.notifications.team import Person, Rule, Team
from recado.queue.port import NewJob
from recado.store import Tx, new_id, now

#: More people than this are no team that one call reaches; the first ones are told.
MOST_PEOPLE = 200
_LEADS = ("supervisor", "admin")


def notify(tx: Tx, team: Team, channels: Collection[str], matter: Matter) -> int:
    """Write down who is to be told of it. `channels` are those that this installation has, beside
    the desk. Returns for how many."""
    moment = now()
    rows = [*_to_people(team, channels, matter, moment), *_to_rules(team, channels, matter, moment)]
    if matter.mail_to:
        # Without SMTP_URL it is among what failed, and is replayed from there.
        named = team.departments.get(matter.department, "")
        to = {"address": matter.mail_to, "language": team.language, "department": named}
        rows.append(_row(matter, "email", moment, **to))
    write_down(tx, rows)
    return len(rows)


def notify_test(tx: Tx, channels: Collection[str], person: Person) -> None:
    """A word by every channel that reaches somebody, at once."""
    matter = Matter(TEST, new_id(), "", Facts())
    reached = [it for it in PERSONAL if it == "desk" or (it in channels and address_of(person, it))]
    rows = [
        _row(
            matter,
            channel,
            0.0,
            recipient=person.id,
            address=address_of(person, channel),
            language=person.language,
            time_zone=person.time_zone,
        )
        for channel in reached
    ]
    write_down(tx, rows)


def test_rule(tx: Tx, rule: RuleView, language: str) -> None:
    """A word to the address of a rule. `language` is the installation's."""
    matter = Matter(TEST, new_id(), "", Facts())
    told = rule.language or language
    row = _row(matter, rule.channel, 0.0, rule_id=rule.id, address=rule.shown, language=told)
    write_down(tx, [row])


def write_down(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Insert them, and put those that leave the desk on their way."""
    if not rows:
        return
    tx.execute(tx.insert(Notification).on_conflict_do_nothing(), rows)
    tx.publish(*(job_of(row) for row in rows if row["channel"] != "desk"))


def job_of(row: Mapping[str, Any]) -> NewJob:
    """One address is one lane; what waits for its time has one of its own, and holds up nobody."""
    wait = row["due_at"] - now()
    if wait > 0:
        return NOTIFICATIONS.job(row["id"], NotificationJob(row["id"], True), delay_seconds=wait)
    to = row["rule_id"] or row["address"]
    return NOTIFICATIONS.job(f"{row['channel']}/{to}", NotificationJob(row["id"]))


def people_told(team: Team, matter: Matter) -> list[Person]:
    """Whom a matter concerns. A department without people is everybody's, and so is a conversation
    that nobody holds the department's."""
    whom = matter.occasion.whom
    everybody = list(team.people.values())
    found: Iterable[Person]
    if whom == "admins":
        found = (it for it in everybody if it.role == "admin")
    elif whom == "supervisors":
        found = (it for it in everybody if it.role in _LEADS or it.id == matter.holder)
    elif whom == "holder" and matter.holder:
        found = (it for it in everybody if it.id == matter.holder)
    else:
        members = set(team.members.get(matter.department, ()))
        found = (it for it in everybody if not members or it.id in members)
    return list(found)[:MOST_PEOPLE]


def _to_people(
    team: Team, channels: Collection[str], matter: Matter, moment: float
) -> Iterator[dict[str, Any]]:
    for person in people_told(team, matter):
        for channel in person.choice.of(matter.occasion.name):
            address = address_of(person, channel)
            if channel == "desk":
                yield _for_person(team, matter, person, "desk", "", moment)
            elif channel in channels and address:
                yield _for_person(team, matter, person, channel, address, moment)


def address_of(person: Person, channel: str) -> str:
    """Where a channel finds somebody; "" where it does not."""
    return {"email": person.email, "sms": person.phone}.get(channel, "")


def due_at(person: Person, channel: str, urgent: bool, moment: float) -> float:
    """When somebody is told of what happens at `moment`: at the end of their quiet hours, and with
    what else the same span of a digest brings. At the desk, whoever sits there is told at once."""
    choice = person.choice
    if channel == "desk":
        return moment
    if not (urgent and choice.urgent_passes):
        quiet = quiet_until(moment, choice.quiet_from, choice.quiet_to, person.time_zone)
        if quiet is not None:
            return quiet
    if urgent or not choice.digest_minutes:
        return moment
    span = choice.digest_minutes * 60.0
    return math.ceil(moment / span) * span


def _for_person(
    team: Team, matter: Matter, person: Person, channel: str, address: str, moment: float
) -> dict[str, Any]:
    return _row(
        matter,
        channel,
        due_at(person, channel, matter.urgent, moment),
        recipient=person.id,
        address=address,
        language=person.language,
        time_zone=person.time_zone,
        department=team.departments.get(matter.department, ""),
    )


def _to_rules(
    team: Team, channels: Collection[str], matter: Matter, moment: float
) -> Iterator[dict[str, Any]]:
    for rule in team.rules:
        if _follows(rule, matter) and rule.channel in channels:
            yield _row(
                matter,
                rule.channel,
                moment,
                rule_id=rule.id,
                address=rule.shown,
                language=rule.language,
                department=team.departments.get(matter.department, ""),
            )


def _follows(rule: Rule, matter: Matter) -> bool:
    return rule.wants(matter.occasion) and rule.department in ("", matter.department)


def _row(
    matter: Matter,
    channel: Channel | str,
    due: float,
    *,
    recipient: str = "",
    rule_id: str = "",
    address: str = "",
    language: str,
    time_zone: str = "",
    department: str = "",
) -> dict[str, Any]:
    moment = now()
    return {
        "id": new_id(),
        "matter": matter.key,
        "occasion": matter.occasion.name,
        "recipient": recipient,
        "rule_id": rule_id,
        "channel": channel,
        "address": address,
        "language": language,
        "time_zone": time_zone,
        "urgent": matter.urgent,
        "state": "waiting",
        "tries": 0,
        "answer": "",
        "attempts": [],
        "conversation_id": matter.conversation_id,
        "data": msgspec.to_builtins(_told(matter.facts, channel, department)),
        "created_at": moment,
        "due_at": max(due, moment),
        "asked_at": moment,
        "settled_at": None,
    }


def _told(facts: Facts, channel: str, department: str) -> Facts:
    """What goes along: the topic's systems know departments by their keys and read summaries;
    people get a name, and nothing that was said."""
    if channel == "sns":
        return facts
    shown = department or facts.department
    return msgspec.structs.replace(facts, department=shown, summary="", user_id="")
