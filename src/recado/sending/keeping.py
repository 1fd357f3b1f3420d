"""What sending keeps of people beside their messages."""

from __future__ import annotations

from recado.sending.model import EarlyStatus
from recado.store.keeping import Keeping, after_days

#: A status that no message has claimed by then speaks of one that another system sent.
EARLY_STATUS_DAYS = 7

KEEPING = Keeping(
    mentioning={"early_statuses": EarlyStatus.id},
    past_time={
        "statuses that no message claimed removed": after_days(EarlyStatus.id, EARLY_STATUS_DAYS)
    },
)
