"""What Meta's error codes mean for a message, and what to do about them, in plain words.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
The same codes come as an answer to a request and, later, in a status `failed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from recado.channels import port

#: "More than 24 hours have passed since the recipient last replied".
WINDOW_CLOSED = 131047
#: A message that Meta reported as failed is not sent again sooner than this.
SOONEST_RESEND_SECONDS = 60.0


class Verdict(Enum):
    THROTTLED = "throttled"  # the same message goes later, after a given delay
    RETRY = "retry"  # a fault at Meta's side: try again with back-off
    FINAL = "final"  # this message will never go as it is


@dataclass(frozen=True, slots=True)
class Explanation:
    """`needs_person`: the line as a whole is stuck until someone acts on the advice.
    `outage`: Meta itself is away; no message goes until it is back."""

    verdict: Verdict
    advice: str
    retry_after_seconds: float = 5.0
    needs_person: bool = False
    outage: bool = False


def explain(code: int | str | None, http_status: int = 400, transient: bool = False) -> Explanation:
    """The verdict on an error code. Codes that Meta has not documented go by the HTTP status.

    `transient` is Meta's own `is_transient` of an error object.
    """
    known = CODES.get(_number(code))
    if known:
        return known
    if 200 <= _number(code) <= 299:
        return _PERMISSION
    if http_status == 429:
        return _throttled(5, "Meta asks to slow down.")
    if transient or http_status >= 500:
        return _retry("A fault at Meta's side.")
    return _final("Meta refuses the message; its own words say why.")


def meaning_of(code: int | str | None) -> port.Explanation:
    """The same for a status `failed`, where Meta took the message and did not deliver it: what
    Meta's page calls temporary may be sent again, the rest stays as it is."""
    meaning = explain(code)
    if meaning.needs_person:
        kind: Literal["retry", "never", "person"] = "person"
    else:
        kind = "never" if meaning.verdict is Verdict.FINAL else "retry"
    return port.Explanation(
        kind,
        meaning.advice,
        retry_after_seconds=max(meaning.retry_after_seconds, SOONEST_RESEND_SECONDS),
        window_closed=_number(code) == WINDOW_CLOSED,
    )


def _number(code: int | str | None) -> int:
    text = str(code)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _throttled(seconds: float, advice: str, *, needs_person: bool = False) -> Explanation:
    return Explanation(Verdict.THROTTLED, advice, seconds, needs_person)


def _retry(advice: str) -> Explanation:
    return Explanation(Verdict.RETRY, advice)


def _outage(advice: str) -> Explanation:
    return Explanation(Verdict.RETRY, advice, outage=True)


def _final(advice: str) -> Explanation:
    return Explanation(Verdict.FINAL, advice)


def _stuck(advice: str) -> Explanation:
    return Explanation(Verdict.FINAL, advice, needs_person=True)


_PERMISSION = _stuck(
    "The token lacks a permission: give its system user whatsapp_business_messaging and access "
    "to this WhatsApp account, then create a new token."
)
_TOKEN = _stuck(
    "The access token has expired or was revoked: create a permanent one for a system user and "
    "save it on the line."
)
_BLOCKED = _stuck(
    "Meta has restricted the WhatsApp account for a policy violation: see Account quality in "
    "Meta Business Suite."
)
_BILLING = _stuck("Meta cannot charge the account: mend its payment method in Meta's billing hub.")
_UNREGISTERED = _stuck("The phone number is not registered for the Cloud API: register it again.")
_PARAMETER = _final("A part of the message is missing or has a value that Meta does not take.")
_UNDELIVERABLE = _final(
    "The person cannot get it: not on WhatsApp, an old app, terms not accepted, or they have "
    "blocked the business. Reach them another way."
)
_MARKETING = _final("Meta holds marketing back from this person: try again in a day or more.")
_WINDOW = _final(
    "More than 24 hours have passed since the person last wrote: only a template may be sent."
)
_DOWN = _outage("Meta's service is down for a moment: see metastatus.com if it lasts.")
_PARAMETERS = _final("The values do not fit the template's variables: compare them in the Manager.")

CODES: dict[int, Explanation] = {
    # authorisation
    0: _TOKEN,
    3: _PERMISSION,
    10: _PERMISSION,
    190: _TOKEN,
    131005: _PERMISSION,
    # limits
    4: _throttled(60, "The app has made too many calls this hour."),
    80007: _throttled(60, "The WhatsApp account has made too many calls this hour."),
    130429: _throttled(2, "The number's messages-per-second limit is reached."),
    131048: _throttled(
        3600,
        "Meta limits this number because people blocked it or marked its messages as spam: "
        "check its quality in WhatsApp Manager and send less.",
        needs_person=True,
    ),
    131056: _throttled(6, "Too many messages to this person in a short time."),
    133016: _throttled(3600, "The number was registered too often; it is locked for a while."),
    # faults that pass
    1: _retry("An unknown fault at Meta's side."),
    2: _DOWN,
    131000: _retry("Meta could not send it and does not say why."),
    131016: _DOWN,
    131057: _outage("The account is in maintenance for some minutes."),
    133004: _DOWN,
    # the account or the number
    33: _stuck("There is no such phone number id, or it was deleted: check the line's address."),
    368: _BLOCKED,
    130497: _final("The account may not message people in that country."),
    131031: _BLOCKED,
    131037: _stuck("The number's display name must be approved first: see WhatsApp Manager."),
    131042: _BILLING,
    131045: _UNREGISTERED,
    133006: _stuck("The phone number must be verified before it is registered."),
    133010: _UNREGISTERED,
    133015: _throttled(300, "The number was just deleted; Meta needs five minutes."),
    134011: _stuck("WhatsApp's payment terms must be accepted first."),
    # the message
    100: _PARAMETER,
    130472: _MARKETING,
    131008: _PARAMETER,
    131009: _PARAMETER,
    131021: _final("The line cannot write to its own number."),
    131026: _UNDELIVERABLE,
    131047: _WINDOW,
    131049: _MARKETING,
    131050: _final("The person has stopped marketing messages of this business."),
    131051: _final("WhatsApp does not support this type of message."),
    131052: _final("Meta could not fetch the file that the person sent: ask for it again."),
    131053: _final("Meta cannot use the file: check its type, its size and that its link opens."),
    131055: _final("This way of sending takes only marketing templates."),
    131062: _final("This kind of message needs the person's phone number; only the id is known."),
    135000: _PARAMETER,
    # templates and flows
    132000: _PARAMETERS,
    132001: _final("There is no approved template of that name and language."),
    132005: _final("The template's text becomes too long with these values."),
    132007: _final("The template's text breaks a WhatsApp policy."),
    132012: _PARAMETERS,
    132015: _final("The template is paused for low quality: edit it, or use another one."),
    132016: _final("The template is disabled for good: create a new one."),
    132068: _final("The flow is blocked: mend it in WhatsApp Manager."),
    132069: _final("The flow is throttled: mend it in WhatsApp Manager."),
}
