"""The 24 hours as the composer shows them: how long still, and what happens after that."""

from __future__ import annotations

import msgspec

from recado.channels.port import Line
from recado.conversations.views import ConversationView
from recado.runtime import Runtime
from recado.sending.window import RULE, TEXT


class Window(msgspec.Struct, frozen=True):
    """`exists`: the channel has a window at all. `rule` is the name of the template that stands in
    outside it, `carries` whether it takes the text along. `soon`: it closes within two hours."""

    exists: bool = False
    is_open: bool = True
    soon: bool = False
    ends_at: float | None = None
    rule: str = ""
    carries: bool = False
    held: int = 0
    templates: bool = False


SOON_SECONDS = 2 * 3600.0


async def window_of(runtime: Runtime, view: ConversationView, moment: float) -> Window:
    """Raises NotFound: the line is gone."""
    line = await runtime.lines.get(view.line_id)
    features = runtime.channels[line.channel].capabilities.features
    if "window" not in features:
        return Window(templates="templates" in features)
    ends_at = view.window_ends_at
    is_open = ends_at is not None and moment < ends_at
    name, carries = _rule(line)
    return Window(
        exists=True,
        is_open=is_open,
        soon=is_open and (ends_at or 0.0) - moment < SOON_SECONDS,
        ends_at=ends_at,
        rule=name,
        carries=carries,
        held=view.held_count,
        templates="templates" in features,
    )


def _rule(line: Line) -> tuple[str, bool]:
    rule = line.settings.get(RULE)
    if not isinstance(rule, dict) or not rule.get("template"):
        return "", False
    carries = TEXT.encode() in msgspec.json.encode(rule.get("parameters"))
    return str(rule["template"]), carries
