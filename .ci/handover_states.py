"""Draw the states of a conversation in docs/guide/routing.md from the table that the code goes by.
`handover_states.py` writes it, `handover_states.py check` compares."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from recado.conversations.handover_states import STATES, TRANSITIONS, Asker

PAGE = Path(__file__).parent.parent / "docs/guide/routing.md"
BEGIN, END = "<!-- states: made by .ci/handover_states.py -->\n", "<!-- end of the states -->\n"
ASKERS: dict[Asker, str] = {
    "person": "the team",
    "program": "the API",
    "outside": "the business's phone or another app",
    "assistant": "the assistant, its flows and tools",
    "routing": "the routing",
    "timer": "a timer",
    "contact": "the contact's message",
}


def drawing() -> Iterable[str]:
    yield "```mermaid\nstateDiagram-v2\n    [*] --> bot\n"
    for it in TRANSITIONS.values():
        for source in (state for state in STATES if state in it.sources):
            yield f"    {source} --> {it.target}: {it.name.replace('_', ' ')}\n"
    yield "```\n\n| transition | from | to | who may ask | what happens |\n|---|---|---|---|---|\n"
    for it in TRANSITIONS.values():
        sources = ", ".join(state for state in STATES if state in it.sources)
        by = ", ".join(said for asker, said in ASKERS.items() if asker in it.by)
        yield f"| {it.name.replace('_', ' ')} | {sources} | {it.target} | {by} | {it.does} |\n"


def main() -> int:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    drawn = f"{before}{BEGIN}\n{''.join(drawing())}\n{END}{after}"
    if sys.argv[1:] == ["check"]:
        same = drawn == text
        told = "The drawn states are the code's." if same else f"{PAGE} shows other states."
        sys.stdout.write(f"{told}\n")
        return 0 if same else 1
    PAGE.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
