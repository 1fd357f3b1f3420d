"""The files of messages, for whoever is signed in."""

from __future__ import annotations

from starlette.responses import Response

from recado.desk.conversation import render_live
from recado.desk.queries import conversation_of_message
from recado.desk.visit import Visit
from recado.media.reading.jobs import try_again
from recado.media.serve import serve_file
from recado.media.thumbnails import serve_thumbnail
from recado.store import Tx


async def show(visit: Visit) -> Response:
    """`GET /media/{id}`; with `?download` it is saved and not shown."""
    request = visit.request
    download = "download" in request.query_params
    media_id = request.path_params["id"]
    return await serve_file(visit.runtime, media_id, request.headers, download=download)


async def again(visit: Visit) -> Response:
    """`POST /messages/{id}/file/again`: it is fetched, or read, once more."""
    id = visit.request.path_params["id"]

    def work(tx: Tx) -> str:
        try_again(tx, id)
        return conversation_of_message(tx, id)

    return await render_live(visit, await visit.runtime.store.write(work))


async def show_small(visit: Visit) -> Response:
    """`GET /media/{id}/small`: its thumbnail."""
    request = visit.request
    return await serve_thumbnail(visit.runtime, request.path_params["id"], request.headers)
