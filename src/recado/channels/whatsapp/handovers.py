"""Hand-overs: the conversation with a person passes from one app to another.

A webhook of `messaging_handovers` names the person in `sender`, the line in `recipient`, what
happened in `type` and the details under a key of that name. With Meta's Business Agent,
`control_passed` comes to the app that gets the conversation, and says whose it was:

    {"type": "control_passed", "sender": {"phone_number": …}, "recipient": {"phone_number_id": …},
     "control_passed": {"previous_owner_app_role": "meta_business_agent",
                        "previous_owner_role": "ai_agent", "new_owner_role": "escalation"}}

As on Messenger, who is told of a pass is the new owner and who is told of a taking has lost it:
developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/
webhook-events/messaging_handovers
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from recado.channels.messages import InboundEvent, InboundHandover, InboundItem
from recado.channels.reports import DatedHandover
from recado.channels.whatsapp import identities
from recado.channels.whatsapp.decode import CHANNEL, LONGEST_ID, Json, convert, line_of, unparsable
from recado.channels.whatsapp.payload import HandoverPerson, Unreadable

#: The roles of an app that answers by itself, and not for us.
_OTHER_ROLES = frozenset({"ai_agent", "meta_business_agent", "business_ai"})


def read_handovers(value: Json, account: str) -> Iterator[InboundItem]:
    inner = value.get("messaging_handovers")
    for change in inner if isinstance(inner, list) else [value]:
        yield (
            _handover({**value, **change}, account)
            if isinstance(change, dict)
            else unparsable(account, "a hand-over that is not an object", change)
        )


def _handover(value: Json, account: str) -> InboundItem:
    line = line_of(value) or line_of({"metadata": value.get("recipient")})
    event = InboundEvent(CHANNEL, line or account, "messaging_handovers", value)
    owner = _owner(value)
    if owner is None:
        return event  # a request, a change of roles: the conversation stays where it is
    try:
        sender = convert(value.get("sender"), HandoverPerson)
        person = identities.handed_over(sender)
        if not line:
            raise Unreadable("a hand-over for no known phone number id")
    except (msgspec.ValidationError, Unreadable) as error:
        return unparsable(line or account, str(error), value)
    return InboundHandover(CHANNEL, line[:LONGEST_ID], person, owner, value)


def date_handover(raw: Any) -> DatedHandover:
    value = raw if isinstance(raw, dict) else {}
    at = str(value.get("timestamp") or "")
    return DatedHandover(
        value.get("sender"), float(at) if at.isascii() and at.isdigit() and len(at) < 16 else 0.0
    )


def _owner(value: Json) -> Literal["recado", "other"] | None:
    kind = value.get("type")
    if not isinstance(kind, str):
        kind = next((k for k in value if k.endswith(("_passed", "_taken", "_thread_control"))), "")
    details = value.get(kind)
    about: Json = details if isinstance(details, dict) else {}
    if kind.startswith("request"):
        return None
    new = _roles(about, "new_owner")
    if new:
        return "other" if new & _OTHER_ROLES else "recado"
    if _roles(about, "previous_owner") & _OTHER_ROLES:
        return "recado"
    if "pass" in kind:
        return "recado"
    return "other" if "take" in kind else None


def _roles(about: Json, whose: str) -> set[str]:
    """The roles under `new_owner_role`, `new_owner_app_role` and `new_owner: {app_role, role}`."""
    owner: Any = about.get(whose)
    found = [about.get(f"{whose}_role"), about.get(f"{whose}_app_role")]
    if isinstance(owner, dict):
        found += [owner.get("role"), owner.get("app_role")]
    return {role.lower() for role in found if isinstance(role, str)}
