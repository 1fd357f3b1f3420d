"""A long talk is summarised behind its answers, and whoever takes it over finds the summary."""

from __future__ import annotations

from pathlib import Path

from recado.conversations.summaries.keeping import SummaryView, read_summary
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import text_message


async def summary_of(flow: Flow) -> SummaryView | None:
    id = (await flow.conversation()).id
    return await flow.runtime.store.read(lambda tx: read_summary(tx, id))


async def test_it_is_summarised_behind_the_answers_and_for_whoever_takes_it(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        model = ScriptedModel()
        flow.runtime.models.use(flow.runtime.settings.model, model)
        await flow.receive(text_message("me llamo Marta y busco una tarta de limón"))
        await flow.quiet(hurried=True)
        for number in range(9):
            await flow.receive(text_message(f"¿y la tarta número {number}?"))
            await flow.quiet(hurried=True)
        assert await summary_of(flow) is None
        await flow.receive(text_message("¿y la de nueces?"))
        await flow.quiet(hurried=True)
        summary = await summary_of(flow)
        assert summary is not None
        assert (summary.covers_to, summary.model) == (10, "embedded")
        assert "Marta" in summary.text
        # The turn that made it due had every message, the next one the summary and what came since.
        assert len(model.questions[-1].history) == 20
        await flow.receive(text_message("¿y otra?"))
        await flow.quiet(hurried=True)
        history = model.questions[-1].history
        assert (history[0].role, history[0].content) == ("system", summary.text)
        assert len(history) == 1 + 22 - 10
        await flow.receive(text_message("quiero hablar con una persona"))
        await flow.quiet(hurried=True)
        conversation, handed = await flow.conversation(), await summary_of(flow)
        assert conversation.state == "waiting"
        assert handed is not None
        assert handed.id == summary.id
        assert handed.covers_to == conversation.message_count
