"""Who calls: the key of the installation, or a token that `recado users token` gave out.

The gate stands before the application: without a key not even a body is read.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from typing import Annotated

import msgspec
import structlog
from fastapi import Depends, Request
from sqlalchemy import or_, select, update
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from recado.errors import RecadoError, ServiceUnavailable, Unauthorized
from recado.http.problems import problem_response
from recado.runtime import Runtime
from recado.security.model import ApiToken, User
from recado.security.sessions import hash_token
from recado.security.users import Role, known_role
from recado.store import Tx, now

log = structlog.get_logger(__name__)

#: A token's last use is written no more often than this.
LAST_USED_SECONDS = 60.0


class Caller(msgspec.Struct, frozen=True):
    """`actor` is how logs name the caller: "api", or "user:<id>" for a user's own token, who has
    the user's `role`. `trace_id` is the request's, for the jobs that it gives rise to."""

    actor: str
    role: Role
    user_id: str | None = None
    trace_id: str = ""


class KeyGate:
    """ASGI: requests below `guarded` need a key; the caller is kept in the scope."""

    def __init__(self, app: ASGIApp, runtime: Runtime, *, guarded: str = "/api/") -> None:
        self._app = app
        self._runtime = runtime
        self._guarded = guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(self._guarded):
            try:
                scope["recado.caller"] = await self._caller(Headers(scope=scope))
            except RecadoError as error:
                if isinstance(error, Unauthorized):
                    self._report(scope)
                response = problem_response(error, str(scope.get("trace_id", "")))
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _caller(self, headers: Headers) -> Caller:
        """Raises Unauthorized, ServiceUnavailable."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise Unauthorized(
                "Send the header `Authorization: Bearer KEY`, with RECADO_API_KEY or a token from"
                " `recado users token`."
            )
        expected = self._runtime.api_key
        if expected and hmac.compare_digest(key.encode(), expected.encode()):
            return Caller("api", "admin")
        token = await self._runtime.store.read(lambda tx: _find_token(tx, key))
        if token is None:
            raise Unauthorized("The key is not known here, or it was revoked.")
        last_used_at, caller = token
        if now() - (last_used_at or 0.0) > LAST_USED_SECONDS:
            with suppress(ServiceUnavailable):  # a full disk: what is there can still be read
                await self._runtime.store.write(lambda tx: _note_use(tx, key))
        return caller

    def _report(self, scope: Scope) -> None:
        self._runtime.metrics.security_event("invalid_api_key")
        client = scope.get("client")
        log.warning("API key refused", security=True, client=client[0] if client else "")


def _find_token(tx: Tx, key: str) -> tuple[float | None, Caller] | None:
    known = (
        select(ApiToken.user_id, ApiToken.last_used_at, User.role)
        .outerjoin(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == hash_token(key),
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.user_id.is_(None), (User.id.is_not(None)) & User.disabled_at.is_(None)),
        )
    )
    row = tx.first(known)
    if row is None:
        return None
    if row.user_id is None:  # a program's, which whoever runs the installation has let in
        return row.last_used_at, Caller("api", "admin")
    return row.last_used_at, Caller(f"user:{row.user_id}", known_role(row.role), row.user_id)


def _note_use(tx: Tx, key: str) -> None:
    used = update(ApiToken).where(ApiToken.token_hash == hash_token(key))
    tx.execute(used.values(last_used_at=now()))


def _caller_of(request: Request) -> Caller:
    caller: Caller = request.scope["recado.caller"]
    return msgspec.structs.replace(caller, trace_id=str(request.scope.get("trace_id", "")))


def _runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


CallerDep = Annotated[Caller, Depends(_caller_of)]
RuntimeDep = Annotated[Runtime, Depends(_runtime_of)]
