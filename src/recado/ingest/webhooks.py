"""The webhooks' edge.

A request is answered 200 only once every item in it is durable in the queue (promise 1), and
403 unless its channel signed it (promise 6). A signed body that nobody can read is accepted as
one unparsable item: it becomes a dead letter with the raw body, and the vendor need not retry.
Plain Starlette, no framework in the hot path: most of this route's time is HMAC and the disk.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from recado.api.problems import problem_response
from recado.channels.port import Channel, InboundItem, InboundStatus, Unparsable, Webhook
from recado.errors import (
    BadRequest,
    InvalidSignature,
    ServiceUnavailable,
    TooLarge,
    TooManyRequests,
    UnparsablePayload,
)
from recado.ingest.throttle import Throttle
from recado.observability.tracing import Span
from recado.queue.port import NewJob
from recado.queue.queues import INBOUND, STATUSES
from recado.runtime import Runtime

log = structlog.get_logger(__name__)


class ChannelWebhook:
    """One channel's edge. GET: the vendor's subscription check. POST: its events."""

    def __init__(
        self, runtime: Runtime, channel: Channel, webhook: Webhook, gate: Throttle
    ) -> None:
        self._runtime = runtime
        self._channel = channel
        self._webhook = webhook
        self._throttle = gate

    async def subscribe(self, request: Request) -> Response:
        secrets = await self._runtime.lines.secrets(
            self._channel.kind, self._webhook.challenged_with
        )
        try:
            challenge = self._channel.answer_challenge(request.query_params, secrets)
        except InvalidSignature as error:
            return self._refuse(request, error)
        return PlainTextResponse(challenge)

    async def receive(self, request: Request) -> Response:
        started = time.perf_counter()
        with self._runtime.tracing.span("webhook", trace_of(request), "server") as span:
            response = await self._receive(request, span)
            span.note(channel=self._channel.kind, outcome=str(response.status_code))
        elapsed = time.perf_counter() - started
        self._runtime.metrics.webhook(self._channel.kind, str(response.status_code), elapsed)
        return response

    async def _receive(self, request: Request, span: Span) -> Response:
        channel, webhook = self._channel, self._webhook
        try:
            body = await read_body(request, webhook.max_bytes)
            secrets = await self._runtime.lines.secrets(channel.kind, webhook.signed_with)
            url = self._public_url(request)
            channel.verify(request.headers, body, secrets, url)
        except TooLarge as error:
            return problem_response(error, trace_of(request))
        except ClientDisconnect:
            return problem_response(BadRequest("The request ended early."), trace_of(request))
        except InvalidSignature as error:
            if not self._runtime.lines.are_known:  # it may be signed for a line of the store
                return self._later(request, ServiceUnavailable("The lines are not known yet."))
            return self._refuse(request, error)
        wait_seconds = self._throttle.take()
        if wait_seconds > 0:
            slow_down = TooManyRequests(
                "More webhooks came than RECADO_WEBHOOK_RATE_PER_SECOND lets in; send it again.",
                retry_after_seconds=wait_seconds,
            )
            return problem_response(slow_down, trace_of(request))
        try:
            items: Sequence[InboundItem] = channel.parse(body, url)
        except UnparsablePayload as error:
            raw = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
            items = [Unparsable(channel.kind, "", cause=str(error), raw=raw)]
        return await self._accept(request, items, span)

    def _public_url(self, request: Request) -> str:
        """What the vendor called, as it would write it: some sign it."""
        public = self._runtime.settings.public_url
        if not public:
            return str(request.url)
        query = request.url.query
        return f"{public}{request.url.path}{'?' if query else ''}{query}"

    async def _accept(self, request: Request, items: Sequence[InboundItem], span: Span) -> Response:
        trace_id = trace_of(request)
        carried = span.carry(trace_id)
        try:
            await self._runtime.queue.publish([job_for(item, carried) for item in items])
        except ServiceUnavailable as error:
            return self._later(request, error)
        return Response(self._webhook.accepted, media_type=self._webhook.media_type)

    def _later(self, request: Request, error: ServiceUnavailable) -> Response:
        """Not durable, so not accepted: the vendor keeps it and comes again."""
        log.error("webhook not accepted", error=str(error))
        response = problem_response(error, trace_of(request))
        response.headers["retry-after"] = "5"
        return response

    def _refuse(self, request: Request, error: InvalidSignature) -> Response:
        self._runtime.metrics.security_event("invalid_signature")
        client = request.client.host if request.client else ""
        log.warning(
            "webhook refused",
            security=True,
            channel=self._channel.kind,
            client=client,
            reason=error.detail,
        )
        self._runtime.lines.refused(self._channel.kind, error.detail)
        return problem_response(error, trace_of(request))


def webhook_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """The routes of every channel that has webhooks; they share one throttle."""
    throttle = Throttle(runtime.settings.webhook_rate_per_second)
    routes: list[BaseRoute] = []
    for channel in runtime.channels.values():
        if channel.webhook is None:
            continue
        edge = ChannelWebhook(runtime, channel, channel.webhook, throttle)
        for path in channel.webhook.paths:
            if channel.webhook.challenged_with:
                routes.append(Route(path, edge.subscribe, methods=["GET"]))
            routes.append(Route(path, edge.receive, methods=["POST"]))
    return routes


async def read_body(request: Request, most: int) -> bytes:
    """The whole body. Raises TooLarge past `most` bytes, without keeping what came."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise TooLarge(f"A webhook has at most {most} bytes.")
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise TooLarge(f"A webhook has at most {most} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def job_for(item: InboundItem, trace_id: str) -> NewJob:
    if isinstance(item, InboundStatus):
        return STATUSES.job(item.lane, item, trace_id=trace_id)
    return INBOUND.job(item.lane, item, trace_id=trace_id)


def trace_of(request: Request) -> str:
    """The request's trace id, as the trace middleware put it into the scope."""
    return str(request.scope.get("trace_id", ""))
