"""A visit: one request to the desk with the user behind it, and the edge around every page.

The edge finds the session, refuses forged requests and those above the user's role, turns errors
into pages, and puts the security headers on every response. A page is then a plain function:

    async def show(visit: Visit) -> Response
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import structlog
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from recado.desk.headers import secure
from recado.desk.render import build_environment
from recado.desk.words import choose_language, plural_translator, translator
from recado.errors import (
    BadRequest,
    Forbidden,
    HeldByColleague,
    RecadoError,
    ServiceUnavailable,
    TooLarge,
    TooManyRequests,
)
from recado.http.edge import read_natural
from recado.runtime import Runtime
from recado.security.attempts import SignInAttempts
from recado.security.forgery import FIELD, HEADER, SAFE_METHODS, check_origin, check_token
from recado.security.rights import Action, may, require
from recado.security.sessions import SESSION_SECONDS, Session, find_session, slide_session
from recado.security.users import known_role

COOKIE = "recado_session"
#: What was done, told by the page after it.
FLASH = "recado_flash"
#: What stands in an address for itself; Starlette's redirection has the same.
_ADDRESS = ":/%#?=@[]!$&'()*+,;"
#: Knowledge files may have 20 MB; the rest of a form is small.
MAX_BODY_BYTES = 21 * 1024 * 1024

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Visit:
    request: Request
    desk: Desk
    session: Session | None
    language: str

    @property
    def runtime(self) -> Runtime:
        return self.desk.runtime

    @property
    def user(self) -> Session:
        """Raises Forbidden on a page that is open to all; pages of the team always have one."""
        if self.session is None:
            raise Forbidden("Sign in first.")
        return self.session

    @property
    def theme(self) -> str:
        theme = self.request.cookies.get("theme", "")
        return theme if theme in {"light", "dark"} else ""

    @property
    def is_partial(self) -> bool:
        """Does htmx ask, and for a part of the page?"""
        headers = self.request.headers
        return "hx-request" in headers and "hx-history-restore-request" not in headers

    def may(self, action: Action) -> bool:
        return self.session is not None and may(known_role(self.session.role), action)

    def say(self, text: str, **values: object) -> str:
        return translator(self.language)(text, **values)

    async def form(self) -> FormData:
        """Raises BadRequest: it cannot be read."""
        try:
            return await self.request.form(max_files=20, max_fields=1200)
        except HTTPException as error:
            raise BadRequest(f"The form cannot be read: {error.detail}") from error
        except (ValueError, LookupError, MultiPartException) as error:
            raise BadRequest("The form cannot be read.") from error

    async def field(self, name: str) -> str:
        """A text field of the form; "" when it is not there."""
        value = (await self.form()).get(name, "")
        return value if isinstance(value, str) else ""

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        page = self.desk.environment.get_template(template)
        flash = "" if self.is_partial else unquote(self.request.cookies.get(FLASH, ""))
        say, count = translator(self.language), plural_translator(self.language)
        html = page.render(visit=self, _=say, ngettext=count, flash=flash, **context)
        response = HTMLResponse(html, status)
        if flash:
            response.delete_cookie(FLASH)
        return response

    def ngettext(self, one: str, many: str, count: int) -> str:
        """What is counted, in the form that this many need."""
        return plural_translator(self.language)(one, many, count)

    def done(self, to: str, message: str = "") -> Response:
        """After a change: on to a page, which says what was done."""
        response = Response(status_code=204, headers={"hx-redirect": quote(to, safe=_ADDRESS)})
        if not self.is_partial:
            response = RedirectResponse(to, 303)
        if message:
            response.set_cookie(FLASH, quote(message), max_age=60, httponly=True, samesite="lax")
        return response

    def nothing(self, message: str = "") -> Response:
        """After a change that the page shows by itself; `message` tells those who cannot see it."""
        told = toast(message, "quiet") if message else ""
        headers = {"hx-trigger": told} if told else {}
        return Response(status_code=204, headers=headers)


Page = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Desk:
    """What all pages share, and the edge around them."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.environment = build_environment()
        self.attempts = SignInAttempts()

    def get(self, path: str, page: Page, action: Action) -> Route:
        return DeskRoute(self, path, page, action, ["GET"])

    def post(self, path: str, page: Page, action: Action) -> Route:
        return DeskRoute(self, path, page, action, ["POST"])

    def open_to_all(self, path: str, page: Page, methods: list[str]) -> Route:
        return DeskRoute(self, path, page, None, methods)

    def endpoint(self, page: Page, action: Action | None) -> Endpoint:
        """The ASGI side of a page. `action` None: nobody needs to be signed in."""

        async def serve(request: Request) -> Response:
            visit = Visit(request, self, None, choose_language(request))
            try:
                visit.session = await self._session(request)
                if action is not None and visit.session is None:
                    response = _to_sign_in(visit)
                else:
                    await _admit(visit, action)
                    response = await page(visit)
            except RecadoError as error:
                response = _failed(visit, error)
            except Exception:  # the edge: logged once, and the visitor gets a page
                log.exception("desk.page_failed", path=request.url.path)
                response = _failed(visit, RecadoError("The error was logged. Try again."))
            await self._slide(visit, response)
            return secure(response)

        return serve

    async def _session(self, request: Request) -> Session | None:
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        return await self.runtime.store.read(lambda tx: find_session(tx, token))

    async def _slide(self, visit: Visit, response: Response) -> None:
        session = visit.session
        if session is None or not session.wants_sliding or "set-cookie" in response.headers:
            return
        try:
            await self.runtime.store.write(lambda tx: slide_session(tx, session))
        except ServiceUnavailable:  # a full disk: pages are still read
            return
        self.set_cookie(visit.request, response, visit.request.cookies[COOKIE])

    def set_cookie(self, request: Request, response: Response, token: str) -> None:
        response.set_cookie(
            COOKIE,
            token,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=self._is_secure(request),
        )

    def _is_secure(self, request: Request) -> bool:
        if request.url.scheme == "https":
            return True
        public = urlsplit(self.runtime.settings.public_url)
        return public.scheme == "https" and public.netloc == request.headers.get("host")


class DeskRoute(Route):
    """`action` None: nobody needs to be signed in."""

    def __init__(
        self, desk: Desk, path: str, page: Page, action: Action | None, methods: list[str]
    ) -> None:
        super().__init__(path, desk.endpoint(page, action), methods=methods)
        self.action = action


async def _admit(visit: Visit, action: Action | None) -> None:
    """Raises Forbidden and TooLarge: what must not even be looked at."""
    request = visit.request
    if request.method not in SAFE_METHODS:
        check_origin(request.headers, visit.runtime.settings.public_url)
        _check_length(request)
        if visit.session is not None and action is not None:
            given = request.headers.get(HEADER) or await visit.field(FIELD)
            check_token(visit.session.csrf_token, given)
    if action is not None:
        require(known_role(visit.user.role), action)


def _check_length(request: Request) -> None:
    length = read_natural(request.headers.get("content-length", "0"))
    if length is None:
        raise BadRequest("The Content-Length is not a number.")
    if "transfer-encoding" in request.headers and "content-length" not in request.headers:
        raise BadRequest("Send the form with its Content-Length.")
    if length > MAX_BODY_BYTES:
        raise TooLarge("A file may have up to 20 MB.")


def _to_sign_in(visit: Visit) -> Response:
    if visit.is_partial:
        return Response(status_code=401, headers={"hx-redirect": "/signin"})
    request = visit.request
    if request.method not in SAFE_METHODS or "text/html" not in request.headers.get("accept", "*"):
        return Response("Sign in first.", 401, media_type="text/plain")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    to = "/signin" if wanted == "/" else f"/signin?next={quote(wanted, safe='')}"
    return RedirectResponse(to, 303)


def _failed(visit: Visit, error: RecadoError) -> Response:
    """The error as a page, or, where a part was asked for, as a line that comes and goes; what
    may be done after a question, as the question (static/js/question.js)."""
    if visit.is_partial and isinstance(error, HeldByColleague):
        doing = visit.request.url.path.rpartition("/")[2]
        response = visit.render("parts/question.html", status=409, error=error, doing=doing)
        response.headers.update({"x-question": error.holder, "hx-reswap": "none"})
        return response
    if visit.is_partial:
        headers = {"hx-trigger": toast(visit.say(error.detail), "bad"), "hx-reswap": "none"}
        response = Response(status_code=error.status, headers=headers)
    else:
        response = visit.render(
            "error.html",
            status=error.status,
            title=error.title,
            detail=error.detail,
            trace_id=structlog.contextvars.get_contextvars().get("trace_id", ""),
            phrase=HTTPStatus(error.status).phrase,
        )
    if isinstance(error, TooManyRequests):
        response.headers["retry-after"] = str(round(error.retry_after_seconds))
    return response


def toast(text: str, kind: str = "good") -> str:
    """A line that comes and goes, as `HX-Trigger`: ASCII, for json escapes what is not."""
    return json.dumps({"toast": {"text": text, "kind": kind}})
