"""Users, their roles and passwords; and what a browser must show to change anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from limits import RateLimitItemPerMinute

from recado.errors import Conflict, Forbidden, TooManyRequests, Unprocessable
from recado.security.attempts import SignInAttempts
from recado.security.forgery import check_origin, check_token
from recado.security.passwords import hash_password, verify_password
from recado.security.users import (
    add_user,
    change_profile,
    change_role,
    disable_user,
    enable_user,
    ensure_admin,
    find_by_email,
    list_users,
)
from recado.store import Store, open_store
from recado.store.migrate import migrate


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'recado.db'}", sync="off")
    await migrate(store)
    yield store
    await store.close()


async def test_the_last_admin_can_be_neither_disabled_nor_demoted(store: Store) -> None:
    admin = await ensure_admin(store)
    with pytest.raises(Forbidden):
        await store.write(lambda tx: disable_user(tx, admin))
    with pytest.raises(Forbidden):
        await store.write(lambda tx: change_role(tx, admin, "agent"))

    await store.write(lambda tx: add_user(tx, email="b@b", name="B", role="admin"))
    await store.write(lambda tx: disable_user(tx, admin))
    assert await ensure_admin(store) != admin  # the other one
    await store.write(lambda tx: enable_user(tx, admin))


async def test_one_email_is_one_user_however_it_is_written(store: Store) -> None:
    await store.write(lambda tx: add_user(tx, email=" Ana@Cafe.MX ", name="Ana", role="agent"))
    with pytest.raises(Conflict):
        await store.write(lambda tx: add_user(tx, email="ana@cafe.mx", name="", role="agent"))
    found = await store.read(lambda tx: find_by_email(tx, "ANA@cafe.mx"))
    assert found is not None
    assert found.name == "Ana"
    other = await store.write(lambda tx: add_user(tx, email="leo@cafe.mx", name="", role="agent"))
    with pytest.raises(Conflict):
        await store.write(lambda tx: change_profile(tx, other, name="L", email="ana@cafe.mx"))
    assert {user.name for user in await store.read(list_users)} == {"Ana", "leo"}


@pytest.mark.parametrize(
    "email", ["", "ana", "ana@", "@cafe", "a b@cafe", "a@b@c", "x" * 80 + "@a"]
)
async def test_what_is_no_email_is_refused(store: Store, email: str) -> None:
    with pytest.raises(Unprocessable):
        await store.write(lambda tx: add_user(tx, email=email, name="X", role="agent"))


async def test_a_role_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(Unprocessable):
        await store.write(lambda tx: add_user(tx, email="a@b", name="X", role="owner"))


async def test_only_the_right_password_is_right() -> None:
    hashed = await hash_password("correct horse battery")
    assert "correct" not in hashed
    assert await verify_password("correct horse battery", hashed)
    assert not await verify_password("correct horse batterz", hashed)
    assert not await verify_password("", hashed)
    assert not await verify_password("anything at all", "")
    assert not await verify_password("nobody has this password", None)


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
async def test_passwords_have_a_sensible_length(password: str) -> None:
    with pytest.raises(Unprocessable):
        await hash_password(password)


async def test_guessing_is_stopped_for_the_account_and_for_the_address() -> None:
    attempts = SignInAttempts(
        per_account=RateLimitItemPerMinute(3), per_address=RateLimitItemPerMinute(6)
    )
    for _ in range(3):
        await attempts.count("ana@cafe.mx", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        await attempts.count(" ANA@cafe.mx", "10.0.0.2")
    await attempts.count("leo@cafe.mx", "10.0.0.1")
    await attempts.count("mia@cafe.mx", "10.0.0.1")
    await attempts.count("noa@cafe.mx", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        await attempts.count("zoe@cafe.mx", "10.0.0.1")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "desk.cafe.mx"},
        {"host": "desk.cafe.mx", "origin": "https://desk.cafe.mx"},
        {"host": "desk.cafe.mx", "origin": "http://desk.cafe.mx", "sec-fetch-site": "same-origin"},
        {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"},
        {"host": "inner:8080", "origin": "https://public.cafe.mx"},
    ],
)
def test_requests_of_our_own_pages_pass(headers: dict[str, str]) -> None:
    check_origin(headers, "https://public.cafe.mx")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "desk.cafe.mx", "origin": "https://evil.example"},
        {"host": "desk.cafe.mx", "origin": "https://desk.cafe.mx.evil.example"},
        {"host": "desk.cafe.mx", "origin": "https://evil.example/desk.cafe.mx"},
        {"host": "desk.cafe.mx:8080", "origin": "https://desk.cafe.mx:9090"},
        {"host": "desk.cafe.mx", "origin": "null"},
        {"host": "", "origin": ""},
        {"host": "desk.cafe.mx", "sec-fetch-site": "cross-site"},
        {"host": "desk.cafe.mx", "sec-fetch-site": "same-site"},
        {"host": "d", "origin": "https://d", "sec-fetch-site": "cross-site"},
    ],
)
def test_requests_of_other_sites_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        check_origin(headers)


@pytest.mark.parametrize("given", ["", "wrong", "tokeN", "token ", "tökén"])
def test_a_wrong_form_token_is_refused(given: str) -> None:
    check_token("token", "token")
    with pytest.raises(Forbidden):
        check_token("token", given)
