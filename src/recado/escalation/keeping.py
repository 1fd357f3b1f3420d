"""What hand-overs leave in conversations."""

from __future__ import annotations

from recado.escalation.clocks.model import ServiceClock
from recado.escalation.model import Escalation
from recado.escalation.policy.trials import forget_in_trials
from recado.store.keeping import Keeping, OfConversation

KEEPING = Keeping(
    of_conversation=(
        OfConversation("escalations", Escalation),
        OfConversation("service_clocks", ServiceClock),
    ),
    erase=forget_in_trials,
)
