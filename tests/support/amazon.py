"""Amazon's SES and SNS in a test's own process: moto's server, and what it took."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

from tests.support.aws import REGION, aws_environment

SENDER = "recado@shop.example"


class Amazon:
    """`topic` is the ARN of one that there is."""

    def __init__(self, url: str) -> None:
        self.url = url
        sns = self._client("sns")
        self.topic: str = sns.create_topic(Name=f"human-escalation-{uuid4().hex[:6]}")["TopicArn"]
        self._client("sesv2").create_email_identity(EmailIdentity=SENDER)

    @property
    def mails(self) -> list[str]:
        """Those that SES took, as they are."""
        found = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
        return [str(getattr(it, "raw_data", it)) for it in found]

    @property
    def published(self) -> list[tuple[str, str]]:
        """(subject, body) of what the topic took."""
        found = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[self.topic].sent_notifications
        return [(subject or "", body) for _, body, subject, *_ in found]

    @property
    def texted(self) -> list[tuple[str, str]]:
        """(number, text) of the SMS."""
        found = sns_backends[DEFAULT_ACCOUNT_ID][REGION].sms_messages
        return list(found.values())

    def _client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self.url)


@asynccontextmanager
async def amazon() -> AsyncIterator[Amazon]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        own = {f"AWS_ENDPOINT_URL_{name}": url for name in ("SNS", "SESV2")}
        with aws_environment(url, AWS_DEFAULT_REGION=REGION, **own):
            for backends in (ses_backends, sns_backends):
                backends[DEFAULT_ACCOUNT_ID][REGION].reset()
            yield Amazon(url)
    finally:
        server.stop()
