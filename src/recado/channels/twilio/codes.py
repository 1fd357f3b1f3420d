"""What Twilio's error codes mean for a message, and what to do about them, in plain words.

Source: www.twilio.com/docs/api/errors, a page a code. The same codes come as an answer to a request
and, later, as ErrorCode in a status callback.
"""

from __future__ import annotations

from recado.channels import port
from recado.channels.verdicts import CodeMeaning, final, number_of, retry, stuck, throttled

#: A free message after the 24 hours.
WINDOW_CLOSED = 63016


def explain(code: int | str | None, http_status: int = 400) -> CodeMeaning:
    """The verdict on an error code. Codes that are not listed go by the HTTP status."""
    known = CODES.get(number_of(code))
    if known:
        return known
    if http_status == 429:
        return throttled(5, "Twilio asks to slow down.")
    if http_status >= 500:
        return retry("A fault at Twilio's side.", maybe_taken=True)
    if http_status == 401:
        return _CREDENTIALS
    return final("Twilio refuses the message; its own words say why.")


def meaning_of(code: int | str | None) -> port.Explanation:
    """The same for a status `failed`, where Twilio took the message and it did not arrive."""
    return explain(code).of_failed_status(window_closed=number_of(code) == WINDOW_CLOSED)


_CREDENTIALS = stuck(
    "Twilio does not know the account SID with this auth token: copy both from the Console's "
    "start page."
)
_ACCOUNT = stuck("The Twilio account is suspended or closed: see the Console.")
_SENDER = stuck(
    "The line's number is no WhatsApp sender of this account: compare the line's address with "
    "Messaging, Senders, WhatsApp senders in the Console."
)
_SMS_SENDER = stuck("The line's number cannot send SMS from this account: see Phone Numbers.")
_WINDOW = final(
    "More than 24 hours have passed since the person last wrote: only an approved template may be "
    "sent."
)
_UNREACHABLE = final("The person cannot be reached there: the number is wrong or not in use.")
_BLOCKED = final("The person has blocked the business or asked it to stop.")
_CONTENT = final("The message has something that WhatsApp does not take: its type, size or length.")
_FILE = final(
    "The file's link must open for Twilio without a login, with the right type, up to 16 MB: check "
    "that RECADO_PUBLIC_URL can be reached from outside."
)
_TEMPLATE = final("The template is unknown, or has no approved version in that language.")
_VARIABLES = final("The values do not fit the template's variables.")
_LIMIT = throttled(30, "The WhatsApp sender's message rate is reached.")

CODES: dict[int, CodeMeaning] = {
    # the account
    20003: _CREDENTIALS,
    20005: _ACCOUNT,
    20006: stuck("The credentials may not send messages: use the account's auth token."),
    20008: stuck("These are test credentials, which send nothing: use the live ones."),
    20404: stuck("Twilio knows no such account: check the account SID."),
    20429: throttled(5, "Too many requests at once for this Twilio account."),
    # As an answer to a request these prove nothing: Twilio may have taken the message before.
    20500: retry("A fault at Twilio's side.", maybe_taken=True),
    20503: retry("Twilio is not available for a moment: see status.twilio.com.", maybe_taken=True),
    30002: _ACCOUNT,
    # the sender
    21212: _SENDER,
    21606: _SMS_SENDER,
    21659: _SMS_SENDER,
    21660: _SMS_SENDER,
    21703: stuck("The messaging service has no sender for this message: add the number to it."),
    21704: stuck("The messaging service has no senders: add the number to it."),
    21910: final("A WhatsApp number writes to WhatsApp only, an SMS number to SMS only."),
    63001: stuck("Twilio cannot sign in at WhatsApp for this sender: see the sender's page."),
    63002: _SENDER,
    63007: _SENDER,
    63008: stuck("The sender is not set up completely: see its page in the Console."),
    63015: final("In the sandbox only people who have joined it can be written to."),
    63020: stuck("Twilio has no permission for the WhatsApp account: renew it in Meta's manager."),
    63022: stuck("The sender's verified name is not accepted: see its page in the Console."),
    63038: throttled(3600, "The account has reached its number of messages for today."),
    63051: stuck("Meta has locked the WhatsApp account: see Meta Business Suite."),
    63112: stuck("Meta has disabled the sender or its business: see Meta Business Suite."),
    # the person
    21211: _UNREACHABLE,
    21408: stuck("Messages to that country are off: Messaging, Settings, Geo permissions."),
    21608: final("A trial account writes to verified numbers only: verify it, or upgrade."),
    21610: _BLOCKED,
    21612: _UNREACHABLE,
    21614: _UNREACHABLE,
    30003: _UNREACHABLE,
    30004: _BLOCKED,
    30005: _UNREACHABLE,
    30006: _UNREACHABLE,
    63003: _UNREACHABLE,
    63014: _BLOCKED,
    63024: final("The person cannot get WhatsApp messages: no account there, or an old app."),
    63031: final("The line cannot write to its own number."),
    63032: final("WhatsApp does not let this message reach this person now."),
    63033: _BLOCKED,
    63036: _UNREACHABLE,
    63049: final("Meta holds marketing back from this person: try again in a day or more."),
    # the message
    21602: final("The message has no text and no file."),
    21609: stuck("Twilio cannot use RECADO_PUBLIC_URL for status callbacks: it must be public."),
    21617: final("The text is longer than Twilio's 1600 characters."),
    21619: final("The message has no text, file or template."),
    21620: _FILE,
    21623: final("Twilio takes no more than ten files in a message, and WhatsApp one."),
    21655: _TEMPLATE,
    21656: _VARIABLES,
    # The carrier may have delivered it all the same, so it does not go again by itself.
    30008: final("The carrier does not say why it failed: ask the person whether it came."),
    30007: final("Carriers or Twilio took the message for spam: send less, and what people want."),
    63005: _CONTENT,
    63006: _CONTENT,
    63013: final("The message breaks a policy of WhatsApp's."),
    63016: _WINDOW,
    63019: _FILE,
    63021: _CONTENT,
    63027: _TEMPLATE,
    63028: _VARIABLES,
    63029: _TEMPLATE,
    63030: final("The template has a parameter that WhatsApp does not take."),
    63034: final("The file is larger than WhatsApp takes (16 MB)."),
    63035: _CONTENT,
    63040: final("WhatsApp has rejected the template: edit it in the Content Template Builder."),
    63041: final("The template is paused for low quality: edit it, or use another one."),
    63042: final("The template is disabled for good: create a new one."),
    # limits and faults that pass
    14107: throttled(30, "The sender's message rate is reached."),
    21611: throttled(60, "The sender's queue at Twilio is full."),
    30001: throttled(60, "The sender's queue at Twilio is full."),
    63010: retry("A fault at Twilio's side.", maybe_taken=True),
    63012: retry("A fault at WhatsApp's side.", maybe_taken=True),
    63018: _LIMIT,
}
