"""SMS by Twilio, with the credentials of the Twilio line.

Source: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from __future__ import annotations

from recado.channels.http import Limits
from recado.channels.port import Line
from recado.channels.twilio.client import TwilioApi, credentials_of
from recado.errors import SendError, SendRejected, SendThrottled, SettingsError
from recado.notifications.senders.phones import MOST_TEXT, check_phone
from recado.notifications.senders.port import NotSent, Outgoing
from recado.settings import Settings

SETTING = "RECADO_SMS_URL"


class TwilioSmsSender:
    """`sender` is the number it comes from (+…) or a messaging service (MG…). Raises
    SettingsError: a credential is missing."""

    combines = True

    def __init__(self, settings: Settings, sender: str, *, limits: Limits | None = None) -> None:
        credentials = {
            "account_sid": settings.twilio_account_sid,
            "auth_token": settings.twilio_auth_token.get_secret_value(),
        }
        if not all(credentials.values()):
            raise SettingsError(f"{SETTING} needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.")
        self._line = Line("", "twilio", "", "SMS", credentials)
        self._from = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        self._api = TwilioApi(
            settings.twilio_api_url,
            settings.twilio_content_url,
            limits or Limits.from_settings(settings, connections=4),
        )

    def check_address(self, address: str) -> None:
        """See the port."""
        check_phone(address)

    async def send(self, message: Outgoing) -> str:
        """See the port. One that may have been sent is sent again: an alert twice is better than
        none."""
        form = {**self._from, "To": message.address, "Body": message.rendered.short[:MOST_TEXT]}
        try:
            return (await self._api.send(self._line, form)).provider_message_id
        except SendThrottled as error:
            raise NotSent(error.detail, wait_seconds=error.retry_after_seconds) from error
        except SendError as error:
            final = isinstance(error, SendRejected) and not error.needs_person
            raise NotSent(error.detail, final=final) from error

    async def probe(self) -> str:
        """See the port."""
        try:
            credentials_of(self._line)
            await self._api.ask(self._line, self._api.account_url(self._line, ".json"), dict)
        except SendError as error:
            raise NotSent(error.detail) from error
        return "Twilio sends SMS"

    async def close(self) -> None:
        """See the port."""
        await self._api.close()
