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
from recado.channels.port import InboundItem, InboundStatus, Unparsable
from recado.channels.whatsapp.signature import verify_subscription
from recado.errors import (
    BadRequest,
    InvalidSignature,
    ServiceUnavailable,
    TooLarge,
    TooManyRequests,
    UnparsablePayload,
)
from recado.ingest.throttle import Throttle
from recado.queue.port import NewJob
from recado.queue.queues import INBOUND, STATUSES
from recado.runtime import Runtime

log = structlog.get_logger(__name__)

#: Meta's webhooks are at most 3 MB.
#: https://developers.facebook.com/docs/graph-api/webhooks/getting-started
MAX_BODY_BYTES = 3 * 1024 * 1024

OK = b"EVENT_RECEIVED"


class WhatsAppWebhook:
    """GET: Meta's subscription check. POST: its events."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._throttle = Throttle(runtime.settings.webhook_rate_per_second)

    async def subscribe(self, request: Request) -> Response:
        tokens = await self._runtime.lines.secrets("whatsapp", "verify_token")
        try:
            challenge = verify_subscription(request.query_params, tokens)
        except InvalidSignature as error:
            return self._refuse(request, error)
        return PlainTextResponse(challenge)

    async def receive(self, request: Request) -> Response:
        started = time.perf_counter()
        response = await self._receive(request)
        elapsed = time.perf_counter() - started
        self._runtime.metrics.webhook("whatsapp", str(response.status_code), elapsed)
        return response

    async def _receive(self, request: Request) -> Response:
        channel = self._runtime.channel("whatsapp")
        try:
            body = await read_body(request)
            secrets = await self._runtime.lines.secrets("whatsapp", "app_secret")
            channel.verify(request.headers, body, secrets)
        except TooLarge as error:
            return problem_response(error, trace_of(request))
        except ClientDisconnect:
            return problem_response(BadRequest("The request ended early."), trace_of(request))
        except InvalidSignature as error:
            return self._refuse(request, error)
        wait_seconds = self._throttle.take()
        if wait_seconds > 0:
            slow_down = TooManyRequests(
                "More webhooks came than RECADO_WEBHOOK_RATE_PER_SECOND lets in; send it again.",
                retry_after_seconds=wait_seconds,
            )
            return problem_response(slow_down, trace_of(request))
        try:
            items: Sequence[InboundItem] = channel.parse(body)
        except UnparsablePayload as error:
            raw = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
            items = [Unparsable("whatsapp", "", cause=str(error), raw=raw)]
        return await self._accept(request, items)

    async def _accept(self, request: Request, items: Sequence[InboundItem]) -> Response:
        trace_id = trace_of(request)
        try:
            await self._runtime.queue.publish([job_for(item, trace_id) for item in items])
        except ServiceUnavailable as error:
            # Not durable, so not accepted: the vendor keeps it and comes again.
            log.error("webhook not accepted", error=str(error))
            response = problem_response(error, trace_id)
            response.headers["retry-after"] = "5"
            return response
        return Response(OK, media_type="text/plain")

    def _refuse(self, request: Request, error: InvalidSignature) -> Response:
        self._runtime.metrics.security_event("invalid_signature")
        client = request.client.host if request.client else ""
        log.warning("webhook refused", security=True, client=client, reason=error.detail)
        return problem_response(error, trace_of(request))


def webhook_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    whatsapp = WhatsAppWebhook(runtime)
    return [
        Route("/webhooks/whatsapp", whatsapp.subscribe, methods=["GET"]),
        Route("/webhooks/whatsapp", whatsapp.receive, methods=["POST"]),
    ]


async def read_body(request: Request) -> bytes:
    """The whole body. Raises TooLarge past the limit, without keeping what came."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise TooLarge(f"A webhook has at most {MAX_BODY_BYTES} bytes.")
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise TooLarge(f"A webhook has at most {MAX_BODY_BYTES} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def job_for(item: InboundItem, trace_id: str) -> NewJob:
    if isinstance(item, InboundStatus):
        return STATUSES.job(item.lane, item, trace_id=trace_id)
    return INBOUND.job(item.lane, item, trace_id=trace_id)


def trace_of(request: Request) -> str:
    """The request's trace id, as the trace middleware put it into the scope."""
    return str(request.scope.get("trace_id", ""))
