"""What a site asks programs not to read: its robots.txt, as RFC 9309 has it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

#: The name under which a site may speak to Recado alone.
AGENT = "recado"
#: RFC 9309, 2.5: of a longer file, the rest may be left unread.
MOST_BYTES = 500 * 1024
_MOST_RULES = 5000


class Rule(msgspec.Struct, frozen=True):
    allow: bool
    path: str


class Robots(msgspec.Struct, frozen=True):
    """The rules for us. None: everything may be read."""

    rules: tuple[Rule, ...] = ()

    def allows(self, path: str) -> bool:
        """Whether the path (with its query) may be read: the longest rule that fits decides, and
        of two of one length the one that allows (2.2.2)."""
        fitting = [(len(it.path), it.allow) for it in self.rules if _fits(it.path, path)]
        return max(fitting)[1] if fitting else True


def read_robots(text: str) -> Robots:
    """The rules for Recado by name, or else those for everybody."""
    named: list[Rule] = []
    general: list[Rule] = []
    is_named = heard_us = False
    agents: set[str] = set()
    in_agents = False
    for key, value in _lines(text.lstrip("\ufeff")):
        if key == "user-agent":
            if not in_agents:
                agents = set()
            agents.add(value.partition("/")[0].strip().lower())
            in_agents = True
            is_named = AGENT in agents
            heard_us = heard_us or is_named
        elif key in {"allow", "disallow"}:
            in_agents = False
            rules = named if is_named else general
            if value and (is_named or "*" in agents) and len(rules) < _MOST_RULES:
                rules.append(Rule(key == "allow", value))
    return Robots(tuple(named if heard_us else general))


def _lines(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _fits(rule: str, path: str) -> bool:
    """`*` stands for anything, `$` for the end (2.2.3). Each part is looked for once, from left to
    right: the first place that it is found in leaves the most for the parts that follow."""
    ends = rule.endswith("$")
    first, *rest = rule.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for number, part in enumerate(rest, start=1):
        if ends and number == len(rest):
            return len(path) - len(part) >= at and path.endswith(part)
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return not ends or at == len(path)
