"""Who keeps something that is past its time one day, or about a person: every feature that does has
its line here. One that is missing would leave its rows behind."""

from __future__ import annotations

from functools import partial

from recado.assistant import keeping as assistant
from recado.conversations import keeping as conversations
from recado.crm import keeping as crm
from recado.escalation import keeping as escalation
from recado.jobs import SPECS
from recado.lines import keeping as lines
from recado.notifications import keeping as notifications
from recado.queue import keeping as queue
from recado.queue.upkeep import bury_old_jobs
from recado.satisfaction import keeping as satisfaction
from recado.security import keeping as security
from recado.sending import keeping as sending
from recado.store.keeping import Keeping, OfContact, OfConversation, Sweep
from recado.store.mentions import Key
from recado.subscriptions import keeping as subscriptions

_JOBS = Keeping(
    past_time={
        "jobs past their retention made dead letters": partial(bury_old_jobs, specs=SPECS),
    }
)

FEATURES: tuple[Keeping, ...] = (
    security.KEEPING,
    sending.KEEPING,
    lines.KEEPING,
    conversations.KEEPING,
    assistant.KEEPING,
    escalation.KEEPING,
    satisfaction.KEEPING,
    crm.KEEPING,
    subscriptions.KEEPING,
    notifications.KEEPING,
    queue.KEEPING,
    _JOBS,
)

OF_CONVERSATION: tuple[OfConversation, ...] = tuple(
    table for feature in FEATURES for table in feature.of_conversation
)
OF_CONTACT: tuple[OfContact, ...] = tuple(
    table for feature in FEATURES for table in feature.of_contact
)
MENTIONING: dict[str, Key] = {
    name: key for feature in FEATURES for name, key in feature.mentioning.items()
}
PAST_TIME: dict[str, Sweep] = {
    name: sweep for feature in FEATURES for name, sweep in feature.past_time.items()
}
