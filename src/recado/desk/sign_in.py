"""Signing in and out: e-mail and password, or a link that works once; and one's own profile."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from recado.desk.queries import only_simulator
from recado.desk.visit import COOKIE, Visit
from recado.desk.words import LANGUAGES
from recado.errors import RecadoError, Unauthorized, Unprocessable
from recado.security.audit import record
from recado.security.passwords import hash_password, verify_password
from recado.security.sessions import SESSION_OPENED, close_session, open_session, use_sign_in_link
from recado.security.users import change_profile, find_by_email, get_user, set_password_hash
from recado.store import Tx

REFUSED = "The e-mail or the password is not right."


async def show(visit: Visit) -> Response:
    """`GET /signin`"""
    if visit.session is not None:
        return RedirectResponse(_local(visit.request.query_params.get("next", "")), 303)
    return _form(visit)


async def submit(visit: Visit) -> Response:
    """`POST /signin`: e-mail and password. Wrong ones take as long as right ones."""
    email, password = await visit.field("email"), await visit.field("password")
    try:
        client = visit.request.client
        await visit.desk.attempts.count(email, client.host if client else "")
        user = await visit.runtime.store.read(lambda tx: find_by_email(tx, email))
        right = await verify_password(password, user.password_hash if user else None)
        if user is None or not right or user.disabled_at is not None:
            raise Unauthorized(REFUSED)
    except RecadoError as error:
        response = _form(visit, status=error.status, error=error.detail, email=email)
        if error.status == 429:
            response.headers["retry-after"] = "60"
        return response
    return await _enter(visit, user.id, _local(await visit.field("next")), "password")


async def follow_link(visit: Visit) -> Response:
    """`GET /signin/{token}`: signs in once. A browser that only looks ahead uses nothing up."""
    request = visit.request
    ahead = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    if request.method == "HEAD" or "prefetch" in ahead:
        return Response(status_code=204)
    wanted = request.query_params.get("next", "")
    simulator = await visit.runtime.store.read(only_simulator)
    to = _local(wanted, "/simulator" if simulator else "/")
    try:
        user_id = await visit.runtime.store.write(
            lambda tx: use_sign_in_link(tx, request.path_params["token"])
        )
    except Unauthorized as error:
        if visit.session is not None:  # clicked twice: already in
            return RedirectResponse(to, 303)
        return _form(visit, status=error.status, error=error.detail)
    return await _enter(visit, user_id, to, "link")


async def sign_out(visit: Visit) -> Response:
    """`POST /signout`"""
    session = visit.user
    await visit.runtime.store.write(lambda tx: close_session(tx, session))
    response = visit.done("/signin")
    response.delete_cookie(COOKIE)
    response.headers["clear-site-data"] = '"cache"'
    return response


async def _enter(visit: Visit, user_id: str, to: str, way: str) -> Response:
    before = visit.session

    def work(tx: Tx) -> str:
        if before is not None:
            close_session(tx, before)
        record(tx, f"user:{user_id}", SESSION_OPENED, user_id, {"way": way})
        return open_session(tx, user_id)

    token = await visit.runtime.store.write(work)
    response = RedirectResponse(to, 303)
    visit.desk.set_cookie(visit.request, response, token)
    return response


def _form(visit: Visit, *, status: int = 200, error: str = "", email: str = "") -> Response:
    wanted = visit.request.query_params.get("next", "")
    return visit.render("signin.html", status=status, error=error, email=email, next=wanted)


def _local(to: str, default: str = "/") -> str:
    """Where to go after: a path of this desk, never another site."""
    parts = urlsplit(to)
    safe = to.startswith("/") and not to.startswith(("//", "/\\")) and "\\" not in to
    return to if safe and not parts.scheme and not parts.netloc else default


# One's own profile


async def show_profile(visit: Visit) -> Response:
    """`GET /profile`"""
    user_id = visit.user.user_id
    user = await visit.runtime.store.read(lambda tx: get_user(tx, user_id))
    return visit.render("profile.html", has_password=bool(user.password_hash), languages=LANGUAGES)


async def save_profile(visit: Visit) -> Response:
    """`POST /profile`: name, e-mail and language."""
    name, email = await visit.field("name"), await visit.field("email")
    language = await visit.field("language")
    user_id = visit.user.user_id
    await visit.runtime.store.write(lambda tx: change_profile(tx, user_id, name=name, email=email))
    visit.language = language if language in LANGUAGES else visit.language
    response = visit.done("/profile", visit.say("Saved."))
    if language in LANGUAGES:
        response.set_cookie("language", language, max_age=31_536_000, samesite="lax")
    else:
        response.delete_cookie("language")
    return response


async def save_password(visit: Visit) -> Response:
    """`POST /profile/password`: all other sessions of the user end."""
    session = visit.user
    current, new = await visit.field("current"), await visit.field("new")
    user = await visit.runtime.store.read(lambda tx: get_user(tx, session.user_id))
    if user.password_hash:
        await visit.desk.attempts.count(user.email, "profile")
        if not await verify_password(current, user.password_hash):
            raise Unprocessable("The present password is not right.")
    hashed = await hash_password(new)

    def work(tx: Tx) -> None:
        set_password_hash(tx, session.user_id, hashed, keep=session.token_hash)
        record(tx, session.actor, "password.changed", session.user_id)

    await visit.runtime.store.write(work)
    return visit.done(
        "/profile", visit.say("Your password is set. Other browsers were signed out.")
    )
