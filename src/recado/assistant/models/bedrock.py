"""Amazon Bedrock through the AWS SDK, with our time limit and our region.

The SDK blocks a thread for each request, so a model of Bedrock's has fewer places than others, and
the pool of threads, which others need as well, is made so much larger.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pydantic_ai.models import Model as ProviderApi

#: Requests to one model at once, each with a thread.
PLACES = 64
CONNECT_SECONDS = 5.0


class BedrockModel(NamedTuple):
    api: ProviderApi
    places: int
    prepare: Callable[[], None]


def bedrock_model(model: str, region: str, timeout_seconds: float) -> BedrockModel:
    """`region` "" is what the SDK finds itself. The SDK's own settings count, too, such as
    AWS_PROFILE, AWS_BEARER_TOKEN_BEDROCK and AWS_ENDPOINT_URL_BEDROCK_RUNTIME.

    Raises BotoCoreError: no region, no credentials."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import NoCredentialsError, NoRegionError
    from pydantic_ai.models.bedrock import BedrockConverseModel
    from pydantic_ai.providers.bedrock import BedrockProvider

    session = boto3.Session(region_name=region or None)
    if not session.region_name:
        raise NoRegionError
    if not os.environ.get("AWS_BEARER_TOKEN_BEDROCK") and session.get_credentials() is None:
        raise NoCredentialsError
    config = Config(
        connect_timeout=min(CONNECT_SECONDS, timeout_seconds),
        read_timeout=timeout_seconds,
        max_pool_connections=PLACES,
        retries={"mode": "standard", "total_max_attempts": 1},  # turns try again, or another model
    )
    client = session.client("bedrock-runtime", config=config)
    api = BedrockConverseModel(model, provider=BedrockProvider(bedrock_client=client))
    return BedrockModel(api, PLACES, _Room().make)


class _Room:
    """So many threads more, once in each event loop."""

    def __init__(self) -> None:
        self._made_in: asyncio.AbstractEventLoop | None = None

    def make(self) -> None:
        import anyio.to_thread

        loop = asyncio.get_running_loop()
        if self._made_in is not loop:
            self._made_in = loop
            anyio.to_thread.current_default_thread_limiter().total_tokens += PLACES
