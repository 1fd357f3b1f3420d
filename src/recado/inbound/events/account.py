"""Reports about the number and the account: kept as the line's present state.

    line.state["limit"]      {value, event}                 messages a day, throughput
              ["quality"]    {event}                        flagged by customers, or not any more
              ["name"]       {requested, decision, reason}  the name shown to customers
              ["account"]    {event, reason}                restrictions, violations, deletion
              ["alert"]      {type, severity, status, description}
              ["review"]     {decision}
              ["settings"]   {type}
              ["limits"]     {daily, numbers}               of the business
              ["business"]   {event}
              ["payments"]   {name, status}
              ["security"]   {event, requester}
              ["error"]      {code, title, detail}          outside of any message
              ["history"]    {phase, progress, error}       an import from the phone

each with `at`, in Unix seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from recado.channels.port import Line
from recado.inbound.events.news import News, as_text, pick
from recado.lines.model import LineRow
from recado.lines.standing import set_state
from recado.store import Tx, now


def number_quality(tx: Tx, news: News) -> None:
    found = news.texts(event="event", old="old_limit")
    daily = news.texts(value="max_daily_conversations_per_business") or news.texts(
        value="current_limit"
    )
    if found.get("event") in {"FLAGGED", "UNFLAGGED"}:
        _keep(tx, _of_number(tx, news), "quality", {"event": found["event"]})
    if daily:
        _keep(tx, _of_number(tx, news), "limit", {**found, **daily})


def number_name(tx: Tx, news: News) -> None:
    found = news.texts(
        requested="requested_verified_name", decision="decision", reason="rejection_reason"
    )
    if found.get("reason") == "NONE":
        del found["reason"]
    _keep(tx, _of_number(tx, news), "name", found)


def account_update(tx: Tx, news: News) -> None:
    found = news.texts(event="event")
    about = {
        **pick(news.value.get("violation_info"), reason="violation_type"),
        **pick(news.value.get("ban_info"), reason="waba_ban_state", until="waba_ban_date"),
        **pick(news.value.get("disconnection_info"), reason="reason"),
    }
    restrictions = news.items("restriction_info")
    if restrictions:
        kinds = [as_text(item.get("restriction_type")) for item in restrictions]
        about["reason"] = ", ".join(kind for kind in kinds if kind)
        about |= pick(restrictions[0], until="expiration")
    if found:
        _keep(tx, news.lines, "account", {**found, **about})


def account_alert(tx: Tx, news: News) -> None:
    # Meta puts the details into alert_info; older webhooks have them at the top.
    info = news.value.get("alert_info")
    names = {
        "type": "alert_type",
        "severity": "alert_severity",
        "status": "alert_status",
        "description": "alert_description",
    }
    _keep(tx, news.lines, "alert", {**news.texts(**names), **pick(info, **names)})


def account_review(tx: Tx, news: News) -> None:
    _keep(tx, news.lines, "review", news.texts(decision="decision"))


def account_settings(tx: Tx, news: News) -> None:
    _keep(tx, news.lines, "settings", news.texts(type="type"))


def limits(tx: Tx, news: News) -> None:
    names = ("max_daily_conversations_per_business", "max_daily_conversation_per_phone")
    found = next((kept for name in names if (kept := news.texts(daily=name))), {})
    numbers = news.texts(numbers="max_phone_numbers_per_waba") or news.texts(
        numbers="max_phone_numbers_per_business"
    )
    _keep(tx, news.lines, "limits", {**found, **numbers})


def business_status(tx: Tx, news: News) -> None:
    _keep(tx, news.lines, "business", news.texts(event="event"))


def payments(tx: Tx, news: News) -> None:
    found = news.texts(name="configuration_name", status="status", provider="provider_name")
    _keep(tx, news.lines, "payments", found)


def security(tx: Tx, news: News) -> None:
    _keep(tx, _of_number(tx, news), "security", news.texts(event="event", requester="requester"))


def errors(tx: Tx, news: News) -> None:
    for error in news.items("errors")[:1]:
        found = pick(error, code="code", title="title")
        details = pick(error.get("error_data"), detail="details") or pick(error, detail="message")
        _keep(tx, news.lines, "error", {**found, **details})


def history(tx: Tx, news: News) -> None:
    for part in news.items("history"):
        found = pick(part.get("metadata"), phase="phase", progress="progress")
        declined = part.get("errors")
        if isinstance(declined, list) and declined:
            found |= pick(declined[0], error="title")
        _keep(tx, news.lines, "history", found)


def _keep(tx: Tx, lines: Sequence[Line], key: str, found: Mapping[str, str]) -> None:
    if found:
        for line in lines:
            set_state(tx, line.id, key, {**found, "at": now()})


def _of_number(tx: Tx, news: News) -> Sequence[Line]:
    """The line with the number that the report names, where the account has several."""
    number = _digits(as_text(news.value.get("display_phone_number")))
    if len(news.lines) < 2 or not number:
        return news.lines
    ids = [line.id for line in news.lines]
    rows = tx.all(select(LineRow.id, LineRow.display, LineRow.state).where(LineRow.id.in_(ids)))
    named = {
        row.id
        for row in rows
        if number in {_digits(row.display), _digits(as_text((row.state or {}).get("number")))}
    }
    # A report on one number must not stand on the others: the log has it.
    return [line for line in news.lines if line.id in named]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())
