"""Whether the team can be told: who sends mail and SMS answers, and links lead somewhere."""

from __future__ import annotations

from recado.notifications.senders.port import NotSent
from recado.observability.findings import Finding, fine, hint, wrong
from recado.runtime import Runtime

_SETTINGS = {"email": "SMTP_URL", "sms": "RECADO_SMS_URL"}


async def check_notifications(runtime: Runtime) -> list[Finding]:
    """What is set up, without asking anybody."""
    there = [it for it in _SETTINGS if it in runtime.notifications.senders]
    if there and not runtime.settings.public_url:
        return hint(
            "e-mails and SMS to the team have no link to the conversation",
            "Set RECADO_PUBLIC_URL to where people open the desk.",
        )
    if not there:
        return fine("the team is told at the desk; SMTP_URL adds e-mail, RECADO_SMS_URL SMS")
    return fine(f"the team is told at the desk and by {' and '.join(there)}")


async def check_notifications_answer(runtime: Runtime) -> list[Finding]:
    """A sign-in at each who sends, without sending."""
    found: list[Finding] = []
    for channel, setting in _SETTINGS.items():
        sender = runtime.notifications.senders.get(channel)
        if sender is None:
            continue
        try:
            found += fine(await sender.probe())
        except NotSent as error:
            found += wrong(f"nothing can be sent by {channel}: {error.detail}", f"See {setting}.")
    return found or fine("nobody is asked to send")
