"""Requests to one model of a provider: in the time limit, behind a circuit breaker, so many at
once, and not while the provider asks to be left alone.

429 or 503 with Retry-After ─┬─ a moment ─▶ it is waited for, and asked once more
                             └─ longer ───▶ nobody asks before that: another model answers, or
                                            the turn comes again then, if that is soon enough
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from recado.assistant.models.calls import ModelCall, may_ask, note
from recado.assistant.models.connecting import Connected
from recado.assistant.models.prices import Prices
from recado.assistant.models.provider_errors import model_error
from recado.assistant.models.requests import note_answered
from recado.assistant.models.sampling import settings_for
from recado.errors import ModelBusy, ModelError, ModelRefused, ModelUnavailable
from recado.queue.slots import waiting_outside
from recado.resilience.breaker import Breaker, BreakerOpen

if TYPE_CHECKING:
    from pydantic_ai import ModelSettings
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import ModelRequestParameters

#: A rest of so long is waited for at once.
PATIENCE_SECONDS = 2.0
#: After so long a provider is asked again, whatever it said: clocks and servers are wrong at times.
MOST_REST_SECONDS = 600.0


class _Request(NamedTuple):
    messages: list[ModelMessage]
    settings: dict[str, Any]
    offered: ModelRequestParameters | None


class ProviderRequests:
    """Whoever waits for an answer holds no place of a worker's: there are `places` for them."""

    def __init__(
        self,
        name: str,
        connected: Connected,
        *,
        timeout_seconds: float,
        breaker: Breaker,
        prices: Prices,
        places: int | None = None,
    ) -> None:
        self._name = name
        self._connected = connected
        self._timeout_seconds = timeout_seconds
        self._breaker = breaker
        self._prices = prices
        self._places = connected.places if places is None else places
        self._rests_until = 0.0

    async def run(
        self,
        messages: list[ModelMessage],
        settings: dict[str, Any],
        offered: ModelRequestParameters | None = None,
    ) -> ModelResponse:
        """One answer in the time limit, unless the provider is away. `offered` is what the model
        may call; None: it writes.

        Raises ModelUnavailable, ModelBusy and ModelRefused, nothing else.
        """
        if not may_ask(self._name):
            raise ModelRefused(f"{self._name} was not asked: the budget is spent.")
        if self._places == 0:
            raise ModelBusy(f"{self._name} has as many questions before it as it may.")
        self._places -= 1
        try:
            with waiting_outside():
                return await self._in_time(_Request(messages, settings, offered))
        finally:
            self._places += 1

    async def close(self) -> None:
        await self._connected.close()

    async def _in_time(self, request: _Request) -> ModelResponse:
        """A provider that asks for a moment gets it once."""
        until = time.monotonic() + self._timeout_seconds
        await self._rested(until)
        try:
            return await self._asked(request, until)
        except ModelUnavailable as error:
            self._note_rest(error)
            if not 0 < error.rest_seconds <= PATIENCE_SECONDS:
                raise
        await self._rested(until)
        try:
            return await self._asked(request, until)
        except ModelUnavailable as error:
            self._note_rest(error)
            raise

    async def _rested(self, until: float) -> None:
        """Raises ModelUnavailable: the provider wants longer than anybody waits here."""
        left = self._rests_until - time.monotonic()
        if left <= 0:
            return
        if left > min(PATIENCE_SECONDS, until - time.monotonic()):
            error = ModelUnavailable(
                f"{self._name} was not asked: it wants to be left alone for {left:.0f} seconds.",
                rest_seconds=left,
            )
            self._note_rest(error)
            raise error
        await asyncio.sleep(left)

    def _note_rest(self, error: ModelUnavailable) -> None:
        """From now on nobody asks before the rest is over. A turn that fails comes again then,
        where that is within the time that a model has for an answer."""
        rest = min(error.rest_seconds, MOST_REST_SECONDS)
        if rest > 0:
            self._rests_until = max(self._rests_until, time.monotonic() + rest)
        if rest <= self._timeout_seconds:
            error.again_after_seconds = rest

    async def _asked(self, request: _Request, until: float) -> ModelResponse:
        """Whatever comes of it, the request is noted (calls.py)."""
        try:
            with self._breaker.call():
                began = time.perf_counter()
                try:
                    response = await self._at_provider(request, until)
                except ModelError as error:
                    took = (time.perf_counter() - began) * 1000
                    note(ModelCall(model=self._name, outcome=error.slug, milliseconds=took))
                    raise
                took = (time.perf_counter() - began) * 1000
                note_answered(self._name, self._prices, request.messages, response, took)
                return response
        except BreakerOpen as error:
            raise ModelUnavailable(f"{self._name} has been away and was not asked.") from error

    async def _at_provider(self, request: _Request, until: float) -> ModelResponse:
        from pydantic_ai.direct import model_request
        from pydantic_ai.models import ModelRequestParameters

        left = until - time.monotonic()
        if self._connected.prepare is not None:
            self._connected.prepare()
        try:
            async with asyncio.timeout(left):
                return await model_request(
                    self._connected.api,
                    request.messages,
                    model_settings=self._settings(request.settings, left),
                    model_request_parameters=request.offered or ModelRequestParameters(),
                )
        except TimeoutError as error:
            raise ModelUnavailable(
                f"{self._name} did not answer within {self._timeout_seconds:g} seconds"
                " (RECADO_MODEL_TIMEOUT_SECONDS).",
                outage=True,
            ) from error
        # Besides its own errors, the library lets pass what a malformed answer breaks in it or in
        # the provider's own one: whatever it is, the model has given no answer.
        except Exception as error:
            raise model_error(error, self._name) from error

    def _settings(self, own: dict[str, Any], left: float) -> ModelSettings:
        bounds = {"timeout": left, "max_retries": 0} if self._connected.bounded else {}
        chosen = settings_for(self._name, self._connected.api.profile, own)
        return cast("ModelSettings", bounds | chosen)
