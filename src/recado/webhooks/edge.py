"""The webhooks' edge.

A request is answered 200 only once every item in it is durable in the queue (promise 1), and
403 unless its channel signed it (promise 6), for the lines that it is for. A signed body that
nobody can read is accepted as one unparsable item: it becomes a dead letter with the raw body, and
the vendor need not retry.
No framework is in the way of a webhook (shortcut.py): it costs more than all that is done here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from recado.channels.messages import InboundItem, Unparsable
from recado.channels.port import Channel, Webhook
from recado.errors import (
    InvalidSignature,
    RecadoError,
    ServiceUnavailable,
    TooManyRequests,
    UnparsablePayload,
)
from recado.http.problems import problem_response
from recado.lines.signers import Signers
from recado.observability.tracing import Span
from recado.resilience.load import Held, Load
from recado.runtime import Runtime
from recado.webhooks.arrivals import Arrivals
from recado.webhooks.slices import Slices, read_beside
from recado.webhooks.throttle import Throttle

log = structlog.get_logger(__name__)

#: Why items are refused whose body is signed, but not for them.
FOREIGN = "The webhook is signed with the secret of another line than it is for."


class ChannelWebhook:
    """One channel's edge: an ASGI application for the vendor's events (POST), and `subscribe` for
    its subscription check (GET)."""

    def __init__(
        self,
        runtime: Runtime,
        channel: Channel,
        webhook: Webhook,
        *,
        gate: Throttle,
        arrivals: Arrivals,
        load: Load,
        slices: Slices,
    ) -> None:
        self._runtime = runtime
        self._channel = channel
        self._webhook = webhook
        self._throttle = gate
        self._arrivals = arrivals
        self._load = load
        self._slices = slices
        accepted = Response(webhook.accepted, media_type=webhook.media_type)
        self._accepted_headers = accepted.raw_headers
        self._public_base = runtime.settings.public_url

    async def subscribe(self, request: Request) -> Response:
        secrets = await self._runtime.lines.secrets(
            self._channel.kind, self._webhook.challenged_with
        )
        try:
            challenge = self._channel.answer_challenge(request.query_params, secrets)
        except InvalidSignature as error:
            return self._refuse(error, request.scope)
        return PlainTextResponse(challenge)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        refusal: Response | None = None
        with (
            self._runtime.tracing.span("webhook", trace_of(scope), "server") as span,
            self._load.request() as held,
        ):
            try:
                await self._take_in(scope, receive, span, held)
            except RecadoError as error:
                refusal = self._answer_to(error, scope)
            status = str(refusal.status_code if refusal else 200)
            span.note(channel=self._channel.kind, outcome=status)
        self._runtime.metrics.webhook(self._channel.kind, status, time.perf_counter() - started)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        headers = self._accepted_headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._webhook.accepted})

    async def _take_in(self, scope: Scope, receive: Receive, span: Span, held: Held) -> None:
        """Returns once everything in the webhook is durable; raises what `_answer_to` answers."""
        channel, webhook = self._channel, self._webhook
        headers = headers_of(scope)
        signers = await self._runtime.lines.signers(channel.kind, webhook.signed_with)
        channel.check_headers(headers, signers.secrets)
        body = await self._arrivals.read(headers, receive, webhook.max_bytes)
        url = self._public_url(scope, headers)
        signed_by = channel.verify(headers, body, signers.secrets, url)
        held.take(len(body))
        wait_seconds = self._throttle.take()
        if wait_seconds > 0:
            raise TooManyRequests(
                "More webhooks came than RECADO_WEBHOOK_RATE_PER_SECOND lets in; send it again.",
                retry_after_seconds=wait_seconds,
            )
        with self._slices.passage(body) as passage:
            items, foreign = await read_beside(
                passage, lambda: self._read(body, url, signers, signed_by)
            )
            if foreign:
                items += await self._look_again(foreign, signed_by, scope)
                if not items:
                    raise InvalidSignature(FOREIGN)
            try:
                await self._slices.publish(items, span.carry(trace_of(scope)), passage)
            except ServiceUnavailable as error:  # not durable, so not accepted: it will come again
                log.error("webhook not accepted", error=str(error))
                raise

    def _read(
        self, body: bytes, url: str, signers: Signers, signed_by: Sequence[str]
    ) -> tuple[list[InboundItem], list[InboundItem]]:
        """The items in `body`: those that are signed for, and the others."""
        try:
            items: Sequence[InboundItem] = self._channel.parse(body, url)
        except UnparsablePayload as error:
            raw = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
            items = [Unparsable(self._channel.kind, "", cause=str(error), raw=raw)]
        return signers.sort_out(items, signed_by)

    async def _look_again(
        self, foreign: Sequence[InboundItem], signed_by: Sequence[str], scope: Scope
    ) -> list[InboundItem]:
        """What of `foreign` is to be taken in all the same, since the lines have just changed; the
        rest is reported."""
        kind, credential = self._channel.kind, self._webhook.signed_with
        signers = await self._runtime.lines.signers(kind, credential, anew=True)
        taken, refused = signers.sort_out(foreign, signed_by)
        if refused:
            self._report(scope, "foreign_line", FOREIGN, items=len(refused))
        return taken

    def _public_url(self, scope: Scope, headers: Mapping[str, str]) -> str:
        """What the vendor called, as it would write it: some sign it."""
        base = self._public_base or f"{scope['scheme']}://{headers.get('host', '')}"
        query: bytes = scope["query_string"]
        asked = f"?{query.decode('latin-1')}" if query else ""
        return f"{base}{scope['path']}{asked}"

    def _answer_to(self, error: RecadoError, scope: Scope) -> Response:
        if isinstance(error, InvalidSignature):
            if self._runtime.lines.are_known:
                return self._refuse(error, scope)
            # It may be signed for a line of the store.
            error = ServiceUnavailable("The lines are not known yet.")
            log.error("webhook not accepted", error=str(error))
        return problem_response(error, trace_of(scope))

    def _refuse(self, error: InvalidSignature, scope: Scope) -> Response:
        if error.detail != FOREIGN:  # else it was reported by those who looked again
            self._report(scope, "invalid_signature", error.detail)
        return problem_response(error, trace_of(scope))

    def _report(self, scope: Scope, event: str, reason: str, **facts: int) -> None:
        self._runtime.metrics.security_event(event)
        client = scope.get("client")
        log.warning(
            "webhook refused",
            security=True,
            channel=self._channel.kind,
            client=client[0] if client else "",
            reason=reason,
            **facts,
        )
        self._runtime.lines.refused(self._channel.kind, reason)


def webhook_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    """The routes of every channel that has webhooks; they share one throttle and one load."""
    settings = runtime.settings
    throttle = Throttle(settings.webhook_rate_per_second)
    bounds = settings.webhook_most_at_once, settings.webhook_most_megabytes * 2**20
    arrivals, load, slices = Arrivals(*bounds), Load(*bounds), Slices(runtime.queue)
    runtime.metrics.watch_webhooks(lambda: arrivals.bodies + load.requests)
    routes: list[BaseRoute] = []
    for channel in runtime.channels.values():
        if channel.webhook is None:
            continue
        edge = ChannelWebhook(
            runtime,
            channel,
            channel.webhook,
            gate=throttle,
            arrivals=arrivals,
            load=load,
            slices=slices,
        )
        for path in channel.webhook.paths:
            if channel.webhook.challenged_with:
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
