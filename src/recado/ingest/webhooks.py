"""The webhooks' edge.

A request is answered 200 only once every item in it is durable in the queue (promise 1), and
403 unless its channel signed it (promise 6). A signed body that nobody can read is accepted as
one unparsable item: it becomes a dead letter with the raw body, and the vendor need not retry.
Plain Starlette, no framework in the hot path: most of this route's time is HMAC and the disk.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import structlog
from starlette.requests import Request
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
from recado.resilience.load import Held, Load
from recado.runtime import Runtime

log = structlog.get_logger(__name__)

#: A body that came in part has this long to come whole.
BODY_SECONDS = 20.0


class ChannelWebhook:
    """One channel's edge. GET: the vendor's subscription check. POST: its events."""

    def __init__(
        self, runtime: Runtime, channel: Channel, webhook: Webhook, gate: Throttle, load: Load
    ) -> None:
        self._runtime = runtime
        self._channel = channel
        self._webhook = webhook
        self._throttle = gate
        self._load = load

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
        with (
            self._runtime.tracing.span("webhook", trace_of(request), "server") as span,
            self._load.request() as held,
        ):
            response = await self._receive(request, span, held)
            span.note(channel=self._channel.kind, outcome=str(response.status_code))
        elapsed = time.perf_counter() - started
        self._runtime.metrics.webhook(self._channel.kind, str(response.status_code), elapsed)
        return response

    async def _receive(self, request: Request, span: Span, held: Held) -> Response:
        channel, webhook = self._channel, self._webhook
        try:
            body = await read_body(request, webhook.max_bytes, held)
            secrets = await self._runtime.lines.secrets(channel.kind, webhook.signed_with)
            url = self._public_url(request)
            channel.verify(request.headers, body, secrets, url)
        except ServiceUnavailable as error:
            return self._come_again(request, error)
        except (TooLarge, BadRequest) as error:
            return problem_response(error, trace_of(request))
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
        return self._come_again(request, error)

    def _come_again(self, request: Request, error: ServiceUnavailable) -> Response:
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
    """The routes of every channel that has webhooks; they share one throttle and one load."""
    settings = runtime.settings
    throttle = Throttle(settings.webhook_rate_per_second)
    load = Load(settings.webhook_most_at_once, settings.webhook_most_megabytes * 2**20)
    runtime.metrics.watch_webhooks(lambda: load.requests)
    routes: list[BaseRoute] = []
    for channel in runtime.channels.values():
        if channel.webhook is None:
            continue
        edge = ChannelWebhook(runtime, channel, channel.webhook, throttle, load)
        for path in channel.webhook.paths:
            if channel.webhook.challenged_with:
                routes.append(Route(path, edge.subscribe, methods=["GET"]))
            routes.append(Route(path, edge.receive, methods=["POST"]))
    return routes


async def read_body(request: Request, most: int, held: Held) -> bytes:
    """The whole body.

    Raises TooLarge past `most` bytes, BadRequest when it comes too slowly, ServiceUnavailable when
    too much is under way; in each case what came is not kept.
    """
    declared = request.headers.get("content-length", "")
    _check_size(int(declared) if declared.isdigit() else 0, most)
    body, more = await _next_part(request, held)
    if not more:  # most bodies come in one piece, and need no clock
        _check_size(len(body), most)
        return body
    parts, size = [body], len(body)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                body, more = await _next_part(request, held)
                parts.append(body)
                size += len(body)
                _check_size(size, most)
    except TimeoutError as error:
        raise BadRequest("The body came too slowly.") from error
    return b"".join(parts)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"A webhook has at most {most} bytes.")


async def _next_part(request: Request, held: Held) -> tuple[bytes, bool]:
    """What has come of the body, and whether there is more. Raises BadRequest: it ended early."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise BadRequest("The request ended early.")
    part: bytes = message.get("body", b"")
    held.take(len(part))
    return part, message.get("more_body", False)


def job_for(item: InboundItem, trace_id: str) -> NewJob:
    if isinstance(item, InboundStatus):
        return STATUSES.job(item.lane, item, trace_id=trace_id)
    return INBOUND.job(item.lane, item, trace_id=trace_id)


def trace_of(request: Request) -> str:
    """The request's trace id, as the trace middleware put it into the scope."""
    return str(request.scope.get("trace_id", ""))
