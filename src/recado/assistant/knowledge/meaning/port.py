"""What makes vectors of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
else:
    Vectors = Any


class Embedder(Protocol):
    """An embedding model. `name` says which, exactly: vectors of different names are not
    comparable."""

    name: str

    async def embed(self, texts: Sequence[str], *, asked: bool) -> Vectors:
        """One row of unit length for each text. `asked`: they are questions, else passages.

        Never keeps the event loop. Raises ModelError: not now (ModelUnavailable), or not at all.
        """

    async def close(self) -> None:
        """Release what it holds."""
