"""`GET /files/{token}`: a file for a provider that has its link (links.py)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from recado.errors import RecadoError
from recado.http.problems import problem_response
from recado.media.links import PREFIX, read_token
from recado.media.serve import serve_file
from recado.runtime import Runtime
from recado.store import now


def public_file_routes(runtime: Runtime) -> Sequence[BaseRoute]:
    async def show(request: Request) -> Response:
        try:
            media_id = read_token(runtime.cipher, request.path_params["token"], at=now())
            response = await serve_file(runtime, media_id, request.headers)
        except RecadoError as error:
            return problem_response(error, str(request.scope.get("trace_id", "")))
        response.headers["cache-control"] = "private, no-store"
        response.headers["referrer-policy"] = "no-referrer"
        response.headers["x-robots-tag"] = "noindex"
        return response

    return [Route(f"{PREFIX}{{token}}", show, methods=["GET"])]
