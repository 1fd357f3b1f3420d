"""When scheduled work is due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recado.maintenance.schedule import Every, Weekly


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2026-11-21T12:00", "2026-11-25T04:00"),  # a Saturday
        ("2026-11-25T03:59", "2026-11-25T04:00"),
        ("2026-11-25T04:00", "2026-12-02T04:00"),  # exactly then: it has just run
        ("2026-12-30T05:00", "2027-01-06T04:00"),
    ],
)
def test_the_weekly_clean_up_is_due_on_wednesday_at_four(moment: str, due: str) -> None:
    assert Weekly(2, hour=4).next_after(at(moment)) == at(due)


def test_frequent_work_is_due_after_its_interval() -> None:
    assert Every(300).next_after(1000.0) == 1300.0
