"""`/docs`: the pages that show the OpenAPI description, from this host alone.

FastAPI's own load their script from another host; here it is part of the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from recado.errors import NotFound
from recado.http.problems import problem_response

FOLDER = Path(__file__).parent / "docs"
FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "start.js": "text/javascript",
}
#: As strict as the desk's: nothing from another host, no script or style within the page.
#: https://www.w3.org/TR/CSP3/
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


def documentation_routes() -> Sequence[BaseRoute]:
    return [Route("/docs", _page), Route("/docs/{name}", _file)]


async def _page(_request: Request) -> Response:
    return FileResponse(FOLDER / "index.html", headers=HEADERS, media_type="text/html")


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in FILES:
        missing = NotFound(f"There is no {name!r} among the pages of the API.")
        return problem_response(missing, str(request.scope.get("trace_id", "")))
    headers = {**HEADERS, "cache-control": "public, max-age=3600"}
    return FileResponse(FOLDER / name, headers=headers, media_type=FILES[name])
