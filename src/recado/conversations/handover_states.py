"""Every change of a conversation's owner that there is, in one table; anything else is refused.

A conversation is the assistant's (`bot`), waits for a person (`waiting`: whose turn it is stands in
`assignee_id`, if it is somebody's), is a person's (`human`), rests until a time (`snoozed`: the
person in `assignee_id` has it again then), or is settled (`resolved`). Whoever wants to change that
names a transition; ownership.py carries it out. docs/guide/routing.md has the table and a drawing,
made by .ci/handover_states.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from recado.errors import Conflict

State = Literal["bot", "waiting", "human", "snoozed", "resolved"]
STATES: tuple[State, ...] = get_args(State)
#: Who may ask for something: somebody of the team (at the desk, or by their own token), a program
#: with a key, what was said outside of Recado (the business's phone, another app), the assistant
#: (its flows and tools among it), the routing of conversations, a timer, the contact who writes.
Asker = Literal["person", "program", "outside", "assistant", "routing", "timer", "contact"]

_TEAM: frozenset[Asker] = frozenset({"person", "program"})
_OWNED: frozenset[State] = frozenset({"waiting", "human", "snoozed"})


@dataclass(frozen=True, slots=True)
class Transition:
    """`name` is what is asked for, `event` what the conversation's log calls it. `does` says in a
    sentence what becomes of the conversation."""

    name: str
    sources: frozenset[State]
    target: State
    by: frozenset[Asker]
    event: str
    does: str


_ALL = (
    Transition(
        "hand_over",
        frozenset({"bot"}),
        "waiting",
        frozenset({"assistant"}),
        "handed_over",
        "The contact needs a person: the assistant is silent, and the conversation is routed.",
    ),
    Transition(
        "take_over",
        frozenset(STATES),
        "human",
        _TEAM | {"outside"},
        "taken_over",
        "A person has the word; what the assistant has not sent yet is taken back.",
    ),
    Transition(
        "offer",
        frozenset({"waiting"}),
        "waiting",
        frozenset({"routing"}),
        "offered",
        "It is somebody's turn: their first reply, or Take over, makes it theirs.",
    ),
    Transition(
        "assign",
        frozenset({"bot", *_OWNED}),
        "waiting",
        _TEAM,
        "assigned",
        "It waits for a colleague or a department.",
    ),
    Transition(
        "requeue",
        _OWNED,
        "waiting",
        _TEAM | {"routing"},
        "requeued",
        "It waits for anybody of its department again.",
    ),
    Transition(
        "escalate",
        frozenset({"bot", *_OWNED}),
        "waiting",
        _TEAM,
        "escalated",
        "It waits for a supervisor, before all that is not urgent.",
    ),
    Transition(
        "snooze",
        frozenset({"human"}),
        "snoozed",
        _TEAM,
        "snoozed",
        "It rests until a time, or until the contact writes.",
    ),
    Transition(
        "wake",
        frozenset({"snoozed"}),
        "human",
        frozenset({"timer", "contact", "outside"}),
        "woken",
        "Whoever let it rest has it again; a queue, where they are not here any more.",
    ),
    Transition(
        "time_out",
        frozenset({"waiting"}),
        "waiting",
        frozenset({"timer"}),
        "timed_out",
        "Nobody came within the department's limit: the contact is told the truth, and waits on.",
    ),
    Transition(
        "hand_back",
        frozenset({*_OWNED, "resolved"}),
        "bot",
        _TEAM | {"outside", "timer"},
        "handed_back",
        "The assistant has the word, and answers what nobody has answered.",
    ),
    Transition(
        "resolve",
        frozenset({"bot", *_OWNED}),
        "resolved",
        _TEAM | {"timer", "assistant"},
        "resolved",
        "The matter is settled, or goes on as a ticket.",
    ),
    Transition(
        "reopen",
        frozenset({"resolved"}),
        "bot",
        _TEAM | {"contact"},
        "reopened",
        "It goes on with the assistant.",
    ),
)
TRANSITIONS: dict[str, Transition] = {it.name: it for it in _ALL}

#: What asks under a name of its own; anything else came from outside of Recado.
_ASKERS: dict[str, Asker] = {
    "api": "program",
    "assistant": "assistant",
    "contact": "contact",
    "routing": "routing",
    "timer": "timer",
}


def asker_of(actor: str) -> Asker:
    """Who asks, by the name that the log has: "user:<id>", "api", "timer", "phone" …"""
    if actor.startswith("user:"):
        return "person"
    return _ASKERS.get(actor, "outside")


def permit(name: str, state: str, actor: str) -> Transition:
    """The transition of a conversation in `state`, asked for by `actor`. Raises Conflict: it is
    not in the table; KeyError: there is no transition of this name."""
    found = TRANSITIONS[name]
    if state not in found.sources:
        possible = " or ".join(it for it in STATES if it in found.sources)
        raise Conflict(
            f"The conversation is {state}: {name.replace('_', ' ')} needs one that is {possible}."
        )
    if asker_of(actor) not in found.by:
        raise Conflict(f"{name.replace('_', ' ')} is not for {asker_of(actor)} to ask for.")
    return found
