"""The templates that a turn's tools send (assistant/tools/template.py), as parts of its answer.

They are read from the ledger: a turn that is tried again says the same again, and its outcome is
written once.
"""

from __future__ import annotations

from collections.abc import Mapping

from recado.assistant.port import Persona
from recado.assistant.tools import ledger
from recado.assistant.tools.template import KIND, composed
from recado.conversations.messages import Part
from recado.runtime import Runtime
from recado.store import Tx
from recado.turns.answerer import Turn


async def templates_sent(runtime: Runtime, turn: Turn, persona: Persona) -> tuple[Part, ...]:
    """One part for each call of this burst's that is done.

    Raises NotFound, Unprocessable: a template cannot be sent any more, since a moment ago.
    """
    tools = {it.id: it for it in await runtime.tools.of(persona) if it.kind == KIND}
    if not tools:
        return ()
    conversation, here = turn.conversation, turn.burst.first_position

    def work(tx: Tx) -> list[Part]:
        parts = []
        for call in ledger.of_burst(tx, conversation.id, here):
            tool = tools.get(call.tool_id)
            own = here in (call.position, call.confirmed_position)
            # On a stage (tools_on_stage.py) nothing is to be sent.
            really = isinstance(call.result, Mapping) and "template" in call.result
            if tool is not None and own and call.state == "done" and really:
                language = conversation.language
                text, content = composed(
                    tx, conversation.line_id, tool.config, call.arguments, language=language
                )
                parts.append(Part(text, "template", content))
        return parts

    return tuple(await runtime.store.read(work))
