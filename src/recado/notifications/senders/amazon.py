"""Amazon's ways: e-mail by SES, SMS and topics by SNS.

SendEmail: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
Publish: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from recado.aws.client import AwsClient, AwsFailed
from recado.errors import SettingsError, Unprocessable
from recado.notifications.senders.mail import check_mail_address, compose, sender_of
from recado.notifications.senders.phones import MOST_TEXT, check_phone
from recado.notifications.senders.port import TIMEOUT_SECONDS, NotSent, Outgoing

#: What is wrong with the one message, and stays so.
_FINAL = frozenset(
    {
        *("MessageRejected", "BadRequestException", "InvalidParameter", "InvalidParameterValue"),
        *("NotFound", "NotFoundException", "ParameterValueInvalid", "ValidationException"),
    }
)
_ARN = re.compile(
    r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?", re.ASCII
)
MOST_SUBJECT = 99  # of a topic's message, in ASCII


class SesSender:
    """Raises SettingsError."""

    combines = True

    def __init__(
        self, region: str, sender: str, *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._sender = sender_of(sender, "")
        self._client = _client("sesv2", "Amazon SES", "SMTP_URL", region, timeout_seconds)

    def check_address(self, address: str) -> None:
        """See the port."""
        check_mail_address(address)

    async def send(self, message: Outgoing) -> str:
        """See the port."""
        mail = compose(message, self._sender)
        answer = await _called(
            self._client,
            "send_email",
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [message.address]},
            Content={"Raw": {"Data": mail.as_bytes()}},
        )
        return str(answer.get("MessageId", ""))

    async def probe(self) -> str:
        """See the port."""
        answer = await _called(self._client, "list_email_identities", PageSize=1000)
        found = {str(it.get("IdentityName")) for it in answer.get("EmailIdentities") or ()}
        domain = self._sender.rpartition("@")[2]
        own = {self._sender, *(domain.split(".", at)[-1] for at in range(domain.count(".") + 1))}
        if not own & found and not answer.get("NextToken"):
            raise NotSent(f"Amazon SES has not verified {self._sender} or its domain")
        return f"Amazon SES sends from {self._sender}"

    async def close(self) -> None:
        """See the port."""
        await self._client.close()


class SnsPhoneSender:
    """SMS by SNS. Raises SettingsError."""

    combines = True

    def __init__(self, region: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._client = _client("sns", "Amazon SNS", "RECADO_SMS_URL", region, timeout_seconds)

    def check_address(self, address: str) -> None:
        """See the port."""
        check_phone(address)

    async def send(self, message: Outgoing) -> str:
        """See the port."""
        kind = {"DataType": "String", "StringValue": "Transactional"}
        answer = await _called(
            self._client,
            "publish",
            PhoneNumber=message.address,
            Message=message.rendered.short[:MOST_TEXT],
            MessageAttributes={"AWS.SNS.SMS.SMSType": kind},
        )
        return str(answer.get("MessageId", ""))

    async def probe(self) -> str:
        """See the port."""
        try:
            await self._client.check()
        except AwsFailed as error:
            raise NotSent(error.detail) from error
        return "Amazon SNS sends SMS"

    async def close(self) -> None:
        """See the port."""
        await self._client.close()


class TopicSender:
    """A topic that other systems read: one message a hand-over, with the fields that they know.
    The region is the topic's own."""

    combines = False

    def __init__(self) -> None:
        self._clients: dict[str, AwsClient] = {}

    def check_address(self, address: str) -> None:
        """See the port."""
        if not _ARN.fullmatch(address):
            raise Unprocessable(
                "A topic is named by its ARN: arn:aws:sns:REGION:ACCOUNT:human-escalation."
            )

    async def send(self, message: Outgoing) -> str:
        """See the port."""
        body, subject = topic_message(message)
        parameters = {"TopicArn": message.address, "Message": body, "Subject": subject}
        if message.address.endswith(".fifo"):
            own = {"MessageGroupId": message.id, "MessageDeduplicationId": message.id}
            parameters |= own
        answer = await _called(self._of(message.address), "publish", **parameters)
        return str(answer.get("MessageId", ""))

    async def probe(self) -> str:
        """See the port: topics are asked for by rules, each in a region of its own."""
        return "topics are reached with AWS's credentials"

    async def close(self) -> None:
        """See the port."""
        for client in self._clients.values():
            await client.close()

    def _of(self, arn: str) -> AwsClient:
        found = _ARN.fullmatch(arn)
        region = found[1] if found else ""
        if region not in self._clients:
            try:
                self._clients[region] = _client("sns", "Amazon SNS", "the topic", region)
            except SettingsError as error:
                raise NotSent(error.detail) from error
        return self._clients[region]


def topic_message(message: Outgoing) -> tuple[str, str]:
    """The body and the subject of a hand-over, as the systems behind the topic know them."""
    facts = message.facts
    at = facts.since or message.created_at
    data = {
        "user_id": facts.user_id,
        "escalation_time": datetime.fromtimestamp(at, UTC).isoformat(),
        "reasons": list(facts.reasons),
        "context_summary": facts.summary,
        "priority": facts.priority,
        "suggested_department": facts.department,
    }
    subject = f"WhatsApp Escalation - User {facts.user_id}"
    plain = subject.encode("ascii", "ignore").decode()
    return msgspec.json.encode(data).decode(), plain[:MOST_SUBJECT]


def _client(
    service: str,
    title: str,
    wanted_by: str,
    region: str,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> AwsClient:
    return AwsClient(service, title, wanted_by, region=region, timeout_seconds=timeout_seconds)


async def _called(client: AwsClient, operation: str, **parameters: Any) -> dict[str, Any]:
    try:
        return await client.call(operation, **parameters)
    except AwsFailed as error:
        raise NotSent(error.detail, final=error.aws_code in _FINAL) from error
