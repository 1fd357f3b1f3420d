"""The webhooks' edge.

A request is answered 200 only once every job of it is durable in the queue (promise 1), and 403
unless its vendor signed it (promise 6), for those that it is for. A signed body that nobody can
read is accepted as one damaged job: it becomes a dead letter with the raw body, and the vendor need
not retry.

A POST goes straight from the process's edge to its own (`WebhookShortcut`). Webhooks are most of
what a process is asked, and a framework's way to a route (its middleware, router, request and
response objects) takes longer than to check, read and store one. The routes themselves stay in the
framework's table too, for what is not an exact path (`/webhook/{event}`), for GET, and for whoever
mounts them without this.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from recado.errors import (
    InvalidSignature,
    RecadoError,
    ServiceUnavailable,
    TooManyRequests,
    UnparsablePayload,
)
from recado.http.problems import problem_response
from recado.observability.tracing import Span
from recado.resilience.load import Bucket, Held, Load
from recado.runtime import Runtime
from recado.webhooks.arrivals import Arrivals
from recado.webhooks.port import Contents, SignedWebhook, Slices, WebhookRequest


class Throttle:
    """`rate` requests a second on average, one second's worth at once; 0 means no limit.

    Refused requests get 429 and the vendor sends them again later, so nothing is lost.
    """

    def __init__(self, rate: float) -> None:
        self._bucket = Bucket(rate, max(1.0, rate)) if rate > 0 else None

    def take(self) -> float:
        """Take leave for one request: 0 when granted, else the seconds until there is."""
        if self._bucket is None:
            return 0.0
        wait_seconds = self._bucket.wait_seconds(time.monotonic())
        if wait_seconds == 0:
            self._bucket.take()
        return wait_seconds


log = structlog.get_logger(__name__)

#: Why that is refused whose body is signed, but not for it.
FOREIGN = "The webhook is signed with the secret of another line than it is for."


class WebhookEdge:
    """One webhook's edge: an ASGI application for the vendor's events (POST), and `subscribe` for
    its subscription check (GET)."""

    def __init__(
        self,
        runtime: Runtime,
        webhook: SignedWebhook[Any],
        *,
        throttle: Throttle,
        arrivals: Arrivals,
        load: Load,
        slices: Slices,
    ) -> None:
        self._runtime = runtime
        self._webhook = webhook
        self._throttle = throttle
        self._arrivals = arrivals
        self._load = load
        self._slices = slices
        accepted = Response(webhook.accepted, media_type=webhook.media_type)
        self._accepted_headers = accepted.raw_headers
        self._public_base = runtime.settings.public_url

    async def subscribe(self, request: Request) -> Response:
        answer_challenge = self._webhook.answer_challenge
        assert answer_challenge is not None  # noqa: S101 - else there is no such route
        try:
            challenge = await answer_challenge(request.query_params)
        except InvalidSignature as error:
            self._report(request.scope, "invalid_signature", error.detail)
            return problem_response(error, trace_of(request.scope))
        return PlainTextResponse(challenge)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        name = self._webhook.name
        refusal: Response | None = None
        with (
            self._runtime.tracing.span("webhook", trace_of(scope), "server") as span,
            self._load.request() as held,
        ):
            try:
                await self._take_in(scope, receive, span, held)
            except RecadoError as error:
                refusal = problem_response(error, trace_of(scope))
            status = str(refusal.status_code if refusal else 200)
            span.note(channel=name, outcome=status)
        self._runtime.metrics.webhook(name, status, time.perf_counter() - started)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        headers = self._accepted_headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._webhook.accepted})

    async def _take_in(self, scope: Scope, receive: Receive, span: Span, held: Held) -> None:
        """Returns once everything in the webhook is durable; raises what it is refused with."""
        webhook, headers = self._webhook, headers_of(scope)
        url, trace_id = self._public_url(scope, headers), span.carry(trace_of(scope))
        request = WebhookRequest(headers, url, trace_id)
        try:
            await webhook.check_headers(request)
            request.body = await self._arrivals.read(headers, receive, webhook.max_bytes)
            proof = await webhook.verify(request)
        except InvalidSignature as error:
            self._report(scope, "invalid_signature", error.detail)
            raise
        held.take(len(request.body))
        wait_seconds = self._throttle.take()
        if wait_seconds > 0:
            raise TooManyRequests(
                "More webhooks came than RECADO_WEBHOOK_RATE_PER_SECOND lets in; send it again.",
                retry_after_seconds=wait_seconds,
            )
        with self._slices.passage(request.body) as passage:
            found = await self._contents(request, proof)
            if found.foreign:
                self._report(scope, "foreign_line", FOREIGN, items=found.foreign)
                if not found.jobs:
                    raise InvalidSignature(FOREIGN)
            if not found.jobs:  # nothing in it that anybody wants
                return
            try:
                await self._slices.publish(found.jobs, passage)
            except ServiceUnavailable as error:  # not durable, so not accepted: it will come again
                log.error("webhook not accepted", error=str(error))
                raise

    async def _contents(self, request: WebhookRequest, proof: object) -> Contents:
        webhook = self._webhook
        try:
            return await webhook.jobs_of(request, proof)
        except UnparsablePayload as error:
            lane, cause = f"{webhook.name}:damaged", error.detail
            job = webhook.queue.damaged_job(lane, request.body, cause, trace_id=request.trace_id)
            return Contents([job])

    def _public_url(self, scope: Scope, headers: Mapping[str, str]) -> str:
        base = self._public_base or f"{scope['scheme']}://{headers.get('host', '')}"
        query: bytes = scope["query_string"]
        asked = f"?{query.decode('latin-1')}" if query else ""
        return f"{base}{scope['path']}{asked}"

    def _report(self, scope: Scope, event: str, reason: str, **facts: int) -> None:
        self._runtime.metrics.security_event(event)
        client = scope.get("client")
        log.warning(
            "webhook refused",
            security=True,
            channel=self._webhook.name,
            client=client[0] if client else "",
            reason=reason,
            **facts,
        )
        self._webhook.refused(reason)


def webhook_routes(runtime: Runtime, webhooks: Iterable[SignedWebhook[Any]]) -> Sequence[BaseRoute]:
    """The routes of all signed webhooks; they share one throttle and one load."""
    settings = runtime.settings
    throttle = Throttle(settings.webhook_rate_per_second)
    bounds = settings.webhook_most_at_once, settings.webhook_most_megabytes * 2**20
    arrivals, load, slices = Arrivals(*bounds), Load(*bounds), Slices(runtime.queue)
    runtime.metrics.watch_webhooks(lambda: arrivals.bodies + load.requests)
    routes: list[BaseRoute] = []
    for webhook in webhooks:
        edge = WebhookEdge(
            runtime, webhook, throttle=throttle, arrivals=arrivals, load=load, slices=slices
        )
        for path in webhook.paths:
            if webhook.answer_challenge is not None:
                routes.append(Route(path, edge.subscribe, methods=["GET"]))
            routes.append(Route(path, edge, methods=["POST"]))
    return routes


def headers_of(scope: Scope) -> dict[str, str]:
    """By their names, in lower case; of several with one name the first. A look into Starlette's
    goes through all of them."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in reversed(scope["headers"])
    }


def trace_of(scope: Scope) -> str:
    """The request's trace id, as the process's edge put it into the scope."""
    return str(scope.get("trace_id", ""))


class WebhookShortcut:
    """`app`, but for the webhooks among its `routes`: one look-up by path finds those."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._webhooks: dict[str, ASGIApp] = {
            route.path: route.app
            for route in routes
            if isinstance(route, Route) and isinstance(route.app, WebhookEdge)
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        app = self._app
        if scope["type"] == "http" and scope["method"] == "POST":
            app = self._webhooks.get(scope["path"], app)
        return app(scope, receive, send)
