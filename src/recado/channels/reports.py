"""What a vendor reports beside messages, in words that are no vendor's: an adapter reads its
events into these (`Channel.reports`), and inbound/reports.py heeds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from recado.channels.messages import Identity


class DatedHandover(NamedTuple):
    """Whom a hand-over is about, as the vendor names the person, and when it happened (Unix
    seconds; 0: it does not say)."""

    person: Any
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class LineState:
    """One part of how the line stands: `line.state[key]`. The desk shows, of those that it knows:

        "connection"  open, connecting or closed: the pairing with a phone
        "limit"       {value, event}                 messages a day, throughput
        "quality"     {event}                        flagged by customers, or not any more
        "name"        {requested, decision, reason}  the name shown to customers
        "account"     {event, reason}                restrictions, violations, deletion
        "alert"       {type, severity, status, description}
        "review"      {decision}
        "settings"    {type}
        "limits"      {daily, numbers}               of the business
        "business"    {event}
        "payments"    {name, status}
        "security"    {event, requester}
        "error"       {code, title, detail}          outside of any message
        "history"     {phase, progress, error}       an import from the phone

    An object also gets `at`, in Unix seconds. `number`: of several lines of the account, the one
    with this number alone; "": all that the report is about.
    """

    key: str
    value: str | Mapping[str, str]
    number: str = ""


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """A template's row, by the vendor's id or its name and language, gets these values: `status`,
    `reason`, `category`, `quality`, `components`, as TemplateInfo has them."""

    provider_id: str
    name: str
    languages: Sequence[str]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MarketingWish:
    """The person wants no more marketing messages, or wants them again."""

    person: Sequence[Identity]
    wish: Literal["stopped", "resumed"]


@dataclass(frozen=True, slots=True)
class NewIdentities:
    """Who was known by `old` goes by `new` from now on."""

    old: Sequence[Identity]
    new: Sequence[Identity]


@dataclass(frozen=True, slots=True)
class GroupName:
    group: Identity
    name: str


Report = LineState | TemplateChange | MarketingWish | NewIdentities | GroupName
