"""What is wrong with a line's account, number or address, each with its fix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from recado.channels.port import Line
from recado.channels.twilio.client import TwilioApi
from recado.errors import SendError

#: The sandbox that all accounts share is in nobody's list of senders.
#: Source: www.twilio.com/docs/whatsapp/sandbox
SANDBOX = "14155238886"
_NO_ADDRESS = (
    "RECADO_PUBLIC_URL is not set: Twilio signs the address it calls, so its webhooks may be "
    "refused, and no statuses come and no files go out. Set it to the address under which Recado "
    "is reached from outside, such as https://recado.example.com."
)
_NO_SENDER = (
    "The account has no sender {number}: compare the number with Messaging, Senders, WhatsApp "
    "senders in the Console."
)


class _Account(msgspec.Struct):
    status: str = ""


class _Sender(msgspec.Struct):
    sender_id: str = ""
    status: str = ""


class _Senders(msgspec.Struct):
    senders: list[_Sender]


class _Numbers(msgspec.Struct):
    incoming_phone_numbers: list[dict[str, Any]]


async def problems_of(api: TwilioApi, line: Line, public_url: str) -> list[str]:
    problems = list(_of_address(public_url))
    try:
        account = await api.ask(line, api.account_url(line, ".json"), _Account)
    except SendError as error:
        return [*problems, error.detail]
    if account.status not in ("", "active"):
        problems.append(f"The Twilio account is {account.status}: see the Console.")
    if not (line.address.isascii() and line.address.isdigit()):
        return [*problems, "The address must be the number in digits, such as 14155238886."]
    if line.address == SANDBOX:
        return problems
    return problems + await _of_number(api, line)


def _of_address(public_url: str) -> Sequence[str]:
    if not public_url:
        return [_NO_ADDRESS]
    if urlsplit(public_url).scheme != "https":
        return ["RECADO_PUBLIC_URL is not https: Twilio would send customers' words in the clear."]
    return []


async def _of_number(api: TwilioApi, line: Line) -> list[str]:
    """Sources: www.twilio.com/docs/whatsapp/api/senders (a WhatsApp sender) and
    www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource (a number with SMS)."""
    number = f"+{line.address}"
    senders_url = f"{api.messaging}/v2/Channels/Senders?Channel=whatsapp&PageSize=1000"
    numbers = f"/IncomingPhoneNumbers.json?PhoneNumber={quote(number)}"
    try:
        senders = (await api.ask(line, senders_url, _Senders)).senders
        mine = [sender for sender in senders if sender.sender_id == f"whatsapp:{number}"]
        if not mine:
            owned = await api.ask(line, api.account_url(line, numbers), _Numbers)
            if owned.incoming_phone_numbers:
                return []
    except SendError:
        return []  # the list of senders is not open to every account: that is no fault of the line
    if not mine:
        return [_NO_SENDER.format(number=number)]
    status = mine[0].status
    if status.upper().startswith("ONLINE"):
        return []
    return [f"The WhatsApp sender {number} is {status}: see its page in the Console."]
