"""E-mail by SMTP: `smtp://user:password@host:port`, or `smtps://…` for TLS from the first byte.

`smtp://` goes on over TLS (STARTTLS) where the server offers it; with a user it must, unless the
server is on this machine. `?starttls=never` leaves it out, `?starttls=always` insists. `?ca=FILE`
names a certificate authority of one's own.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import aiosmtplib

from recado.errors import SettingsError
from recado.notifications.senders.mail import check_mail_address, compose, sender_of
from recado.notifications.senders.port import TIMEOUT_SECONDS, NotSent, Outgoing

SETTING = "SMTP_URL"
_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ACCEPTS = (
    f"{SETTING} is smtp://USER:PASSWORD@HOST:PORT, smtps://… or ses://REGION; after it may stand"
    " ?starttls=always, ?starttls=never and ca=FILE."
)


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    user: str
    password: str
    #: From the first byte on.
    tls: bool
    #: True: it must; False: it does not; None: where the server offers it.
    starttls: bool | None
    context: ssl.SSLContext | None


class SmtpSender:
    """`sender` is RECADO_MAIL_FROM; "": the user, where that is an address. Raises
    SettingsError."""

    combines = True

    def __init__(
        self, url: str, sender: str = "", *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._server = read_url(url)
        self._sender = sender_of(sender, self._server.user)
        self._timeout_seconds = timeout_seconds

    def check_address(self, address: str) -> None:
        """See the port."""
        check_mail_address(address)

    async def send(self, message: Outgoing) -> str:
        """See the port."""
        mail = compose(message, self._sender)
        try:
            async with self._client() as client:
                _, said = await client.send_message(mail)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            raise _refused(refused.code, refused.message) from error
        except aiosmtplib.SMTPResponseException as error:
            # A password or a certificate is mended by a person, and then it goes.
            mendable = isinstance(error, aiosmtplib.SMTPAuthenticationError)
            raise _refused(error.code, error.message, mendable=mendable) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotSent(f"{self._server.host}: {_told(error)}") from error
        except (ValueError, UnicodeError) as error:
            raise NotSent(f"The mail cannot be written: {_told(error)}", final=True) from error
        return f"250 {said}"

    async def probe(self) -> str:
        """See the port: it signs in, and goes."""
        try:
            async with self._client() as client:
                await client.noop()
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise NotSent(f"{self._server.host}: {_told(error)}") from error
        return f"{self._server.host} takes mails from {self._sender}"

    async def close(self) -> None:
        """See the port: nothing stays open."""

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls,
            start_tls=server.starttls if not server.tls else False,
            tls_context=server.context,
            timeout=self._timeout_seconds,
        )


def read_url(url: str) -> Server:
    """Raises SettingsError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(_ACCEPTS) from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise SettingsError(_ACCEPTS)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    starttls = _starttls(options.pop("starttls", ""), parts)
    context = _context(options.pop("ca", ""))
    if options:
        raise SettingsError(_ACCEPTS)
    return Server(
        parts.hostname,
        port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.scheme == "smtps",
        starttls,
        context,
    )


def _starttls(given: str, parts: SplitResult) -> bool | None:
    if given not in ("", "always", "never"):
        raise SettingsError(_ACCEPTS)
    if given:
        return given == "always"
    return True if parts.username and parts.hostname not in _LOOPBACK else None


def _context(ca: str) -> ssl.SSLContext | None:
    if not ca:
        return None
    try:
        return ssl.create_default_context(cadata=Path(ca).read_text())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{SETTING}: {ca} holds no certificate ({error}).") from error


def _refused(code: int, said: str, *, mendable: bool = False) -> NotSent:
    final = 500 <= code < 600 and not mendable
    return NotSent(f"{code} {said}" if code > 0 else said, final=final)


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
