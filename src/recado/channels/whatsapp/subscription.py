"""Where Meta sends a line's webhooks, and whether an app is subscribed to them at all.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/
manage-webhooks (`subscribed_apps`) and …/whatsapp/webhooks/override (`webhook_configuration`).
"""

from __future__ import annotations

from typing import Any

from recado.channels.http import Answer
from recado.channels.port import Line
from recado.channels.whatsapp.client import GraphApi
from recado.errors import SendError

#: Meta takes the first of these that is set.
_MOST_SPECIFIC_FIRST = ("phone_number", "whatsapp_business_account", "application")


async def webhook_problems(api: GraphApi, line: Line, expected_url: str) -> list[str]:
    """What stands between Meta and `expected_url`. A Meta that does not answer is no finding
    here: the line's check says so."""
    problems = []
    try:
        if account := line.credentials.get("business_account_id", "").strip():
            problems += _unsubscribed(await api.look_at(line, account, "subscribed_apps"))
        if expected_url:
            problems += _elsewhere(await api.look(line, "webhook_configuration"), expected_url)
    except SendError:
        return problems
    return problems


def _unsubscribed(answer: Answer) -> list[str]:
    body = _body(answer)
    if answer.status != 200 or body.get("data") != []:
        return []
    return [
        (
            "No app is subscribed to the WhatsApp Business account: POST"
            " /BUSINESS_ACCOUNT_ID/subscribed_apps with the app's token, or add the app under"
            " WhatsApp, Configuration, at Meta for Developers."
        )
    ]


def _elsewhere(answer: Answer, expected_url: str) -> list[str]:
    found = _body(answer).get("webhook_configuration")
    if answer.status != 200 or not isinstance(found, dict):
        return []
    used = next((str(found[key]) for key in _MOST_SPECIFIC_FIRST if found.get(key)), "")
    if not used:
        return [
            (
                f"Meta has no callback URL for this number: enter {expected_url} under WhatsApp,"
                " Configuration, and subscribe to messages."
            )
        ]
    if used.rstrip("/") != expected_url:
        return [
            (
                f"Meta sends this number's webhooks to {used} instead: enter"
                f" {expected_url} under WhatsApp, Configuration, or correct RECADO_PUBLIC_URL."
            )
        ]
    return []


def _body(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    return body if isinstance(body, dict) else {}
