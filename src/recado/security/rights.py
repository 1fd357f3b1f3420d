"""Who may do what: the one table, for the desk and for the API.

Every address of the desk and every operation of the API names the action that it is
(desk/routes.py, http/rights.py); what may be done is decided here alone. The key of the
installation and the token of a program may do everything, a user's token what its user may do at
the desk.
"""

from __future__ import annotations

from typing import Literal, get_args

from recado.errors import Forbidden
from recado.security.users import Role

Action = Literal[
    "profile",
    "conversations.read",
    "conversations.change",
    "departments.read",
    "media",
    "templates.read",
    "simulator",
    "analyze",
    "knowledge.read",
    "knowledge.learn",
    "characters.read",
    "stats.read",
    "contacts.join",
    "departments.change",
    "escalation.read",
    "escalation.change",
    "knowledge.change",
    "characters.change",
    "characters.require",
    "templates.sync",
    "notifications.read",
    "notifications.change",
    "lines.read",
    "lines.check",
    "dead_letters.read",
    "dead_letters.change",
    "service_levels.read",
    "service_levels.change",
    "tools.read",
    "tools.change",
    "webhooks.read",
    "webhooks.change",
    "lines.change",
    "lines.test",
    "lines.pair",
    "team",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

_AGENT: frozenset[Action] = frozenset(
    {
        "profile",
        "conversations.read",
        "conversations.change",
        "departments.read",
        "media",
        "templates.read",
        "simulator",
        "analyze",
        "knowledge.read",
        "knowledge.learn",  # from a file of a conversation, where RECADO_AGENTS_TEACH says so
        "characters.read",
        "stats.read",
    }
)
_SUPERVISOR: frozenset[Action] = _AGENT | {
    "contacts.join",
    "departments.change",
    "escalation.read",
    "escalation.change",
    "knowledge.change",
    "characters.change",
    "templates.sync",
    "notifications.read",
    "notifications.change",
    "lines.read",
    "lines.check",
    "dead_letters.read",
    "dead_letters.change",
    "service_levels.read",
    "service_levels.change",
}
#: What each role may do. Whatever is not named is for nobody.
RIGHTS: dict[Role, frozenset[Action]] = {
    "agent": _AGENT,
    "supervisor": _SUPERVISOR,
    "admin": _SUPERVISOR
    | {
        "characters.require",
        "tools.read",
        "tools.change",
        "webhooks.read",
        "webhooks.change",
        "lines.change",
        "lines.test",
        "lines.pair",
        "team",
    },
}


def may(role: Role, action: Action) -> bool:
    return action in RIGHTS[role]


def require(role: Role, action: Action) -> None:
    """Raises Forbidden."""
    if not may(role, action):
        raise Forbidden("Your role does not include this. Ask an admin of your team.")
