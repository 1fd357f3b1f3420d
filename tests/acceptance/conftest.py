"""What several tests with real processes need."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.engines import postgresql_url, require_engine


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """DATABASE_URL of a test's own; "" is SQLite in the data folder."""
    if request.param == "sqlite":
        yield ""
    else:
        require_engine("postgresql")
        async with postgresql_url() as url:
            yield url
