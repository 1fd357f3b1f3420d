"""What lines keep of people: their log may name some."""

from __future__ import annotations

from recado.lines.model import LineEvent
from recado.store.keeping import Keeping, after_days

#: What vendors report of a line, beside messages, is shown in its log for so long.
LINE_EVENT_DAYS = 180

KEEPING = Keeping(
    mentioning={"line_events": LineEvent.id},
    past_time={"what vendors reported of lines removed": after_days(LineEvent.id, LINE_EVENT_DAYS)},
)
