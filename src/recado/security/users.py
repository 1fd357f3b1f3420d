"""The team's users: who there is, with which role, and the first admin of an installation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, get_args

from sqlalchemy import Row, delete, func, insert, select, update

from recado.errors import Conflict, Forbidden, NotFound, Unprocessable
from recado.language.reading import composed_accents
from recado.security.model import User, UserSession
from recado.store import Store, Tx, new_id, now

Role = Literal["admin", "supervisor", "agent"]
ROLES: tuple[Role, ...] = get_args(Role)

#: What the first admin is called until somebody fills in the profile.
FIRST_EMAIL = "admin@localhost"
#: Loose on purpose: whether an address works is known only by writing to it.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


async def ensure_admin(store: Store) -> str:
    """The id of an admin who may sign in; made when the installation has none."""

    def work(tx: Tx) -> str:
        tx.lock("users/first-admin")
        enabled = User.disabled_at.is_(None)
        oldest = select(User.id).where(User.role == "admin", enabled).order_by(User.created_at)
        found = tx.scalar(oldest)
        if found is not None:
            return str(found)
        if tx.first(select(User.id).where(User.email == FIRST_EMAIL)) is None:
            return add_user(tx, email=FIRST_EMAIL, name="Admin", role="admin")
        # The first admin was disabled, and nobody else can let the team in: bring it back.
        tx.execute(
            update(User).where(User.email == FIRST_EMAIL).values(role="admin", disabled_at=None)
        )
        return str(tx.scalar(select(User.id).where(User.email == FIRST_EMAIL)))

    return await store.write(work)


def add_user(tx: Tx, *, email: str, name: str, role: str, password_hash: str = "") -> str:
    """Returns the new user's id. Raises Unprocessable (e-mail, role) and Conflict (e-mail)."""
    email = clean_email(email)
    tx.lock(f"users/{email}")
    if tx.first(select(User.id).where(User.email == email)) is not None:
        raise Conflict(f"There is a user with the e-mail {email} already.")
    user_id = new_id()
    tx.execute(
        insert(User),
        {
            "id": user_id,
            "email": email,
            "name": clean_name(name) or email.partition("@")[0],
            "role": known_role(role),
            "password_hash": password_hash,
            "created_at": now(),
            "disabled_at": None,
        },
    )
    return user_id


def list_users(tx: Tx) -> Sequence[Row[Any]]:
    """Everybody, those who may sign in first."""
    columns = select(
        User.id,
        User.email,
        User.name,
        User.role,
        User.created_at,
        User.disabled_at,
        (User.password_hash != "").label("has_password"),
    )
    return tx.all(columns.order_by(User.disabled_at.is_not(None), func.lower(User.name)))


def get_user(tx: Tx, user_id: str) -> Row[Any]:
    """Raises NotFound."""
    row = tx.first(select(User.__table__).where(User.id == user_id))
    if row is None:
        raise NotFound(f"There is no user {user_id}.")
    return row


def find_by_email(tx: Tx, email: str) -> Row[Any] | None:
    return tx.first(select(User.__table__).where(User.email == _written(email)))


def change_profile(tx: Tx, user_id: str, *, name: str, email: str) -> None:
    """Raises Unprocessable and Conflict as `add_user`."""
    email = clean_email(email)
    tx.lock(f"users/{email}")
    taken = select(User.id).where(User.email == email, User.id != user_id)
    if tx.first(taken) is not None:
        raise Conflict(f"There is a user with the e-mail {email} already.")
    values = {"email": email, "name": clean_name(name) or email.partition("@")[0]}
    tx.execute(update(User).where(User.id == user_id).values(**values))


def set_password_hash(tx: Tx, user_id: str, password_hash: str, *, keep: str = "") -> None:
    """Change the password and end all sessions but the one with the token hash `keep`."""
    tx.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))
    tx.execute(
        delete(UserSession).where(UserSession.user_id == user_id, UserSession.token_hash != keep)
    )


def change_role(tx: Tx, user_id: str, role: str) -> None:
    """Raises NotFound, Unprocessable, and Forbidden for the last admin."""
    user = get_user(tx, user_id)
    if user.role == "admin" and role != "admin":
        _keep_an_admin(tx, user_id)
    tx.execute(update(User).where(User.id == user_id).values(role=known_role(role)))


def disable_user(tx: Tx, user_id: str) -> None:
    """Nobody signs in as this user any more. Raises NotFound, and Forbidden for the last admin."""
    user = get_user(tx, user_id)
    if user.role == "admin":
        _keep_an_admin(tx, user_id)
    tx.execute(update(User).where(User.id == user_id).values(disabled_at=now()))
    tx.execute(delete(UserSession).where(UserSession.user_id == user_id))


def enable_user(tx: Tx, user_id: str) -> None:
    """Raises NotFound."""
    get_user(tx, user_id)
    tx.execute(update(User).where(User.id == user_id).values(disabled_at=None))


def clean_email(email: str) -> str:
    """Lower case, no spaces around. Raises Unprocessable when it is no e-mail address."""
    email = _written(email)
    if not _EMAIL.fullmatch(email):
        raise Unprocessable(f"{email!r} is not an e-mail address.")
    return email


def _written(email: str) -> str:
    return composed_accents(email.strip().lower())


def clean_name(name: str) -> str:
    return " ".join(composed_accents(name).split())[:100]


def known_role(role: str) -> Role:
    """Raises Unprocessable."""
    for known in ROLES:
        if role == known:
            return known
    raise Unprocessable(f"There is no role {role!r}; there are {', '.join(ROLES)}.")


def _keep_an_admin(tx: Tx, user_id: str) -> None:
    others = select(func.count()).where(
        User.role == "admin", User.disabled_at.is_(None), User.id != user_id
    )
    if not tx.scalar(others):
        raise Forbidden("This is the last admin; make somebody else an admin first.")
