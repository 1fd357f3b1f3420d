"""Who gets in: sessions, links that work once, and what ends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from recado.errors import Unauthorized
from recado.security.model import SignInLink, UserSession
from recado.security.sessions import (
    SESSION_SECONDS,
    add_sign_in_link,
    close_session,
    create_sign_in_link,
    delete_expired,
    find_session,
    open_session,
    slide_session,
    use_sign_in_link,
)
from recado.security.users import add_user, disable_user, ensure_admin, set_password_hash
from recado.store import Store, Tx, now, open_store
from recado.store.migrate import migrate


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'recado.db'}", sync="off")
    await migrate(store)
    yield store
    await store.close()


@pytest.fixture
async def user_id(store: Store) -> str:
    return await store.write(lambda tx: add_user(tx, email="ana@cafe.mx", name="Ana", role="agent"))


async def test_a_link_signs_its_user_in_and_only_once(store: Store, user_id: str) -> None:
    token = await create_sign_in_link(store, user_id)

    assert await store.write(lambda tx: use_sign_in_link(tx, token)) == user_id
    with pytest.raises(Unauthorized):
        await store.write(lambda tx: use_sign_in_link(tx, token))


async def test_of_two_clicks_at_once_one_gets_in(store: Store, user_id: str) -> None:
    token = await create_sign_in_link(store, user_id)

    outcomes = await asyncio.gather(
        *(store.write(lambda tx: use_sign_in_link(tx, token)) for _ in range(5)),
        return_exceptions=True,
    )

    assert outcomes.count(user_id) == 1
    assert sum(isinstance(outcome, Unauthorized) for outcome in outcomes) == 4


async def test_an_expired_link_lets_nobody_in(store: Store, user_id: str) -> None:
    token = await create_sign_in_link(store, user_id, ttl_seconds=-1)
    with pytest.raises(Unauthorized):
        await store.write(lambda tx: use_sign_in_link(tx, token))


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "a" * 10_000])
async def test_a_token_that_was_never_issued_lets_nobody_in(store: Store, token: str) -> None:
    with pytest.raises(Unauthorized):
        await store.write(lambda tx: use_sign_in_link(tx, token))
    assert await store.read(lambda tx: find_session(tx, token)) is None


async def test_a_disabled_user_gets_in_by_no_way(store: Store, user_id: str) -> None:
    def work(tx: Tx) -> tuple[str, str]:
        tokens = open_session(tx, user_id), add_sign_in_link(tx, user_id)
        disable_user(tx, user_id)
        return tokens

    session, link = await store.write(work)
    assert await store.read(lambda tx: find_session(tx, session)) is None
    with pytest.raises(Unauthorized):
        await store.write(lambda tx: use_sign_in_link(tx, link))


async def test_a_session_knows_its_user_until_it_is_closed(store: Store, user_id: str) -> None:
    token = await store.write(lambda tx: open_session(tx, user_id))
    session = await store.read(lambda tx: find_session(tx, token))
    assert session is not None
    assert (session.user_id, session.email, session.name, session.role) == (
        user_id,
        "ana@cafe.mx",
        "Ana",
        "agent",
    )

    await store.write(lambda tx: close_session(tx, session))
    assert await store.read(lambda tx: find_session(tx, token)) is None


async def test_a_session_that_is_used_goes_on(store: Store, user_id: str) -> None:
    token = await store.write(lambda tx: open_session(tx, user_id))
    fresh = await store.read(lambda tx: find_session(tx, token))
    assert fresh is not None
    assert not fresh.wants_sliding

    def age(tx: Tx) -> None:
        tx.execute(update(UserSession).values(expires_at=now() + 60))

    await store.write(age)
    old = await store.read(lambda tx: find_session(tx, token))
    assert old is not None
    assert old.wants_sliding
    await store.write(lambda tx: slide_session(tx, old))
    slid = await store.read(lambda tx: find_session(tx, token))
    assert slid is not None
    assert slid.expires_at > now() + SESSION_SECONDS - 60


async def test_a_session_that_ended_is_not_found_and_is_cleared(store: Store, user_id: str) -> None:
    token = await store.write(lambda tx: open_session(tx, user_id))
    await create_sign_in_link(store, user_id, ttl_seconds=-1)

    def age(tx: Tx) -> None:
        tx.execute(update(UserSession).values(expires_at=now() - 1))

    await store.write(age)
    assert await store.read(lambda tx: find_session(tx, token)) is None
    assert await store.write(delete_expired) == 2
    assert await store.write(delete_expired) == 0


async def test_a_copy_of_the_database_lets_nobody_in(store: Store, user_id: str) -> None:
    link = await create_sign_in_link(store, user_id)
    token = await store.write(lambda tx: open_session(tx, user_id))

    links = await store.read(lambda tx: tx.all(select(SignInLink.token_hash)))
    sessions = await store.read(lambda tx: tx.all(select(UserSession.token_hash)))
    assert link not in {row.token_hash for row in links}
    assert token not in {row.token_hash for row in sessions}
    stolen = sessions[0].token_hash
    assert await store.read(lambda tx: find_session(tx, stolen)) is None
    with pytest.raises(Unauthorized):
        await store.write(lambda tx: use_sign_in_link(tx, links[0].token_hash))


async def test_a_new_password_ends_the_other_sessions(store: Store, user_id: str) -> None:
    kept, other = await store.write(
        lambda tx: (open_session(tx, user_id), open_session(tx, user_id))
    )
    session = await store.read(lambda tx: find_session(tx, kept))
    assert session is not None

    keep = session.token_hash
    await store.write(lambda tx: set_password_hash(tx, user_id, "a hash", keep=keep))

    assert await store.read(lambda tx: find_session(tx, kept)) is not None
    assert await store.read(lambda tx: find_session(tx, other)) is None


async def test_a_new_installation_has_one_admin_however_often_it_starts(store: Store) -> None:
    first = await ensure_admin(store)
    assert await ensure_admin(store) == first
    token = await create_sign_in_link(store, first)
    assert await store.write(lambda tx: use_sign_in_link(tx, token)) == first
