"""Getting into the desk, staying in, getting out; and what others cannot make one's browser do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from recado.conversations.queries import get_conversation
from recado.runtime import Runtime
from recado.security.model import UserSession
from recado.security.passwords import hash_password
from recado.security.sessions import create_sign_in_link
from recado.security.users import add_user, ensure_admin, find_by_email
from recado.store import Tx, now
from tests.desk.conftest import BASE, DeskUser, browser

PASSWORD = "a long enough password"
PAGES = ("/", "/simulator", "/knowledge", "/lines", "/dead-letters", "/team", "/profile")


@pytest.fixture
async def ana(runtime: Runtime) -> str:
    hashed = await hash_password(PASSWORD)
    return await runtime.store.write(
        lambda tx: add_user(tx, email="ana@cafe.mx", name="Ana", role="agent", password_hash=hashed)
    )


@pytest.mark.parametrize("path", [*PAGES, "/conversations/x?filter=mine", "/desk/list"])
async def test_nobody_sees_the_desk_without_signing_in(visitor: DeskUser, path: str) -> None:
    response = await visitor.get(path)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/signin")
    partial = await visitor.get(path, htmx=True)
    assert (partial.status_code, partial.headers["hx-redirect"]) == (401, "/signin")


async def test_nobody_writes_without_signing_in(visitor: DeskUser) -> None:
    response = await visitor.client.post("/simulator/messages", data={"text": "hola"})
    assert response.status_code == 401


async def test_one_comes_back_to_the_page_one_wanted(visitor: DeskUser, ana: str) -> None:
    wanted = (await visitor.get("/knowledge?x=1")).headers["location"]
    form = await visitor.get(wanted)
    assert 'value="/knowledge?x=1"' in form.text

    fields = {"email": "Ana@Cafe.mx", "password": PASSWORD, "next": "/knowledge?x=1"}
    response = await visitor.client.post("/signin", data=fields)
    assert (response.status_code, response.headers["location"]) == (303, "/knowledge?x=1")
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    await visitor.page("/")


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", "x"]
)
async def test_signing_in_never_leads_to_another_site(
    visitor: DeskUser, ana: str, wanted: str
) -> None:
    fields = {"email": "ana@cafe.mx", "password": PASSWORD, "next": wanted}
    response = await visitor.client.post("/signin", data=fields)
    assert response.headers["location"] == "/"


async def test_a_wrong_password_and_an_unknown_user_look_alike(visitor: DeskUser, ana: str) -> None:
    wrong = await visitor.client.post("/signin", data={"email": "ana@cafe.mx", "password": "no"})
    unknown = await visitor.client.post("/signin", data={"email": "leo@cafe.mx", "password": "no"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("ana@", "leo@") == unknown.text
    assert "recado_session" not in visitor.client.cookies


async def test_guessing_passwords_is_stopped(visitor: DeskUser, ana: str) -> None:
    for _ in range(5):
        await visitor.client.post("/signin", data={"email": "ana@cafe.mx", "password": "guess"})
    right = {"email": "ana@cafe.mx", "password": PASSWORD}
    response = await visitor.client.post("/signin", data=right)
    assert response.status_code == 429
    assert "retry-after" in response.headers


async def test_the_printed_link_opens_the_simulator_of_a_new_installation(
    visitor: DeskUser,
) -> None:
    store = visitor.runtime.store
    token = await create_sign_in_link(store, await ensure_admin(store))
    response = await visitor.get(f"/signin/{token}")
    assert (response.status_code, response.headers["location"]) == (303, "/simulator")
    assert "Simulator" in await visitor.page("/simulator")


async def test_looking_ahead_does_not_use_a_link_up(visitor: DeskUser) -> None:
    store = visitor.runtime.store
    path = f"/signin/{await create_sign_in_link(store, await ensure_admin(store))}"
    await visitor.client.head(path)
    await visitor.client.get(path, headers={"sec-purpose": "prefetch;prerender"})
    assert "recado_session" not in visitor.client.cookies
    assert (await visitor.get(path)).status_code == 303


async def test_a_used_link_lets_nobody_else_in_and_does_not_trouble_who_is_in(
    visitor: DeskUser, runtime: Runtime
) -> None:
    path = f"/signin/{await create_sign_in_link(runtime.store, await ensure_admin(runtime.store))}"
    await visitor.get(path)
    again = await visitor.get(path)
    assert again.status_code == 303
    async with browser(runtime) as somebody_else:
        refused = await somebody_else.get(path)
        assert refused.status_code == 401
        assert "recado_session" not in somebody_else.client.cookies


async def test_signing_out_ends_the_session_for_good(admin: DeskUser) -> None:
    stolen = admin.client.cookies["recado_session"]
    response = await admin.post("/signout", htmx=False)
    assert response.headers["location"] == "/signin"
    admin.client.cookies.clear()
    admin.client.cookies.set("recado_session", stolen)
    assert (await admin.get("/")).status_code == 303


async def test_a_session_in_use_goes_on_and_an_old_one_ends(admin: DeskUser) -> None:
    def set_end(tx: Tx, seconds: float) -> None:
        tx.execute(update(UserSession).values(expires_at=now() + seconds))

    await admin.runtime.store.write(lambda tx: set_end(tx, 3600))
    assert "recado_session" in (await admin.get("/")).headers["set-cookie"]
    assert "set-cookie" not in (await admin.get("/")).headers
    await admin.runtime.store.write(lambda tx: set_end(tx, -1))
    assert (await admin.get("/")).status_code == 303


async def test_over_https_the_cookie_is_for_https_only(runtime: Runtime) -> None:
    token = await create_sign_in_link(runtime.store, await ensure_admin(runtime.store))
    async with browser(runtime, "https://desk.test") as user:
        response = await user.get(f"/signin/{token}")
        assert "secure" in response.headers["set-cookie"].lower()


# Requests that another site makes in one's name


@pytest.fixture
async def conversation_id(admin: DeskUser) -> AsyncIterator[str]:
    """A conversation that is as it was at the end of the test."""
    id = await admin.add_conversation()
    yield id
    view = await admin.runtime.store.read(lambda tx: get_conversation(tx, id))
    assert view.state == "bot"


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({}, {}),
        ({"x-csrf-token": "wrong"}, {}),
        ({}, {"csrf_token": "wrong"}),
        ({"x-csrf-token": "RIGHT", "origin": "https://evil.example"}, {}),
        ({"x-csrf-token": "RIGHT", "origin": "null"}, {}),
        ({"x-csrf-token": "RIGHT", "sec-fetch-site": "cross-site"}, {}),
        ({"origin": "https://evil.example"}, {"csrf_token": "RIGHT"}),
    ],
)
async def test_a_forged_request_changes_nothing(
    admin: DeskUser, conversation_id: str, headers: dict[str, str], fields: dict[str, str]
) -> None:
    csrf = await admin.csrf()
    response = await admin.client.post(
        f"/conversations/{conversation_id}/takeover",
        headers={name: value.replace("RIGHT", csrf) for name, value in headers.items()},
        data={name: value.replace("RIGHT", csrf) for name, value in fields.items()},
    )
    assert response.status_code == 403


async def test_a_token_of_another_session_does_not_do(
    admin: DeskUser, runtime: Runtime, conversation_id: str
) -> None:
    async with browser(runtime) as other:
        await other.sign_in("agent")
        foreign = await other.csrf()
    response = await admin.client.post(
        f"/conversations/{conversation_id}/takeover", headers={"x-csrf-token": foreign}
    )
    assert response.status_code == 403


async def test_a_plain_form_with_the_token_works(admin: DeskUser) -> None:
    form = await admin.page("/profile")
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token
    fields = {"csrf_token": token[1], "name": "Ana", "email": "ana@cafe.mx", "language": "pt"}
    response = await admin.client.post("/profile", data=fields, headers={"origin": BASE})
    assert response.status_code == 303
    page = await admin.page("/profile")
    assert "Salvo." in page
    assert 'value="ana@cafe.mx"' in page
    assert "Salvo." not in await admin.page("/profile")


# Roles


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("agent", "/", 200),
        ("agent", "/simulator", 200),
        ("agent", "/knowledge", 200),
        ("agent", "/lines", 403),
        ("agent", "/dead-letters", 403),
        ("agent", "/team", 403),
        ("supervisor", "/lines", 200),
        ("supervisor", "/dead-letters", 200),
        ("supervisor", "/team", 403),
    ],
)
async def test_each_role_sees_its_pages(
    visitor: DeskUser, role: str, path: str, status: int
) -> None:
    await visitor.sign_in(role)
    assert (await visitor.get(path)).status_code == status


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("agent", "/knowledge"),
        ("agent", "/knowledge/x/remove"),
        ("agent", "/dead-letters/replay"),
        ("agent", "/lines"),
        ("supervisor", "/lines"),
        ("supervisor", "/team"),
        ("supervisor", "/team/x"),
    ],
)
async def test_nobody_changes_what_is_above_their_role(
    visitor: DeskUser, role: str, path: str
) -> None:
    await visitor.sign_in(role)
    assert (await visitor.post(path)).status_code == 403


async def test_one_sets_a_password_and_signs_in_with_it(visitor: DeskUser) -> None:
    await visitor.sign_in("agent")
    refused = await visitor.post("/profile/password", htmx=False, new="short")
    assert refused.status_code == 422
    assert (await visitor.post("/profile/password", htmx=False, new=PASSWORD)).status_code == 303
    other = await visitor.post("/profile/password", htmx=False, current="wrong", new="x" * 12)
    assert other.status_code == 422

    visitor.client.cookies.clear()
    fields = {"email": "agent@cafe.mx", "password": PASSWORD}
    assert (await visitor.client.post("/signin", data=fields)).status_code == 303


async def test_an_admin_invites_by_a_link_that_is_shown_once(
    admin: DeskUser, runtime: Runtime
) -> None:
    shown = await admin.post(
        "/team", htmx=False, name="Leo", email="leo@cafe.mx", role="supervisor"
    )
    link = re.search(r'value="(http://desk\.test/signin/[^"]+)"', shown.text)
    assert link
    assert link[1] not in await admin.page("/team")

    async with browser(runtime) as leo:
        response = await leo.get(link[1].replace("&amp;", "&"))
        assert (response.status_code, response.headers["location"]) == (303, "/profile")
        assert "leo@cafe.mx" in await leo.page("/profile")

        user = await runtime.store.read(lambda tx: find_by_email(tx, "leo@cafe.mx"))
        assert user is not None
        await admin.post(f"/team/{user.id}", action="disable")
        assert (await leo.get("/")).status_code == 303


async def test_nobody_takes_their_own_rights_away(admin: DeskUser) -> None:
    me = await ensure_admin(admin.runtime.store)
    assert (await admin.post(f"/team/{me}", action="role", role="agent")).status_code == 403
    assert (await admin.post(f"/team/{me}", action="disable")).status_code == 403
