"""A provider's API by the name of a model: which library, which server, with which key."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recado.assistant.models.provider_errors import (
    beginning_errors,
    cannot_begin,
    lacks_library,
    names_no_provider,
)

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model as ProviderApi
    from pydantic_ai.providers import Provider

#: The questions before one model at once. Its provider's client has 1,000 connections, so that
#: one model that hangs leaves half of them to another of the same provider.
PLACES = 500
#: No model writes these: what is its reasoning is for our reader to say, who needs the tags.
_NO_TAGS = ("\ue000", "\ue001")


@dataclass(frozen=True, slots=True)
class Connecting:
    """What is needed to reach the providers, beside what their libraries read themselves."""

    openai_base_url: str = ""
    aws_region: str = ""
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Connected:
    """A provider's API for one model, and how many may ask it at once. `bounded`: its library takes
    the time limit with each request. `client` is ours to close; `prepare` is called on the event
    loop before each request."""

    api: ProviderApi
    places: int = PLACES
    bounded: bool = True
    client: httpx2.AsyncClient | None = None
    prepare: Callable[[], None] | None = None

    async def close(self) -> None:
        # Entering and leaving is how pydantic-ai closes the HTTP client that it made.
        async with self.api:
            pass
        if self.client is not None:
            await self.client.aclose()


def connect(name: str, to: Connecting) -> Connected:
    """Raises ModelRefused: no such model, its library is missing, or its key."""
    if ":" not in name:
        raise names_no_provider(name)
    kind, _, model = name.partition(":")
    try:
        from pydantic_ai.models import infer_model

        if kind == "bedrock":
            from recado.assistant.models.bedrock import bedrock_model

            api, places, prepare = bedrock_model(model, to.aws_region, to.timeout_seconds)
            return Connected(_without_tags(api), places, bounded=False, prepare=prepare)
        providers = _Providers(to.openai_base_url)
        chat = f"openai-chat:{model}" if to.openai_base_url and kind == "openai" else name
        api = infer_model(chat, provider_factory=providers.make)
        return Connected(_without_tags(api), client=providers.client)
    except ImportError as error:
        raise lacks_library(name, error) from error
    except beginning_errors() as error:
        raise cannot_begin(name, error) from error


def _without_tags(api: ProviderApi) -> ProviderApi:
    api.profile = {**api.profile, "thinking_tags": _NO_TAGS}
    return api


class _Providers:
    """Makes a provider; those that speak to servers of anybody's, with a client that reads no
    endless answer."""

    def __init__(self, openai_base_url: str) -> None:
        self._openai_base_url = openai_base_url
        self.client: httpx2.AsyncClient | None = None

    def make(self, kind: str) -> Provider[Any]:
        from pydantic_ai.providers import infer_provider

        if kind in {"openai", "openai-chat", "openai-responses"}:
            return self._openai()
        if kind == "anthropic" and os.environ.get("ANTHROPIC_API_KEY"):
            from pydantic_ai.providers.anthropic import AnthropicProvider

            return AnthropicProvider(http_client=self._bounded())
        return infer_provider(kind)

    def _openai(self) -> Provider[Any]:
        from pydantic_ai.exceptions import UserError
        from pydantic_ai.providers.openai import OpenAIProvider

        key = os.environ.get("OPENAI_API_KEY", "")  # `OPENAI_API_KEY=` is no key
        if not (key or self._openai_base_url):
            raise UserError("Set the `OPENAI_API_KEY` environment variable.")
        # Servers of one's own often need none, but the client wants something.
        url = self._openai_base_url or None
        return OpenAIProvider(base_url=url, api_key=key or "none", http_client=self._bounded())

    def _bounded(self) -> httpx2.AsyncClient:
        from recado.assistant.models.bounded import bounded_client

        self.client = self.client or bounded_client()
        return self.client
