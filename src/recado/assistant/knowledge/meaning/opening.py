"""The embedding model that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recado.resilience.breaker import FIGURES, Breaker, Figures

if TYPE_CHECKING:
    from recado.assistant.knowledge.meaning.port import Embedder

LOCAL = "local"


def open_embedder(
    name: str, *, openai_base_url: str = "", breaker: Figures = FIGURES
) -> Embedder | None:
    """`name` is RECADO_EMBEDDINGS; "" gives None. Raises SettingsError: what to set or install."""
    name = name.strip()
    if not name:
        return None
    embedder: Embedder
    if name == LOCAL:
        from recado.assistant.knowledge.meaning.local import LocalEmbedder

        embedder = LocalEmbedder()
    else:
        from recado.assistant.knowledge.meaning.provider import ProviderEmbedder

        embedder = ProviderEmbedder(
            name, openai_base_url=openai_base_url, breaker=Breaker(name, breaker)
        )
    keep_to_one_thread()
    return embedder


def keep_to_one_thread() -> None:
    """Products of this size are quickest in one thread: others wait for each other, spinning."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
