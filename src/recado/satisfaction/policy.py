"""Whether and when a line asks for a rating: its own setting, else the installation's."""

from __future__ import annotations

from dataclasses import dataclass

from recado.channels.port import Line
from recado.settings import Settings

#: The name of the rule in a line's settings: {"ask": "people", "delay_seconds": 60}.
RULE = "ratings"


@dataclass(frozen=True, slots=True)
class Policy:
    """`ask`: after the resolutions of people, of all, or off."""

    ask: str
    delay_seconds: float

    def asks_after(self, actor: str) -> bool:
        """Whether a resolution by `actor` is followed by a question."""
        by_person = actor.startswith("user:") or actor == "api"
        return self.ask == "all" or (self.ask == "people" and by_person)


def policy_of(settings: Settings, line: Line | None) -> Policy:
    rule = line.settings.get(RULE) if line is not None else None
    own = rule if isinstance(rule, dict) else {}
    delay = own.get("delay_seconds")
    return Policy(
        ask=str(own.get("ask") or settings.ratings),
        delay_seconds=settings.rating_delay_seconds if delay is None else float(delay),
    )
