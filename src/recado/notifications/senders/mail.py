"""A notification as an e-mail: what every way of sending mail sends."""

from __future__ import annotations

from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from recado.errors import SettingsError, Unprocessable
from recado.notifications.senders.port import NotSent, Outgoing
from recado.security.users import clean_email

SENDER_NAME = "Recado"


def compose(message: Outgoing, sender: str) -> EmailMessage:
    """`sender` is the address it comes from. Raises NotSent: the address is none."""
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(SENDER_NAME, addr_spec=sender)
        mail["To"] = Address(addr_spec=message.address)
        mail["Subject"] = message.rendered.title
    except (ValueError, HeaderParseError) as error:
        raise NotSent(f"{message.address} is not an e-mail address", final=True) from error
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.created_at, UTC))
    # The same at every try: a mailbox that gets it twice can tell.
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    # RFC 3834: absence notes and the like are not to answer it.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.rendered.text)
    mail.add_alternative(message.rendered.html, subtype="html")
    return mail


def check_mail_address(address: str) -> None:
    """Raises Unprocessable."""
    clean_email(address)
    try:
        Address(addr_spec=address)
    except (ValueError, HeaderParseError) as error:
        raise Unprocessable(f"{address[:80]!r} is not an e-mail address.") from error


def sender_of(given: str, fallback: str) -> str:
    """The address that mails come from: RECADO_MAIL_FROM, or `fallback`. Raises SettingsError."""
    sender = given.strip() or fallback
    try:
        check_mail_address(sender)
    except Unprocessable as error:
        raise SettingsError(
            "SMTP_URL needs the address that mails come from: set RECADO_MAIL_FROM, such as"
            " recado@your-business.example."
        ) from error
    return sender
