"""The channels' webhooks: verified by the secrets of their lines, taken in for those lines only
whose own secret signed them (signers.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from recado.channels.messages import InboundItem, InboundStatus, Unparsable
from recado.channels.port import Channel, Webhook
from recado.errors import InvalidSignature, ServiceUnavailable, UnparsablePayload
from recado.jobs import INBOUND, STATUSES
from recado.lines.registry import Lines
from recado.lines.signers import Signers
from recado.queue.port import NewJob, readable
from recado.runtime import Runtime
from recado.webhooks.port import Contents, SignedWebhook, WebhookRequest

log = structlog.get_logger(__name__)


def channel_webhooks(runtime: Runtime) -> Sequence[SignedWebhook[Signed]]:
    """Of every channel that has some."""
    return [
        _ChannelWebhook(runtime.lines, channel, channel.webhook).as_signed()
        for channel in runtime.channels.values()
        if channel.webhook is not None
    ]


@dataclass(frozen=True, slots=True)
class Signed:
    """Who may have signed a body, and which of their secrets did."""

    signers: Signers
    signed_by: Sequence[str]


class _ChannelWebhook:
    def __init__(self, lines: Lines, channel: Channel, webhook: Webhook) -> None:
        self._lines = lines
        self._channel = channel
        self._webhook = webhook

    def as_signed(self) -> SignedWebhook[Signed]:
        kind, webhook = self._channel.kind, self._webhook
        return SignedWebhook(
            name=kind,
            paths=webhook.paths,
            queue=INBOUND,
            verify=self._verify,
            jobs_of=self._jobs_of,
            check_headers=self._check_headers,
            answer_challenge=self._answer_challenge if webhook.challenged_with else None,
            refused=lambda reason: self._lines.refused(kind, reason),
            max_bytes=webhook.max_bytes,
            accepted=webhook.accepted,
            media_type=webhook.media_type,
        )

    async def _signers(self, *, anew: bool = False) -> Signers:
        return await self._lines.signers(self._channel.kind, self._webhook.signed_with, anew=anew)

    async def _check_headers(self, request: WebhookRequest) -> None:
        signers = await self._signers()
        try:
            self._channel.check_headers(request.headers, signers.secrets)
        except InvalidSignature as error:
            raise self._judged(error) from error

    async def _verify(self, request: WebhookRequest) -> Signed:
        signers = await self._signers()
        try:
            signed_by = self._channel.verify(
                request.headers, request.body, signers.secrets, request.url
            )
        except InvalidSignature as error:
            raise self._judged(error) from error
        return Signed(signers, signed_by)

    def _judged(self, error: InvalidSignature) -> Exception:
        """A secret that fits none of the lines may be one of the store's, while that is away."""
        if self._lines.are_known:
            return error
        log.error("webhook not accepted", error="The lines are not known yet.")
        return ServiceUnavailable("The lines are not known yet.")

    async def _answer_challenge(self, query: Mapping[str, str]) -> str:
        secrets = await self._lines.secrets(self._channel.kind, self._webhook.challenged_with)
        return self._channel.answer_challenge(query, secrets)

    async def _jobs_of(self, request: WebhookRequest, proof: Signed) -> Contents:
        jobs, foreign = await request.beside(lambda: self._read(request, proof))
        if foreign:  # the lines may have just changed
            signers = await self._signers(anew=True)
            taken, foreign = signers.sort_out(foreign, proof.signed_by)
            jobs += [job_for(item, request.trace_id) for item in taken]
        return Contents(jobs, len(foreign))

    def _read(
        self, request: WebhookRequest, proof: Signed
    ) -> tuple[list[NewJob], list[InboundItem]]:
        """The jobs of what is signed for in the body, and the items that are not."""
        try:
            items: Sequence[InboundItem] = self._channel.parse(request.body, request.url)
        except UnparsablePayload as error:  # kept by whoever signs for any line, as an item is
            raw = readable(request.body)
            items = [Unparsable(self._channel.kind, "", cause=str(error), raw=raw)]
        taken, foreign = proof.signers.sort_out(items, proof.signed_by)
        return [job_for(item, request.trace_id) for item in taken], foreign


def job_for(item: InboundItem, trace_id: str) -> NewJob:
    """What a webhook's item is published as: statuses have a queue of their own."""
    if isinstance(item, InboundStatus):
        return STATUSES.job(item.lane, item, trace_id=trace_id)
    return INBOUND.job(item.lane, item, trace_id=trace_id)
