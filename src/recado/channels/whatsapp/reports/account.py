"""Reports about the number and the account: how the line stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recado.channels.reports import LineState, Report
from recado.channels.whatsapp.reports.value import Value, as_text, pick


def number_quality(value: Value) -> Iterator[Report]:
    found = value.texts(event="event", old="old_limit")
    daily = value.texts(value="max_daily_conversations_per_business") or value.texts(
        value="current_limit"
    )
    if found.get("event") in {"FLAGGED", "UNFLAGGED"}:
        yield from _keep("quality", {"event": found["event"]}, of=value)
    if daily:
        yield from _keep("limit", {**found, **daily}, of=value)


def number_name(value: Value) -> Iterator[Report]:
    found = value.texts(
        requested="requested_verified_name", decision="decision", reason="rejection_reason"
    )
    if found.get("reason") == "NONE":
        del found["reason"]
    yield from _keep("name", found, of=value)


def account_update(value: Value) -> Iterator[Report]:
    found = value.texts(event="event")
    about = {
        **pick(value.get("violation_info"), reason="violation_type"),
        **pick(value.get("ban_info"), reason="waba_ban_state", until="waba_ban_date"),
        **pick(value.get("disconnection_info"), reason="reason"),
    }
    restrictions = value.items_of("restriction_info")
    if restrictions:
        kinds = [as_text(item.get("restriction_type")) for item in restrictions]
        about["reason"] = ", ".join(kind for kind in kinds if kind)
        about |= pick(restrictions[0], until="expiration")
    if found:
        yield from _keep("account", {**found, **about})


def account_alert(value: Value) -> Iterator[Report]:
    # Meta puts the details into alert_info; older webhooks have them at the top.
    info = value.get("alert_info")
    names = {
        "type": "alert_type",
        "severity": "alert_severity",
        "status": "alert_status",
        "description": "alert_description",
    }
    yield from _keep("alert", {**value.texts(**names), **pick(info, **names)})


def account_review(value: Value) -> Iterator[Report]:
    yield from _keep("review", value.texts(decision="decision"))


def account_settings(value: Value) -> Iterator[Report]:
    yield from _keep("settings", value.texts(type="type"))


def limits(value: Value) -> Iterator[Report]:
    names = ("max_daily_conversations_per_business", "max_daily_conversation_per_phone")
    found = next((kept for name in names if (kept := value.texts(daily=name))), {})
    numbers = value.texts(numbers="max_phone_numbers_per_waba") or value.texts(
        numbers="max_phone_numbers_per_business"
    )
    yield from _keep("limits", {**found, **numbers})


def business_status(value: Value) -> Iterator[Report]:
    yield from _keep("business", value.texts(event="event"))


def payments(value: Value) -> Iterator[Report]:
    found = value.texts(name="configuration_name", status="status", provider="provider_name")
    yield from _keep("payments", found)


def security(value: Value) -> Iterator[Report]:
    yield from _keep("security", value.texts(event="event", requester="requester"), of=value)


def errors(value: Value) -> Iterator[Report]:
    for error in value.items_of("errors")[:1]:
        found = pick(error, code="code", title="title")
        details = pick(error.get("error_data"), detail="details") or pick(error, detail="message")
        yield from _keep("error", {**found, **details})


def history(value: Value) -> Iterator[Report]:
    for part in value.items_of("history"):
        found = pick(part.get("metadata"), phase="phase", progress="progress")
        declined = part.get("errors")
        if isinstance(declined, list) and declined:
            found |= pick(declined[0], error="title")
        yield from _keep("history", found)


def _keep(key: str, found: Mapping[str, str], *, of: Value | None = None) -> Iterator[Report]:
    """Of `of`, the number that it names: a report on one must not stand on the others."""
    if found:
        number = as_text(of.get("display_phone_number")) if of is not None else ""
        yield LineState(key, found, number)
