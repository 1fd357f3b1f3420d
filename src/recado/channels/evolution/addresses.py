"""WhatsApp's own addresses (JIDs), and who is behind them.

    5511987654321@s.whatsapp.net   a phone number          → phone
    103899771998284@lid            a person without one    → provider
    120363041234567890@g.us        a group                 → provider

A key may name a person twice: `remoteJidAlt` (or, in older versions, `senderPn`,
`previousRemoteJid`) stands beside a `@lid`; for the writer in a group, `participantAlt` and
`participantPn`.
"""

from __future__ import annotations

from typing import Any

from recado.channels.evolution.lenient import Json, text
from recado.channels.messages import Identity, Recipient, Sender

LONGEST = 200
_PHONE_SERVERS = ("s.whatsapp.net", "c.us", "hosted", "")
_PROVIDER_SERVERS = {"lid": "lid", "hosted.lid": "lid", "g.us": "g.us", "bot": "bot"}


def server_of(jid: Any) -> str:
    """`g.us`, `lid`, `s.whatsapp.net` …; "" when it is a bare number or nothing."""
    return text(jid, LONGEST).strip().lower().partition("@")[2]


def identity(jid: Any) -> Identity | None:
    """Whom an address names; None for what is nobody (status posts, newsletters, nonsense)."""
    user, _, server = text(jid, LONGEST).strip().lower().partition("@")
    # "5511987654321:12@…" is one device of a person, "…_1@…" an agent of a business.
    user = user.partition(":")[0].partition("_")[0] if server != "g.us" else user
    if server in _PHONE_SERVERS:
        digits = user.lstrip("+")
        return Identity("phone", digits) if digits.isascii() and digits.isdigit() else None
    if server in _PROVIDER_SERVERS and user:
        return Identity("provider", f"{user}@{_PROVIDER_SERVERS[server]}")
    return None


def chat_of(key: Json, name: str) -> Sender | None:
    """The person (or group) whose conversation a message belongs to."""
    if server_of(key.get("remoteJid")) == "g.us":
        return _sender((key.get("remoteJid"),), "")
    names = ["remoteJid", "remoteJidAlt", "previousRemoteJid"]
    if key.get("fromMe") is not True:
        names += ["senderPn", "senderLid"]  # of a message of ours, these are our own
    return _sender([key.get(field) for field in names], name)


def participant_of(key: Json, item: Json, name: str) -> Sender | None:
    """Who wrote in a group."""
    fields = [key.get(field) for field in ("participant", "participantAlt", "participantPn")]
    return _sender([*fields, key.get("participantLid"), item.get("participant")], name)


def number_of(to: Recipient) -> str:
    """What Evolution's `number` takes for a person: the phone number where it is known.

    "" when the person has no address on WhatsApp. Other channels' ids may be among the
    identities, so only WhatsApp's own addresses count.
    """
    phone = to.of("phone")
    if phone:
        return phone
    own = (it.value for it in to.identities if it.kind == "provider")
    return next((value for value in own if server_of(value) in ("lid", "g.us")), "")


def jid_of(to: Recipient) -> str:
    """The whole address, where Evolution wants that; "" as in `number_of`."""
    found = number_of(to)
    return f"{found}@s.whatsapp.net" if found and "@" not in found else found


def _sender(jids: Any, name: str) -> Sender | None:
    found = [one for one in map(identity, jids) if one is not None]
    # The phone number first: it names the lane, and newer versions give it with every message.
    found.sort(key=lambda it: it.kind != "phone")
    return Sender(tuple(dict.fromkeys(found)), name) if found else None
