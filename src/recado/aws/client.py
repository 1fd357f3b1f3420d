"""One AWS service through the official SDK: a time limit, a circuit breaker, and errors that say
what to do. Region and credentials are AWS's own settings, as for its other programs.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple, TypeVar

from recado.errors import RecadoError, SettingsError
from recado.extras import needing
from recado.resilience.breaker import FIGURES, Breaker, BreakerOpen, Figures

CONNECT_SECONDS = 2.0
#: Calls under way at once; the next ones wait for a connection, within their time.
CONNECTIONS = 64
CREDENTIALS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role"
#: Errors that another try mends: the service's own, not the request's.
_OUTAGES = frozenset(
    {
        *("ThrottlingException", "TooManyRequestsException", "InternalServerException"),
        *("ServiceUnavailableException", "BadGatewayException", "DependencyFailedException"),
        *("ConflictException", "InternalFailure", "ServiceUnavailable", "RequestTimeout"),
    }
)
_CREDENTIALS = frozenset(
    {
        *("UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"),
        *("IncompleteSignature", "MissingAuthenticationToken", "InvalidClientTokenId"),
    }
)

_BROKEN = (ValueError, TypeError, LookupError, AttributeError)
T = TypeVar("T")


class Place(NamedTuple):
    """Where a service is, beside its region; "" leaves each to AWS's own settings.

    `endpoint_url` is a server's that speaks the same protocol, `profile` whose credentials are
    used."""

    endpoint_url: str = ""
    profile: str = ""


class AwsFailed(RecadoError):
    """`outage`: the service is away, and the fault is not this request's. `aws_code` is AWS's name
    of the error, "" where there was no answer."""

    status = 502
    title = "An AWS service gave no answer"

    def __init__(self, detail: str = "", *, aws_code: str = "", outage: bool = False) -> None:
        super().__init__(detail)
        self.aws_code = aws_code
        self.outage = outage

    @property
    def for_log(self) -> str:
        """AWS's own words may repeat what was sent."""
        return self.aws_code or self.detail


class AwsClient:
    """Calls of one service, such as `comprehend`; `title` is how people know it. `wanted_by` is the
    setting that asks for it, `extra` the one of the package that brings the SDK.

    Raises SettingsError: its packages are not installed, or no region is set.
    """

    def __init__(
        self,
        service: str,
        title: str,
        wanted_by: str,
        *,
        region: str,
        timeout_seconds: float,
        breaker: Figures = FIGURES,
        extra: str = "aws",
        place: Place | None = None,
    ) -> None:
        with needing(extra, wanted_by):
            from aiobotocore.session import AioSession

            self._place = place or Place()
            self._session = AioSession(profile=self._place.profile or None)
        self.title = title
        self._service = service
        self._timeout_seconds = timeout_seconds
        self._breaker = Breaker(service, breaker)
        self._region = region or self._session.get_config_variable("region") or ""
        if not self._region:
            raise SettingsError(f"{wanted_by} needs a region: set AWS_REGION, such as eu-west-1.")
        self._stack = AsyncExitStack()
        self._client: Any = None
        self._connecting = asyncio.Lock()

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """What the service answers to one request (the SDK's names: `detect_sentiment`).

        Raises AwsFailed, and nothing else."""
        return await self.ask(operation, parameters, _as_it_is)

    async def ask(
        self,
        operation: str,
        parameters: dict[str, Any],
        read: Callable[[dict[str, Any]], Awaitable[T]],
        *,
        timeout_seconds: float = 0.0,
    ) -> T:
        """What `read` makes of the answer, such as of a body that comes as a stream, within the
        same limit of time (`timeout_seconds`: of this request). Raises as `call` does."""
        seconds = timeout_seconds or self._timeout_seconds
        try:
            with self._breaker.call():
                return await self._called(operation, parameters, read, seconds)
        except BreakerOpen as error:
            raise AwsFailed(f"{self.title} has been away and was not asked.") from error

    async def check(self) -> None:
        """Raises AwsFailed: there are no credentials."""
        if await self._session.get_credentials() is None:
            raise AwsFailed(f"{self.title} has no credentials: set {CREDENTIALS}.")

    async def close(self) -> None:
        await self._stack.aclose()
        self._client = None

    async def _called(
        self,
        operation: str,
        parameters: dict[str, Any],
        read: Callable[[dict[str, Any]], Awaitable[T]],
        seconds: float,
    ) -> T:
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.parsers import ResponseParserError

        try:
            client = await self._connected()  # the first time, the SDK reads what it is about
            async with asyncio.timeout(seconds):
                return await read(await getattr(client, operation)(**parameters))
        except TimeoutError as error:
            raise AwsFailed(
                f"{self.title} did not answer within {seconds:g} seconds.",
                outage=True,
            ) from error
        except ClientError as error:
            raise self._refused(error) from error
        except (HTTPClientError, OSError) as error:
            raise AwsFailed(
                f"{self.title} cannot be reached: {_told(error)}", outage=True
            ) from error
        except (BotoCoreError, ResponseParserError, *_BROKEN) as error:
            # No credentials; or what a malformed answer breaks in the SDK.
            raise AwsFailed(f"{self.title} cannot be asked: {_told(error)}") from error

    def _refused(self, error: Any) -> AwsFailed:
        told = error.response.get("Error") or {}
        code = str(told.get("Code") or "")[:80]
        status = (error.response.get("ResponseMetadata") or {}).get("HTTPStatusCode") or 0
        said = " ".join(str(told.get("Message") or "").split())[:300]
        if code in _CREDENTIALS:
            said = f"check {CREDENTIALS}, and this machine's clock. {said}"
        elif code in ("AccessDeniedException", "AccessDenied"):
            said = f"let this account use it (IAM). {said}"
        outage = code in _OUTAGES or status >= 500
        detail = f"{self.title} refuses the request ({code}): {said}"
        return AwsFailed(detail, aws_code=code, outage=outage)

    @property
    def _endpoint(self) -> str:
        named = (f"AWS_ENDPOINT_URL_{self._service.upper()}", "AWS_ENDPOINT_URL")
        told = next(filter(None, (os.environ.get(name, "") for name in named)), "")
        return (
            self._place.endpoint_url
            or told
            or self._session.get_scoped_config().get("endpoint_url", "")
        )

    async def _connected(self) -> Any:
        from aiobotocore.config import AioConfig

        async with self._connecting:
            if self._client is None:
                config = AioConfig(
                    connect_timeout=min(CONNECT_SECONDS, self._timeout_seconds),
                    read_timeout=self._timeout_seconds,
                    max_pool_connections=CONNECTIONS,
                    retries={"mode": "standard", "total_max_attempts": 2},
                    # Servers other than Amazon's rarely have a name for each bucket.
                    s3={"addressing_style": "path"} if self._endpoint else None,
                )
                opening = self._session.create_client(
                    self._service,
                    region_name=self._region,
                    config=config,
                    endpoint_url=self._place.endpoint_url or None,
                )
                self._client = await self._stack.enter_async_context(opening)
            return self._client


async def _as_it_is(answer: dict[str, Any]) -> dict[str, Any]:
    return answer


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
