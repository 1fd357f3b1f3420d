"""Departments as they are made, changed and shown, with their members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update

from recado.assistant.policy import DEPARTMENT_KEY
from recado.calendars.week import Holiday, check_hours
from recado.errors import BadRequest, Conflict, NotFound, Unprocessable
from recado.escalation.departments.model import Department, DepartmentMember
from recado.jobs import routing_job
from recado.language.detection import LANGUAGES
from recado.security.audit import record
from recado.security.model import User
from recado.security.users import get_user
from recado.store import Tx, now

Strategy = Literal["least_busy", "round_robin", "manual"]
IfNobody = Literal["promise", "ticket", "assistant"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
IF_NOBODY: tuple[IfNobody, ...] = get_args(IfNobody)
#: What is rare: where a ticket goes.
SETTINGS = ("ticket_email", "ticket_form")
MOST = 50
MOST_MEMBERS = 500
DEFAULT_CAPACITY = 5
_LOCK = "departments"


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A member; `availability` is online or away, of the person and so the same everywhere."""

    user_id: str
    name: str
    role: str
    availability: str
    skills: list[str]
    languages: list[str]
    capacity: int


class DepartmentView(msgspec.Struct, frozen=True, kw_only=True):
    """A department with its members, by name."""

    key: str
    name: str
    strategy: str
    sticky: bool
    take_seconds: float
    if_nobody: str
    hours: dict[str, tuple[tuple[str, ...], ...]]
    time_zone: str
    holidays: tuple[Holiday, ...]
    settings: dict[str, str]
    members: list[MemberView]
    created_at: float
    updated_at: float


#: What a new department is where nothing else is said.
DEFAULTS: Mapping[str, Any] = {
    "name": "",
    "strategy": "least_busy",
    "sticky": True,
    "take_seconds": 300.0,
    "if_nobody": "promise",
    "hours": {},
    "time_zone": "",
    "holidays": [],
    "settings": {},
}


def list_departments(tx: Tx) -> list[DepartmentView]:
    """By name, with their members."""
    members = _members(tx)
    rows = tx.all(select(Department.__table__).order_by(func.lower(Department.name)))
    return [_view(row, members[row.key]) for row in rows]


def get_department(tx: Tx, key: str) -> DepartmentView:
    """Raises NotFound."""
    view = find_department(tx, key)
    if view is None:
        raise NotFound(f"There is no department {key!r}.")
    return view


def find_department(tx: Tx, key: str) -> DepartmentView | None:
    """The department; None: nobody has made it."""
    row = tx.first(select(Department.__table__).where(Department.key == key))
    return None if row is None else _view(row, _members(tx, key)[key])


def names_of_departments(tx: Tx) -> dict[str, str]:
    """By key."""
    rows = tx.all(select(Department.key, Department.name).order_by(func.lower(Department.name)))
    return {row.key: row.name for row in rows}


def departments_of(tx: Tx, user_id: str) -> list[str]:
    """The keys of the departments that somebody belongs to."""
    found = select(DepartmentMember.department).where(DepartmentMember.user_id == user_id)
    return [row.department for row in tx.all(found.order_by(DepartmentMember.department))]


def add_department(tx: Tx, given: Mapping[str, Any], *, actor: str) -> DepartmentView:
    """`given` has its `key`, and what of DEFAULTS is another. Raises Unprocessable, BadRequest, and
    Conflict: there is one with this key."""
    tx.lock(_LOCK)
    key = str(given["key"]).strip()
    if not DEPARTMENT_KEY.fullmatch(key):
        raise Unprocessable("The key of a department is written like sales or after_sales.")
    if tx.first(select(Department.key).where(Department.key == key)) is not None:
        raise Conflict(f"There is a department {key!r} already.")
    if (tx.scalar(select(func.count()).select_from(Department)) or 0) >= MOST:
        raise Unprocessable(f"There are {MOST} departments already.")
    fields = {name: value for name, value in given.items() if name in DEFAULTS}
    values = _checked({**DEFAULTS, "name": key, **fields})
    moment = now()
    tx.execute(
        insert(Department), {"key": key, **values, "created_at": moment, "updated_at": moment}
    )
    record(tx, actor, "department.add", key, {"name": values["name"]})
    return get_department(tx, key)


def change_department(
    tx: Tx, key: str, changes: Mapping[str, Any], *, actor: str
) -> DepartmentView:
    """Change the named fields. Raises NotFound, Unprocessable, BadRequest."""
    tx.lock(_LOCK)
    before = msgspec.to_builtins(get_department(tx, key))
    fields = {name: value for name, value in changes.items() if name in DEFAULTS}
    values = _checked({name: before[name] for name in DEFAULTS} | fields)
    values["updated_at"] = now()
    tx.execute(update(Department).where(Department.key == key).values(**values))
    record(tx, actor, "department.change", key, {"fields": sorted(fields)})
    view = get_department(tx, key)
    # What waits is looked at by what holds now; one who is there is enough, for it sees all.
    there = next((it for it in view.members if it.availability == "online"), None)
    if there is not None:
        tx.publish(routing_job("room", there.user_id, now()))
    return view


def remove_department(tx: Tx, key: str, *, actor: str) -> DepartmentView:
    """With its memberships; what waits for it waits for everybody. Raises NotFound."""
    tx.lock(_LOCK)
    view = get_department(tx, key)
    tx.execute(delete(DepartmentMember).where(DepartmentMember.department == key))
    tx.execute(delete(Department).where(Department.key == key))
    record(tx, actor, "department.remove", key, {"name": view.name})
    return view


def set_member(
    tx: Tx,
    key: str,
    user_id: str,
    *,
    actor: str,
    skills: Sequence[str] = (),
    languages: Sequence[str] = (),
    capacity: int = DEFAULT_CAPACITY,
) -> DepartmentView:
    """Somebody belongs to the department, with these skills, languages and capacity. Raises
    NotFound, Unprocessable."""
    tx.lock(_LOCK)
    view = get_department(tx, key)
    user = get_user(tx, user_id)
    if user.disabled_at is not None:
        raise Unprocessable(f"{user.name} is disabled: enable them first.")
    if len(view.members) >= MOST_MEMBERS:
        raise Unprocessable(f"A department has at most {MOST_MEMBERS} members.")
    values = {
        "skills": _skills(skills),
        "languages": _languages(languages),
        "capacity": _within("capacity", capacity, 1, 1000),
    }
    row = {"department": key, "user_id": user_id, "asked_at": None, "created_at": now(), **values}
    tx.execute(
        tx.insert(DepartmentMember).on_conflict_do_update(
            index_elements=["department", "user_id"], set_=values
        ),
        row,
    )
    record(tx, actor, "department.member", key, {"user": user_id, "capacity": capacity})
    if user.availability == "online":
        tx.publish(routing_job("room", user_id, now()))
    return get_department(tx, key)


def remove_member(tx: Tx, key: str, user_id: str, *, actor: str) -> DepartmentView:
    """What they have stays theirs; they are given nothing more. Raises NotFound."""
    tx.lock(_LOCK)
    if user_id not in {it.user_id for it in get_department(tx, key).members}:
        raise NotFound(f"{user_id} is no member of the department {key!r}.")
    member = DepartmentMember.department == key, DepartmentMember.user_id == user_id
    tx.execute(delete(DepartmentMember).where(*member))
    record(tx, actor, "department.member_removed", key, {"user": user_id})
    return get_department(tx, key)


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        hours = msgspec.convert(given["hours"], dict[str, tuple[tuple[str, ...], ...]])
        holidays = msgspec.convert(given["holidays"], tuple[Holiday, ...])
    except msgspec.ValidationError as error:
        raise BadRequest(f"Hours or holidays: {error}.") from error
    check_hours(hours, given["time_zone"], holidays)
    return {
        "name": _name(given["name"]),
        "strategy": _one_of("strategy", given["strategy"], STRATEGIES),
        "sticky": bool(given["sticky"]),
        "take_seconds": float(_within("take_seconds", given["take_seconds"], 0, 7 * 86_400)),
        "if_nobody": _one_of("if_nobody", given["if_nobody"], IF_NOBODY),
        "hours": msgspec.to_builtins(hours),
        "time_zone": given["time_zone"],
        "holidays": msgspec.to_builtins(holidays),
        "settings": _settings(given["settings"]),
    }


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 60:
        raise Unprocessable("The name of a department has 1 to 60 characters.")
    return name


def _one_of(field: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise Unprocessable(f"{field} is one of {', '.join(known)}, not {value!r}.")
    return value


def _within(field: str, value: float, least: int, most: int) -> float:
    if not least <= value <= most:
        raise Unprocessable(f"{field} lies between {least} and {most}.")
    return value


def _settings(given: Mapping[str, Any]) -> dict[str, str]:
    unknown = sorted(set(given) - set(SETTINGS))
    if unknown:
        raise Unprocessable(f"There is no setting {unknown[0]!r}; there are {', '.join(SETTINGS)}.")
    settings = {name: str(value).strip() for name, value in given.items() if str(value).strip()}
    if any(len(value) > 500 for value in settings.values()):
        raise Unprocessable("A setting of a department has at most 500 characters.")
    form = settings.get("ticket_form", "")
    if form and not form.startswith(("https://", "http://")):
        raise Unprocessable("The address of the form begins with https://.")
    if "@" not in settings.get("ticket_email", "@"):
        raise Unprocessable(f"{settings['ticket_email']!r} is not an e-mail address.")
    return settings


def _skills(given: Sequence[str]) -> list[str]:
    skills = list(dict.fromkeys(" ".join(it.lower().split()) for it in given if it.strip()))
    if len(skills) > 30 or any(len(it) > 40 for it in skills):
        raise Unprocessable("Somebody has at most 30 skills of at most 40 characters.")
    return skills


def _languages(given: Sequence[str]) -> list[str]:
    for it in given:
        _one_of("languages", it, LANGUAGES)
    return list(dict.fromkeys(given))


def _members(tx: Tx, key: str = "") -> dict[str, list[MemberView]]:
    statement = (
        select(DepartmentMember.__table__, User.name, User.role, User.availability)
        .join(User, User.id == DepartmentMember.user_id)
        .where(User.disabled_at.is_(None))
        .order_by(func.lower(User.name), User.id)
    )
    found: defaultdict[str, list[MemberView]] = defaultdict(list)
    for row in tx.all(statement.where(DepartmentMember.department == key) if key else statement):
        found[row.department].append(
            MemberView(
                user_id=row.user_id,
                name=row.name,
                role=row.role,
                availability=row.availability,
                skills=list(row.skills or ()),
                languages=list(row.languages or ()),
                capacity=row.capacity,
            )
        )
    return found


def _view(row: Row[Any], members: list[MemberView]) -> DepartmentView:
    return msgspec.convert(
        {**row._mapping, **_unsaid(row), "members": msgspec.to_builtins(members)}, DepartmentView
    )


def _unsaid(row: Row[Any]) -> dict[str, Any]:
    """What the columns allow to be missing."""
    return {
        "hours": row.hours or {},
        "holidays": row.holidays or [],
        "settings": row.settings or {},
    }
