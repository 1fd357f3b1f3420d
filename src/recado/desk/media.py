"""The files of messages, for whoever is signed in."""

from __future__ import annotations

from starlette.responses import Response

from recado.desk.visit import Visit
from recado.media.serve import serve_file


async def show(visit: Visit) -> Response:
    """`GET /media/{id}`; with `?download` it is saved and not shown."""
    request = visit.request
    download = "download" in request.query_params
    media_id = request.path_params["id"]
    return await serve_file(visit.runtime, media_id, request.headers, download=download)
