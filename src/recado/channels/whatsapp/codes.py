"""What Meta's error codes mean for a message, and what to do about them, in plain words.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
The same codes come as an answer to a request and, later, in a status `failed`.
"""

from __future__ import annotations

from recado.channels import port
from recado.channels.verdicts import CodeMeaning, final, number_of, outage, retry, stuck, throttled

#: "More than 24 hours have passed since the recipient last replied".
WINDOW_CLOSED = 131047


def explain(code: int | str | None, http_status: int = 400, transient: bool = False) -> CodeMeaning:
    """The verdict on an error code. Codes that Meta has not documented go by the HTTP status.

    `transient` is Meta's own `is_transient` of an error object.
    """
    known = CODES.get(number_of(code))
    if known:
        return known
    if 200 <= number_of(code) <= 299:
        return _PERMISSION
    if http_status == 429:
        return throttled(5, "Meta asks to slow down.")
    if transient or http_status >= 500:
        return retry("A fault at Meta's side.", maybe_taken=True)
    return final("Meta refuses the message; its own words say why.")


def meaning_of(code: int | str | None) -> port.Explanation:
    """The same for a status `failed`, where Meta took the message and did not deliver it: what
    Meta's page calls temporary may be sent again, the rest stays as it is."""
    return explain(code).of_failed_status(window_closed=number_of(code) == WINDOW_CLOSED)


_PERMISSION = stuck(
    "The token lacks a permission: give its system user whatsapp_business_messaging and access "
    "to this WhatsApp account, then create a new token."
)
_TOKEN = stuck(
    "The access token has expired or was revoked: create a permanent one for a system user and "
    "save it on the line."
)
_BLOCKED = stuck(
    "Meta has restricted the WhatsApp account for a policy violation: see Account quality in "
    "Meta Business Suite."
)
_BILLING = stuck("Meta cannot charge the account: mend its payment method in Meta's billing hub.")
_UNREGISTERED = stuck("The phone number is not registered for the Cloud API: register it again.")
_PARAMETER = final("A part of the message is missing or has a value that Meta does not take.")
_UNDELIVERABLE = final(
    "The person cannot get it: not on WhatsApp, an old app, terms not accepted, or they have "
    "blocked the business. Reach them another way."
)
_MARKETING = final("Meta holds marketing back from this person: try again in a day or more.")
_WINDOW = final(
    "More than 24 hours have passed since the person last wrote: only a template may be sent."
)
_AWAY = "Meta's service is down for a moment: see metastatus.com if it lasts."
#: These may come after Meta has taken a message: as an answer to a request they prove nothing.
_DOWN = retry(_AWAY, maybe_taken=True)
_PARAMETERS = final("The values do not fit the template's variables: compare them in the Manager.")

CODES: dict[int, CodeMeaning] = {
    # authorisation
    0: _TOKEN,
    3: _PERMISSION,
    10: _PERMISSION,
    190: _TOKEN,
    131005: _PERMISSION,
    # limits
    4: throttled(60, "The app has made too many calls this hour."),
    80007: throttled(60, "The WhatsApp account has made too many calls this hour."),
    130429: throttled(2, "The number's messages-per-second limit is reached."),
    131048: throttled(
        3600,
        "Meta limits this number because people blocked it or marked its messages as spam: "
        "check its quality in WhatsApp Manager and send less.",
        needs_person=True,
    ),
    131056: throttled(6, "Too many messages to this person in a short time."),
    133016: throttled(3600, "The number was registered too often; it is locked for a while."),
    # faults that pass
    1: retry("An unknown fault at Meta's side.", maybe_taken=True),
    2: _DOWN,
    131000: retry("Something went wrong at Meta, which does not say what.", maybe_taken=True),
    131016: _DOWN,
    131057: outage("The account is in maintenance for some minutes."),
    133004: outage(_AWAY),
    # the account or the number
    33: stuck("There is no such phone number id, or it was deleted: check the line's address."),
    368: _BLOCKED,
    130497: final("The account may not message people in that country."),
    131031: _BLOCKED,
    131037: stuck("The number's display name must be approved first: see WhatsApp Manager."),
    131042: _BILLING,
    131045: _UNREGISTERED,
    133006: stuck("The phone number must be verified before it is registered."),
    133010: _UNREGISTERED,
    133015: throttled(300, "The number was just deleted; Meta needs five minutes."),
    134011: stuck("WhatsApp's payment terms must be accepted first."),
    # the message
    100: _PARAMETER,
    130472: _MARKETING,
    131008: _PARAMETER,
    131009: _PARAMETER,
    131021: final("The line cannot write to its own number."),
    131026: _UNDELIVERABLE,
    131047: _WINDOW,
    131049: _MARKETING,
    131050: final("The person has stopped marketing messages of this business."),
    131051: final("WhatsApp does not support this type of message."),
    131052: final("Meta could not fetch the file that the person sent: ask for it again."),
    131053: final("Meta cannot use the file: check its type, its size and that its link opens."),
    131055: final("This way of sending takes only marketing templates."),
    131062: final("This kind of message needs the person's phone number; only the id is known."),
    135000: _PARAMETER,
    # templates and flows
    132000: _PARAMETERS,
    132001: final("There is no approved template of that name and language."),
    132005: final("The template's text becomes too long with these values."),
    132007: final("The template's text breaks a WhatsApp policy."),
    132012: _PARAMETERS,
    132015: final("The template is paused for low quality: edit it, or use another one."),
    132016: final("The template is disabled for good: create a new one."),
    132068: final("The flow is blocked: mend it in WhatsApp Manager."),
    132069: final("The flow is throttled: mend it in WhatsApp Manager."),
}
