"""When scheduled work is due. Times are Unix seconds; days and hours are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Schedule(Protocol):
    def next_after(self, moment: float) -> float:
        """The first time after `moment`."""


@dataclass(frozen=True, slots=True)
class Every:
    seconds: float

    def next_after(self, moment: float) -> float:
        return moment + self.seconds


@dataclass(frozen=True, slots=True)
class Weekly:
    """`weekday` counts from Monday, which is 0."""

    weekday: int
    hour: int

    def next_after(self, moment: float) -> float:
        after = datetime.fromtimestamp(moment, UTC)
        day = after.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        day += timedelta(days=(self.weekday - day.weekday()) % 7)
        return (day if day > after else day + timedelta(days=7)).timestamp()
