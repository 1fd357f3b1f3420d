"""The public holidays of countries and their regions, as the library `holidays` knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from recado.errors import BadRequest


def check_region(region: str) -> None:
    """`region` is a country (ISO 3166-1: `ES`) or one of its parts (ISO 3166-2: `ES-MD`).

    Raises BadRequest: nobody knows the holidays of such a place.
    """
    public_holidays(region, 2026)


@lru_cache(maxsize=64)
def public_holidays(region: str, year: int) -> Mapping[date, str]:
    """The days of a year on which a region does not work, by date, with their names.

    Raises BadRequest: see check_region.
    """
    from holidays import country_holidays  # half a second, for those who ask

    country, _, part = region.partition("-")
    try:
        found = country_holidays(country, subdiv=part or None, years=year)
    except (NotImplementedError, AttributeError, TypeError, ValueError) as error:
        raise BadRequest(
            "Public holidays are those of a country or of a part of it, written like ES or ES-MD;"
            f" {region[:20]!r} is none that is known."
        ) from error
    return {day: name for day, name in found.items() if day.year == year}
