"""What vendors report beside messages: kept in the line's log, and heeded where it says something.

An event is one row of `line_event` with its raw value, whatever it is. What its channel reads in it
(channels/reports.py) also changes what is known: how the line stands (`line.state`), its templates,
or a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import and_, insert, or_, select, update

from recado.channels.messages import InboundEvent, Sender
from recado.channels.port import Channel, Line
from recado.channels.reports import (
    GroupName,
    LineState,
    MarketingWish,
    NewIdentities,
    Report,
    TemplateChange,
)
from recado.conversations.asked import ATTRIBUTE, set_attribute
from recado.conversations.contacts import find_contact, find_or_add_contact
from recado.conversations.relink import When, relink
from recado.lines.model import LineEvent, LineRow
from recado.lines.signers import concerned_by
from recado.lines.standing import set_state
from recado.store import Tx, new_id, now
from recado.templates.model import Template


def reports_in(channels: Mapping[str, Channel], item: InboundEvent) -> Sequence[Report]:
    """What its channel reads in it."""
    channel = channels.get(item.channel)
    if channel is None or not isinstance(item.raw, dict):
        return ()
    return channel.reports(item.name, item.raw)


def keep_event(
    tx: Tx, lines: Sequence[Line], item: InboundEvent, reports: Sequence[Report] = ()
) -> Sequence[str]:
    """Write it to the log, and let what it reports change what that is about. `lines` are all there
    are.

    Returns conversations in which something waits for an answer since then.
    """
    tx.execute(
        insert(LineEvent),
        {
            "id": new_id(),
            "channel": item.channel,
            "line_address": item.line_address,
            "name": item.name,
            "raw": item.raw,
            "created_at": now(),
        },
    )
    if not reports:
        return ()
    concerned = concerned_by(lines, item)
    return [id for report in reports for id in _heed(tx, concerned, report)]


def _heed(tx: Tx, lines: Sequence[Line], report: Report) -> Sequence[str]:
    """A person and a group are known to all lines of an account when one knows them."""
    match report:
        case LineState():
            _keep_state(tx, lines, report)
        case TemplateChange():
            _change_template(tx, lines, report)
        case MarketingWish():
            for line in lines[:1]:
                contact_id = find_contact(tx, line, report.person)
                if contact_id is not None:
                    set_attribute(tx, contact_id, ATTRIBUTE, report.wish)
        case NewIdentities():
            for line in lines[:1]:
                return relink(tx, line, report.old, report.new, When.at_once()).waiting
        case GroupName():
            for line in lines[:1]:
                find_or_add_contact(tx, line, Sender((report.group,), report.name), language="")
    return ()


def _keep_state(tx: Tx, lines: Sequence[Line], report: LineState) -> None:
    value = report.value if isinstance(report.value, str) else {**report.value, "at": now()}
    for line in _of_number(tx, lines, report.number):
        set_state(tx, line.id, report.key, value)


def _of_number(tx: Tx, lines: Sequence[Line], named: str) -> Sequence[Line]:
    """The line with the number that the report names, where the account has several."""
    number = _digits(named)
    if len(lines) < 2 or not number:
        return lines
    ids = [line.id for line in lines]
    rows = tx.all(select(LineRow.id, LineRow.display, LineRow.state).where(LineRow.id.in_(ids)))
    found = {
        row.id
        for row in rows
        if number in {_digits(row.display), _digits(str((row.state or {}).get("number") or ""))}
    }
    # A report on one number must not stand on the others: the log has it.
    return [line for line in lines if line.id in found]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())


def _change_template(tx: Tx, lines: Sequence[Line], report: TemplateChange) -> None:
    by_name = and_(Template.name == report.name, Template.language.in_(report.languages))
    by_id = Template.provider_id == report.provider_id
    named = or_(by_id, by_name) if report.provider_id else by_name
    which = Template.line_id.in_([line.id for line in lines])
    tx.execute(update(Template).where(which, named).values(**report.values))
