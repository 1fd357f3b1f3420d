"""The embedding models: the one that comes with Recado, and providers'."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic_ai.embeddings import EmbeddingModel, EmbeddingResult, TestEmbeddingModel
from pydantic_ai.exceptions import ModelHTTPError

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.knowledge.meaning.embedding import embed_missing
from recado.assistant.knowledge.meaning.local import LocalEmbedder
from recado.assistant.knowledge.meaning.meaning import Meaning
from recado.assistant.knowledge.meaning.opening import open_embedder
from recado.assistant.knowledge.meaning.provider import ProviderEmbedder
from recado.assistant.knowledge.meaning.scale import measure
from recado.errors import ModelRefused, ModelUnavailable, SettingsError
from recado.resilience.breaker import Breaker, Figures
from recado.store import Store


async def test_the_local_model_puts_questions_beside_their_answers_in_three_languages() -> None:
    embedder = LocalEmbedder()
    asked = ["is my puppy allowed", "puedo ir con mi cachorro", "posso levar meu filhote"]
    told = ["Dogs and other pets are welcome on the terrace.", "Prices and payment methods."]
    near = await embedder.embed(asked, asked=True) @ (await embedder.embed(told, asked=False)).T
    assert (near[:, 0] > near[:, 1] + 0.1).all()
    scale = await measure(embedder)
    assert scale.high > scale.low + 0.2
    await embedder.close()


async def test_the_local_model_leaves_the_event_loop_to_others() -> None:
    embedder = LocalEmbedder()
    in_threads: list[bool] = []
    encode = embedder._encode

    def watched(texts: list[str]) -> Any:
        in_threads.append(threading.current_thread() is not threading.main_thread())
        return encode(texts)

    embedder._encode = watched  # type: ignore[method-assign]
    found = await embedder.embed(["hola " * 1000, "", "😀" * 3000] * 4, asked=True)
    assert found.shape == (12, 512)
    assert np.isfinite(found).all()
    assert in_threads == [True, True]
    await embedder.close()


async def test_the_local_model_answers_what_words_do_not(store: Store) -> None:
    embedder = LocalEmbedder()
    text = b"## Kids\nChildren are welcome.\n\n## Parking\nThere is a car park.\n"
    await KnowledgeBase(store).add("house.md", text)
    asked = "where do i leave my vehicle"
    assert not await KnowledgeBase(store).search(asked, "en")
    await embed_missing(store, embedder, rest=0)
    hits = await KnowledgeBase(store, meaning=Meaning(store, embedder)).search(asked, "en")
    assert hits[0].topic == "Parking"
    await embedder.close()


class Failing(EmbeddingModel):
    """Fails as it is told, or is slow."""

    def __init__(self, error: Exception | None = None, found: Any = None) -> None:
        super().__init__()
        self.error, self.found, self.calls = error, found, 0

    model_name = system = "failing"

    async def embed(
        self, inputs: str | Sequence[str], *, input_type: Any, settings: Any = None
    ) -> EmbeddingResult:
        self.calls += 1
        if self.error is not None:
            raise self.error
        if self.found is None:
            await asyncio.sleep(30)
        return EmbeddingResult(
            embeddings=self.found,
            inputs=list(inputs),
            input_type=input_type,
            model_name="failing",
            provider_name="failing",
        )


def provider(api: EmbeddingModel, breaker: Breaker | None = None) -> ProviderEmbedder:
    return ProviderEmbedder("test:failing", api=api, question_seconds=0.05, breaker=breaker)


async def test_a_providers_vectors_are_of_unit_length() -> None:
    found = await provider(TestEmbeddingModel(dimensions=8)).embed(["one", "two"], asked=False)
    assert found.shape == (2, 8)
    assert np.allclose(np.linalg.norm(found, axis=1), 1)


@pytest.mark.parametrize(
    ("api", "kind", "says"),
    [
        (Failing(), ModelUnavailable, "within 0.05 s"),
        (Failing(ModelHTTPError(503, "m")), ModelUnavailable, "503"),
        (Failing(ModelHTTPError(429, "m")), ModelUnavailable, "429"),
        (Failing(ModelHTTPError(401, "m")), ModelUnavailable, "401"),
        (Failing(ModelHTTPError(400, "m")), ModelRefused, "400"),
        (Failing(found=[[1.0, 2.0], [1.0]]), ModelUnavailable, "no vectors"),
        (Failing(found=[[1.0, 2.0], [1.0, 2.0]]), ModelUnavailable, "for 1 texts"),
        (Failing(found=[[float("nan"), 2.0]]), ModelUnavailable, "for 1 texts"),
        (Failing(found=[[]]), ModelUnavailable, "for 1 texts"),
    ],
)
async def test_a_provider_that_fails_is_told_apart(
    api: Failing, kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        await provider(api).embed(["hola"], asked=True)


async def test_a_provider_that_is_away_is_left_in_peace() -> None:
    api = Failing(ModelHTTPError(503, "m"))
    embedder = provider(api, Breaker("test:failing", Figures(failures=3)))
    for _ in range(6):
        with pytest.raises(ModelUnavailable):
            await embedder.embed(["hola"], asked=True)
    assert api.calls == 3


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bert", "write local, or a model with its provider"),
        ("openai:text-embedding-3-small", "OPENAI_API_KEY"),
        ("nobody:model", "nobody"),
    ],
)
def test_a_setting_that_names_no_model_is_explained(
    name: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="RECADO_EMBEDDINGS") as raised:
        open_embedder(name)
    assert says in raised.value.detail


def test_a_server_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert open_embedder("openai:nomic", openai_base_url="http://127.0.0.1:1/v1") is not None


def test_no_setting_is_no_model(tmp_path: Path) -> None:
    assert open_embedder(" ") is None
