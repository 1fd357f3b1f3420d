"""Whether the models can answer, and whether their prices are known."""

from __future__ import annotations

import asyncio

from recado.errors import ModelError
from recado.observability.findings import Finding, fine, hint, wrong
from recado.runtime import Runtime


async def check_model(runtime: Runtime) -> list[Finding]:
    """The model can be loaded: its library is there, and its key is set."""
    name = runtime.settings.model
    try:
        runtime.models.get(name)
    except ModelError as error:
        return wrong(f"RECADO_MODEL is {name}, which cannot answer", error.detail)
    if name == "embedded":
        sources = await runtime.knowledge.list()
        if any(source.sample for source in sources):
            return hint(
                "embedded, with the sample knowledge",
                "Give it your own: recado knowledge add PATH…",
            )
        return fine(f"embedded; sources of knowledge: {len(sources)}")
    return fine(name)


async def check_embeddings(runtime: Runtime) -> list[Finding]:
    """Whether all passages are found by what they mean, too."""
    meaning = runtime.knowledge.meaning
    if meaning is None:
        return fine("passages are found by their words (RECADO_EMBEDDINGS is empty)")
    so_far = await meaning.progress()
    done = f"{so_far.model}: {so_far.read:,} of {so_far.of:,} passages read"
    if so_far.problem:
        return wrong(f"{done}; the last try failed", so_far.problem)
    if so_far.read < so_far.of:
        return hint(
            f"{done}; until then all are found by their words",
            "It goes on by itself where the maintenance service runs (recado up).",
        )
    return fine(done)


async def check_prices(runtime: Runtime) -> list[Finding]:
    """A budget in money holds only what has a price."""
    from recado.assistant.characters import list_characters
    from recado.assistant.models.budgets import unpriced_models

    contents = await runtime.store.read(list_characters)
    unpriced = await asyncio.to_thread(unpriced_models, runtime, contents)
    if unpriced:
        return hint(
            f"nobody knows the price of {', '.join(unpriced)}: a character's budget in money does"
            " not hold them",
            "Set RECADO_MODEL_PRICES, such as openai:own-model=0.25/2 (US dollars for a million"
            " tokens, read/generated), or give the budget in tokens, too.",
        )
    return fine("every budget in money can be held")


async def check_model_answers(runtime: Runtime) -> list[Finding]:
    """A tiny question, as a customer would ask it."""
    from recado.assistant.port import Question

    name = runtime.settings.model
    question = Question(
        persona=await runtime.characters.default(),
        text="hola",
        language=runtime.settings.default_language,
        history=(),
        contact_name="",
    )
    try:
        answer = await runtime.models.get(name).answer(question)
    except ModelError as error:
        return wrong(f"{name} gave no answer", error.detail)
    return fine(f"{name} answered ({answer.tokens_in} + {answer.tokens_out} tokens)")
