"""An embedding model for tests: a few meanings, and the words that have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recado.assistant.knowledge.meaning.port import Vectors
from recado.errors import ModelError
from recado.language.reading import words

#: Each meaning is a dimension.
MEANINGS = (
    "garantia warranty zip broke rompio cremallera reparar repair",
    "horario hours abren open cierran close",
    "envio delivery shipping llega entrega",
    "precio price cuesta cuanto cost",
)


class TinyEmbedder:
    """Texts are near that share a meaning. It fails as long as `error` is set, and refuses texts
    with `refuses` in them; `asked` counts the texts."""

    def __init__(self, name: str = "tiny", *, size: int = len(MEANINGS) + 16) -> None:
        self.name = name
        self.size = size
        self.error: ModelError | None = None
        self.refuses = ""
        self.refusal: ModelError | None = None
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str], *, asked: bool) -> Vectors:
        del asked
        if self.error is not None:
            raise self.error
        if self.refusal is not None and any(self.refuses in text for text in texts):
            raise self.refusal
        self.asked += texts
        return np.array([self._vector(text) for text in texts], np.float32)

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.size
        for word in words(text):
            vector[len(MEANINGS) + len(word) % (self.size - len(MEANINGS))] += 0.1
            for at, having in enumerate(MEANINGS):
                if word in having.split():
                    vector[at] += 3.0
        length = sum(it * it for it in vector) ** 0.5 or 1.0
        return [it / length for it in vector]

    async def close(self) -> None:
        """Nothing is held."""
