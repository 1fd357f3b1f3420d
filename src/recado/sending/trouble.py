"""Lines of which nothing goes out until a person acts: token, permission, payment, a block.

Their messages wait instead of failing one by one; one of them tries every half minute, and the
first that goes through ends the trouble. `line.state["trouble"]` tells people: {"code", "advice",
"at", "heard_in"}. docs/adr/0008.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy import select

from recado.channels.port import Line
from recado.lines.model import LineRow
from recado.lines.standing import set_state
from recado.store import Tx, now

PROBE_SECONDS = 30.0
#: How often a waiting message looks whether it may try.
POLL_SECONDS = 5.0
#: Another process may have noted a trouble: how often a success here looks.
LOOK_SECONDS = 30.0

#: Where it was heard: in the answer to a request, or in a status that came later.
HeardIn = Literal["answer", "status"]


class Troubles:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: By line: when the next message may try, and the credentials that did not work.
        self._stuck: dict[str, tuple[float, dict[str, str]]] = {}
        self._looked_at: dict[str, float] = {}

    def wait_seconds(self, line: Line) -> float:
        """0: the message may try; then the others wait for its outcome."""
        if line.id not in self._stuck:
            return 0.0
        moment = self._clock()
        due, credentials = self._stuck[line.id]
        if moment >= due or credentials != line.credentials:
            self._stuck[line.id] = (moment + PROBE_SECONDS, dict(line.credentials))
            return 0.0
        return min(POLL_SECONDS, due - moment)

    def not_tried(self, line_id: str) -> None:
        """The message that might try did not, or nothing came of it: the next one may."""
        if line_id in self._stuck:
            _, credentials = self._stuck[line_id]
            self._stuck[line_id] = (self._clock(), credentials)

    def found_in(
        self, tx: Tx, line: Line, *, code: int | str | None, advice: str, heard_in: HeardIn
    ) -> None:
        """Note it, with the transaction that ends the attempt."""
        if heard_in == "answer":
            self._stuck[line.id] = (self._clock() + PROBE_SECONDS, dict(line.credentials))
        self._looked_at.pop(line.id, None)
        known = _trouble(tx, line.id)
        since = known.get("at", now()) if known.get("code") == code else now()
        trouble = {"code": code, "advice": advice, "at": since, "heard_in": heard_in}
        set_state(tx, line.id, "trouble", trouble)

    def over_in(self, tx: Tx, line_id: str, heard_in: HeardIn) -> None:
        """Something went through: a trouble of that kind is over."""
        if self.is_clear(line_id):
            return
        self._stuck.pop(line_id, None)
        self._looked_at[line_id] = self._clock()
        if _trouble(tx, line_id).get("heard_in") == heard_in:
            set_state(tx, line_id, "trouble", None)

    def is_clear(self, line_id: str) -> bool:
        """Whether `over_in` has nothing to do: the last look was a moment ago."""
        looked_at = self._looked_at.get(line_id, float("-inf"))
        return line_id not in self._stuck and self._clock() - looked_at < LOOK_SECONDS


def _trouble(tx: Tx, line_id: str) -> dict[str, Any]:
    state = tx.scalar(select(LineRow.state).where(LineRow.id == line_id))
    found = state.get("trouble") if isinstance(state, dict) else None
    return found if isinstance(found, dict) else {}
