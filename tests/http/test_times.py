"""Points in time survive the way out and back in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.errors import BadRequest
from recado.http.times import from_iso, to_iso

MOMENTS = st.floats(min_value=0, max_value=4e9)


@given(MOMENTS)
def test_what_is_shown_finds_what_it_was_shown_for(moment: float) -> None:
    found = from_iso(to_iso(moment))
    assert moment - 3e-6 <= found <= moment


@given(st.lists(MOMENTS, min_size=2, max_size=5))
def test_shown_times_sort_as_the_moments_do(moments: list[float]) -> None:
    assert [to_iso(moment) for moment in sorted(moments)] == sorted(map(to_iso, moments))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-03-14T09:26:53Z", 1773480413),
        ("2026-03-14T09:26:53", 1773480413),
        ("2026-03-14T04:26:53-05:00", 1773480413),
        ("2026-03-14T10:26:53 01:00", 1773480413),  # a plus sign that the URL took away
        ("2026-03-14", 1773446400),
        ("1773480413", 1773480413),
        ("1773480413.25", 1773480413.25),
    ],
)
def test_times_are_read_as_people_and_programs_write_them(text: str, seconds: float) -> None:
    assert from_iso(text) == pytest.approx(seconds, abs=2e-6)


@pytest.mark.parametrize("text", ["", "now", "1773480413000", "-inf", "nan", "2026-13-01", "1e300"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="point in time"):
        from_iso(text)
