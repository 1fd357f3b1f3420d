"""Departments are made, changed and shown with their members, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from recado.errors import BadRequest, Conflict, NotFound, Unprocessable
from recado.escalation.departments.availability import (
    availability_of,
    change_reach,
    set_availability,
)
from recado.escalation.departments.registry import (
    DepartmentView,
    add_department,
    change_department,
    departments_of,
    find_department,
    get_department,
    list_departments,
    remove_department,
    remove_member,
    set_member,
)
from recado.runtime import Runtime
from recado.security.users import add_user, disable_user, get_user
from recado.store import Tx
from tests.support.runtime import make_runtime_on


@pytest.fixture(params=["sqlite", "postgresql"])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path) as made:
        yield made


async def add(runtime: Runtime, key: str = "sales", **given: Any) -> DepartmentView:
    return await runtime.store.write(
        lambda tx: add_department(tx, {"key": key, **given}, actor="api")
    )


async def somebody(runtime: Runtime, name: str = "ana") -> str:
    return await runtime.store.write(
        lambda tx: add_user(tx, email=f"{name}@cafe.mx", name=name, role="agent")
    )


async def test_a_department_has_hours_a_limit_and_members(runtime: Runtime) -> None:
    hours = {"mon": [["09:00", "18:00"]]}
    holidays = [{"date": "12-25", "name": "Navidad"}]
    await add(runtime, name="Ventas", hours=hours, time_zone="America/Bogota", holidays=holidays)
    ana = await somebody(runtime)

    def work(tx: Tx) -> DepartmentView:
        set_member(tx, "sales", ana, actor="api", skills=["Vinos "], languages=["pt"], capacity=2)
        return change_department(tx, "sales", {"take_seconds": 60, "sticky": False}, actor="api")

    view = await runtime.store.write(work)
    assert (view.name, view.take_seconds, view.sticky) == ("Ventas", 60.0, False)
    assert (view.hours["mon"], view.holidays[0].date) == ((("09:00", "18:00"),), "12-25")
    (member,) = view.members
    assert (member.skills, member.languages, member.capacity) == (["vinos"], ["pt"], 2)
    assert member.availability == "away"
    assert await runtime.store.read(lambda tx: departments_of(tx, ana)) == ["sales"]
    assert [it.key for it in await runtime.store.read(list_departments)] == ["sales"]


@pytest.mark.parametrize(
    ("wrong", "raised"),
    [
        ({"key": "Ventas!"}, Unprocessable),
        ({"strategy": "lottery"}, Unprocessable),
        ({"take_seconds": -1}, Unprocessable),
        ({"hours": {"mon": [["9", "18"]]}, "time_zone": "America/Bogota"}, BadRequest),
        ({"hours": {"mon": "always"}, "time_zone": "America/Bogota"}, BadRequest),
        ({"settings": {"colour": "red"}}, Unprocessable),
        ({"settings": {"ticket_form": "javascript:alert(1)"}}, Unprocessable),
    ],
)
async def test_what_cannot_be_is_refused(
    runtime: Runtime, wrong: dict[str, Any], raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        await add(runtime, **wrong)
    assert await runtime.store.read(list_departments) == []


async def test_a_key_is_given_once_and_what_is_removed_is_gone(runtime: Runtime) -> None:
    await add(runtime)
    with pytest.raises(Conflict):
        await add(runtime)
    ana = await somebody(runtime)
    await runtime.store.write(lambda tx: set_member(tx, "sales", ana, actor="api"))
    await runtime.store.write(lambda tx: remove_member(tx, "sales", ana, actor="api"))
    with pytest.raises(NotFound):
        await runtime.store.write(lambda tx: remove_member(tx, "sales", ana, actor="api"))
    await runtime.store.write(lambda tx: remove_department(tx, "sales", actor="api"))
    assert await runtime.store.read(lambda tx: find_department(tx, "sales")) is None
    with pytest.raises(NotFound):
        await runtime.store.read(lambda tx: get_department(tx, "sales"))


async def test_whoever_is_disabled_is_no_member_any_more(runtime: Runtime) -> None:
    await add(runtime)
    ana = await somebody(runtime)
    await runtime.store.write(lambda tx: set_member(tx, "sales", ana, actor="api"))
    await runtime.store.write(lambda tx: disable_user(tx, ana))
    assert (await runtime.store.read(lambda tx: get_department(tx, "sales"))).members == []
    with pytest.raises(Unprocessable):
        await runtime.store.write(lambda tx: set_member(tx, "sales", ana, actor="api"))


async def test_somebody_says_when_they_are_online_and_how_they_are_reached(
    runtime: Runtime,
) -> None:
    ana = await somebody(runtime)
    assert await runtime.store.read(lambda tx: availability_of(tx, ana)) == "away"
    assert await runtime.store.write(lambda tx: set_availability(tx, ana, "online"))
    assert not await runtime.store.write(lambda tx: set_availability(tx, ana, "online"))
    reach = {"phone": "+57 300 123-4567", "language": "es", "time_zone": "America/Bogota"}
    await runtime.store.write(lambda tx: change_reach(tx, ana, **reach))
    user = await runtime.store.read(lambda tx: get_user(tx, ana))
    assert (user.availability, user.phone) == ("online", "+573001234567")
    with pytest.raises(Unprocessable):
        await runtime.store.write(
            lambda tx: change_reach(tx, ana, phone="call me", language="", time_zone="")
        )
