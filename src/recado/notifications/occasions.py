"""Of what the team is told: one table, and the facts that every notification has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

Channel = Literal["desk", "email", "sms", "sns", "slack", "teams"]
#: What a person may be told by; the others are a department's.
PERSONAL: tuple[Channel, ...] = ("desk", "email", "sms")
#: What a rule of a department may tell by.
SHARED: tuple[Channel, ...] = ("email", "sms", "sns", "slack", "teams")
#: Who is told: the conversation's department, whoever holds it, those who look after the team, the
#: installation's admins, or whoever is named.
Whom = Literal["department", "holder", "supervisors", "admins", "named"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """`by_default`: the channels of a person who has chosen none. `shared`: rules may name it, for
    it concerns a team and not one person. `urgent`: it passes quiet hours where a person wants
    what is urgent."""

    name: str
    whom: Whom
    text: str
    by_default: tuple[Channel, ...] = ("desk",)
    shared: bool = True
    urgent: bool = False


WAITING = Occasion("waiting", "department", "A customer waits for a person")
ASSIGNED = Occasion("assigned", "holder", "A conversation was assigned to you", shared=False)
REPLIED = Occasion(
    "replied", "holder", "A customer replied while you hold it", by_default=(), shared=False
)
SLA_WARNED = Occasion("sla_warned", "holder", "The time promised is nearly over", urgent=True)
SLA_BREACHED = Occasion("sla_breached", "supervisors", "The time promised is over", urgent=True)
UNCLAIMED = Occasion("unclaimed", "supervisors", "Nobody took a conversation", urgent=True)
TICKET = Occasion("ticket", "supervisors", "A ticket was opened", by_default=())
WEBHOOK_PAUSED = Occasion("webhook_paused", "admins", "A webhook was paused")
TEST = Occasion("test", "named", "A test", shared=False)

#: Those that people choose channels for.
OCCASIONS: dict[str, Occasion] = {
    it.name: it
    for it in (
        WAITING,
        ASSIGNED,
        REPLIED,
        SLA_WARNED,
        SLA_BREACHED,
        UNCLAIMED,
        TICKET,
        WEBHOOK_PAUSED,
    )
}
SHARED_OCCASIONS: tuple[str, ...] = tuple(it.name for it in OCCASIONS.values() if it.shared)


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a notification tells, and nothing else of the contact: no number, no message.

    `name` is the contact's, or of what is told (a webhook). `reasons` are in English, as the
    catalogues have them; `since` is Unix seconds, 0 where nobody waits. The rest is for the topic
    alone (senders/amazon.py), whose fields are another system's.
    """

    name: str = ""
    reasons: Sequence[str] = ()
    department: str = ""
    since: float = 0.0
    priority: str = ""
    user_id: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that has happened, of which somebody is to be told. `key` names it: it is told to
    each once. `department` is its key, `holder` who has the conversation, a user's id or "";
    `mail_to` an address outside that is told, too."""

    occasion: Occasion
    key: str
    conversation_id: str
    facts: Facts
    department: str = ""
    holder: str = ""
    mail_to: str = ""

    @property
    def urgent(self) -> bool:
        return self.occasion.urgent or self.facts.priority == "urgent"
