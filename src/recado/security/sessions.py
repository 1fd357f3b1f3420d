"""Who is signed in: sessions of browsers, and links that sign in once.

Tokens are 256 random bits. The browser has the token, the store only its SHA-256, so that a copy
of the database lets nobody in. (A slow hash would protect guessable secrets; these are not.)
"""

from __future__ import annotations

import hashlib
import secrets

import msgspec
from sqlalchemy import delete, exists, insert, select, update

from recado.errors import Unauthorized
from recado.escalation.departments.model import DepartmentMember
from recado.security.model import AuditEntry, SignInLink, User, UserSession
from recado.store import Store, Tx, now

SESSION_SECONDS = 14 * 86_400
#: A session in use is lengthened no more often than this: reading a page should not write.
SLIDE_SECONDS = 3_600
#: What the audit log has of each.
SESSION_OPENED = "session.opened"
LINK_SECONDS = 24 * 3_600


class Session(msgspec.Struct, frozen=True):
    """A signed-in browser with its user. `expires_at` is Unix seconds; `is_member` whether the user
    belongs to a department, and so may be `availability` online."""

    token_hash: str
    csrf_token: str
    expires_at: float
    user_id: str
    email: str
    name: str
    role: str
    availability: str = "away"
    is_member: bool = False

    @property
    def actor(self) -> str:
        """How the conversation's log names the user."""
        return f"user:{self.user_id}"

    @property
    def wants_sliding(self) -> bool:
        return self.expires_at - now() < SESSION_SECONDS - SLIDE_SECONDS


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(tx: Tx, user_id: str) -> str:
    """Sign the user in: the token for the browser's cookie."""
    token = secrets.token_urlsafe(32)
    moment = now()
    tx.execute(
        insert(UserSession),
        {
            "token_hash": hash_token(token),
            "user_id": user_id,
            "csrf_token": secrets.token_urlsafe(32),
            "created_at": moment,
            "expires_at": moment + SESSION_SECONDS,
        },
    )
    return token


def has_anybody_signed_in(tx: Tx) -> bool:
    """Ever, as the audit log has it."""
    opened = select(AuditEntry.id).where(AuditEntry.action == SESSION_OPENED).limit(1)
    return tx.first(opened) is not None


def find_session(tx: Tx, token: str) -> Session | None:
    """The live session with this token; None when it ended or its user was disabled."""
    row = tx.first(
        select(
            UserSession.token_hash,
            UserSession.csrf_token,
            UserSession.expires_at,
            UserSession.user_id,
            User.email,
            User.name,
            User.role,
            User.availability,
            exists().where(DepartmentMember.user_id == User.id).label("is_member"),
        )
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.token_hash == hash_token(token),
            UserSession.expires_at > now(),
            User.disabled_at.is_(None),
        )
    )
    return None if row is None else Session(**row._mapping)


def slide_session(tx: Tx, session: Session) -> None:
    """A session that is used lasts 14 days from now."""
    tx.execute(
        update(UserSession)
        .where(UserSession.token_hash == session.token_hash)
        .values(expires_at=now() + SESSION_SECONDS)
    )


def close_session(tx: Tx, session: Session) -> None:
    tx.execute(delete(UserSession).where(UserSession.token_hash == session.token_hash))


def delete_expired(tx: Tx) -> int:
    """Remove sessions and links whose time is over. Returns how many."""
    moment = now()
    sessions = tx.execute(delete(UserSession).where(UserSession.expires_at <= moment))
    links = tx.execute(delete(SignInLink).where(SignInLink.expires_at <= moment))
    return sessions.rowcount + links.rowcount


async def create_sign_in_link(store: Store, user_id: str, ttl_seconds: float = LINK_SECONDS) -> str:
    """A token for `/signin/<token>` that signs the user in once, within `ttl_seconds`."""
    return await store.write(lambda tx: add_sign_in_link(tx, user_id, ttl_seconds))


def add_sign_in_link(tx: Tx, user_id: str, ttl_seconds: float = LINK_SECONDS) -> str:
    """As `create_sign_in_link`, within the caller's transaction."""
    token = secrets.token_urlsafe(32)
    tx.execute(
        insert(SignInLink),
        {
            "token_hash": hash_token(token),
            "user_id": user_id,
            "expires_at": now() + ttl_seconds,
            "used_at": None,
        },
    )
    return token


def use_sign_in_link(tx: Tx, token: str) -> str:
    """Use the link up and return its user's id.

    One statement decides, so that of two clicks at once one gets in. Raises Unauthorized: never
    issued, used, expired, or its user was disabled (all told alike).
    """
    moment = now()
    used = (
        update(SignInLink)
        .where(
            SignInLink.token_hash == hash_token(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > moment,
            SignInLink.user_id.in_(select(User.id).where(User.disabled_at.is_(None))),
        )
        .values(used_at=moment)
        .returning(SignInLink.user_id)
    )
    user_id = tx.scalar(used)
    if user_id is None:
        raise Unauthorized("This link was used already, or its time is over. Ask for a new one.")
    return str(user_id)
