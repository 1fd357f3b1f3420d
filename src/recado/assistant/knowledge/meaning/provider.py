"""Embedding models of providers, through pydantic-ai."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recado.errors import ModelError, ModelRefused, ModelUnavailable, SettingsError
from recado.extras import lacking, needing
from recado.resilience.breaker import Breaker, BreakerOpen

if TYPE_CHECKING:
    from pydantic_ai.embeddings import EmbeddingModel
    from pydantic_ai.providers import Provider

    from recado.assistant.knowledge.meaning.port import Vectors

#: A question waits no longer than this for its vector, and is then searched for by its words.
QUESTION_SECONDS = 2.0
PASSAGES_SECONDS = 30.0
_LONGEST = 6000
_EXTRAS = {"bedrock": "bedrock", "google": "google", "google-cloud": "google"}
_AGAIN = {408, 409, 425, 429}
#: What may be this text's fault.
_OF_THE_TEXT = {400, 413, 422}
_EXAMPLE = "openai:text-embedding-3-small"


class ProviderEmbedder:
    """`name` is pydantic-ai's. With `openai_base_url`, `openai:` names mean that server's.

    `api` replaces the provider's (pydantic-ai's TestEmbeddingModel). Raises SettingsError: no such
    model, its library is missing, or its key.
    """

    def __init__(
        self,
        name: str,
        *,
        openai_base_url: str = "",
        breaker: Breaker | None = None,
        api: EmbeddingModel | None = None,
        question_seconds: float = QUESTION_SECONDS,
    ) -> None:
        with needing("embeddings", f"RECADO_EMBEDDINGS={name}"):
            import numpy as np  # noqa: F401 - vectors are compared with it
            import threadpoolctl  # noqa: F401 - one_thread
        self.name = name
        self._api = api if api is not None else _connect(name, openai_base_url)
        self._breaker = breaker or Breaker(name)
        self._question_seconds = question_seconds

    async def embed(self, texts: Sequence[str], *, asked: bool) -> Vectors:
        cut = [text[:_LONGEST] or " " for text in texts]
        seconds = self._question_seconds if asked else PASSAGES_SECONDS
        try:
            with self._breaker.call():
                return await self._ask(cut, asked=asked, seconds=seconds)
        except BreakerOpen as error:
            raise ModelUnavailable(error.detail) from error

    async def _ask(self, texts: list[str], *, asked: bool, seconds: float) -> Vectors:
        from pydantic_ai.exceptions import AgentRunError, UserError

        try:
            async with asyncio.timeout(seconds):
                result = await self._api.embed(texts, input_type="query" if asked else "document")
        except TimeoutError as error:
            raise ModelUnavailable(
                f"{self.name} gave no vectors within {seconds:g} s.", outage=True
            ) from error
        except (AgentRunError, UserError) as error:
            raise _failed(error, self.name) from error
        return self._read(result.embeddings, len(texts))

    def _read(self, found: Sequence[Sequence[float]], count: int) -> Vectors:
        """Of unit length, one for each text. Raises ModelUnavailable: they are no such vectors."""
        import numpy as np

        try:
            vectors: Vectors = np.asarray(found, np.float32)
        except (TypeError, ValueError) as error:
            raise ModelUnavailable(f"{self.name} answered with no vectors.") from error
        usable = vectors.ndim == 2 and len(vectors) == count and vectors.size
        if not usable or not np.isfinite(vectors).all():
            raise ModelUnavailable(f"{self.name} answered with no vectors for {count} texts.")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(lengths, 1e-9)
        return unit

    async def close(self) -> None:
        """pydantic-ai closes its own clients."""


def _connect(name: str, openai_base_url: str) -> EmbeddingModel:
    kind, colon, _ = name.partition(":")
    if not colon:
        raise SettingsError(
            f"RECADO_EMBEDDINGS is {name!r}: write local, or a model with its provider, such as"
            f" {_EXAMPLE}."
        )
    try:
        from pydantic_ai.embeddings import infer_embedding_model
        from pydantic_ai.exceptions import UserError
    except ImportError as error:
        extra = _EXTRAS.get(kind, "openai")
        raise SettingsError(lacking(f"RECADO_EMBEDDINGS={name}", extra)) from error
    try:
        return infer_embedding_model(
            name, provider_factory=lambda provider: _provider(provider, openai_base_url)
        )
    except ImportError as error:
        extra = _EXTRAS.get(kind, "openai")
        raise SettingsError(lacking(f"RECADO_EMBEDDINGS={name}", extra)) from error
    except (UserError, ValueError, OSError) as error:
        said = " ".join(str(error).split())[:300].rstrip(".")
        raise SettingsError(
            f"RECADO_EMBEDDINGS is {name!r}: {said}. Write local, or a model such as {_EXAMPLE}."
        ) from error


def _provider(kind: str, openai_base_url: str) -> Provider[Any]:
    from pydantic_ai.providers import infer_provider

    if kind == "openai" and openai_base_url:
        from pydantic_ai.providers.openai import OpenAIProvider

        # Servers of one's own often need no key, but the client wants something.
        key = os.environ.get("OPENAI_API_KEY") or "none"
        return OpenAIProvider(base_url=openai_base_url, api_key=key)
    return infer_provider(kind)


def _failed(error: Exception, name: str) -> ModelError:
    said = " ".join(str(error).split())[:300] or type(error).__name__
    status = getattr(error, "status_code", None)
    if status is None:
        return ModelUnavailable(f"{name} gave no vectors: {said}", outage=True)
    if status in _AGAIN or status >= 500:
        away = status == 408 or status >= 500
        return ModelUnavailable(f"{name} answered {status}: {said}", outage=away)
    if status in _OF_THE_TEXT:
        return ModelRefused(f"{name} refuses to make vectors ({status}): {said}")
    return ModelUnavailable(f"{name} makes no vectors ({status}): {said}")
