"""Settings → senders: by which channels this installation can tell anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from recado.errors import SettingsError
from recado.http.outward import Outward
from recado.notifications.senders.amazon import SesSender, SnsPhoneSender, TopicSender
from recado.notifications.senders.chats import ChatSender, slack_body, teams_body
from recado.notifications.senders.port import Sender
from recado.notifications.senders.smtp import SmtpSender
from recado.notifications.senders.twilio import SETTING, TwilioSmsSender
from recado.settings import Settings

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d", re.ASCII)
_TWILIO = re.compile(r"\+[1-9]\d{6,14}|MG[0-9a-fA-F]{32}", re.ASCII)


def open_senders(settings: Settings, outward: Outward) -> dict[str, Sender]:
    """By channel; one that no setting opens is missing. Raises SettingsError."""
    senders: dict[str, Sender] = {
        "sns": TopicSender(),
        "slack": ChatSender(outward, slack_body),
        "teams": ChatSender(outward, teams_body),
    }
    return senders | dict(_mail(settings)) | dict(_sms(settings))


def _mail(settings: Settings) -> Mapping[str, Sender]:
    url = settings.smtp_url.strip()
    if not url:
        return {}
    if url.startswith("ses://"):
        return {"email": SesSender(_region(url, "SMTP_URL", settings), settings.mail_from)}
    return {"email": SmtpSender(url, settings.mail_from)}


def _sms(settings: Settings) -> Mapping[str, Sender]:
    url = settings.sms_url.strip()
    if not url:
        return {}
    scheme, _, rest = url.partition("://")
    if scheme == "sns":
        return {"sms": SnsPhoneSender(_region(url, SETTING, settings))}
    sender = rest.rstrip("/")
    if scheme != "twilio" or not _TWILIO.fullmatch(sender):
        raise SettingsError(
            f"{SETTING} is twilio://+NUMBER, twilio:// and the SID of a messaging service (MG…),"
            " or sns://REGION."
        )
    return {"sms": TwilioSmsSender(settings, sender)}


def _region(url: str, setting: str, settings: Settings) -> str:
    region = urlsplit(url).netloc or settings.aws_region
    if not _REGION.fullmatch(region):
        scheme = url.partition("://")[0]
        raise SettingsError(f"{setting} is {scheme}://REGION, such as {scheme}://eu-west-1.")
    return region
