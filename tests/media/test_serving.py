"""A stored file reaches whoever may have it, and runs nothing in their browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from recado.admin_api.app import api_routes
from recado.desk.routes import desk_routes
from recado.media.uploads import Kept, keep_upload
from recado.runtime import Runtime
from recado.security.sessions import create_sign_in_link
from recado.security.users import ensure_admin
from tests.support.files import HTML, PDF, SVG, VOICE, picture
from tests.support.runtime import api_client, make_runtime


@asynccontextmanager
async def desk(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with somebody of the team behind it."""
    app = Starlette(routes=list(desk_routes(runtime)))
    async with api_client(app, key=None) as client:
        user_id = await ensure_admin(runtime.store)
        await client.get(f"/signin/{await create_sign_in_link(runtime.store, user_id)}")
        yield client


async def keep(runtime: Runtime, data: bytes, filename: str = "") -> Kept:
    return await keep_upload(runtime, data, filename=filename, line_id="")


async def test_a_photo_is_shown_in_place_and_kept_by_this_browser_only(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime, desk(runtime) as client:
        kept = await keep(runtime, picture(), "gato.jpg")
        response = await client.get(f"/media/{kept.id}")
        assert (response.status_code, response.content) == (200, picture())
        assert response.headers["content-type"] == "image/jpeg"
        assert response.headers["content-length"] == str(len(picture()))
        assert response.headers["content-disposition"].startswith('inline; filename="gato.jpg"')
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]
        assert response.headers["cache-control"].startswith("private")
        etag = response.headers["etag"]
        again = await client.get(f"/media/{kept.id}", headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        saved = await client.get(f"/media/{kept.id}?download")
        assert saved.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(("data", "name"), [(HTML, "cuenta.html"), (SVG, "logo.svg")])
async def test_pages_and_drawings_are_downloads_and_run_nothing(
    tmp_path: Path, data: bytes, name: str
) -> None:
    async with make_runtime(tmp_path) as runtime, desk(runtime) as client:
        kept = await keep(runtime, data, name)
        response = await client.get(f"/media/{kept.id}")
        assert response.headers["content-disposition"].startswith("attachment")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]
        assert "script-src" not in response.headers["content-security-policy"]


async def test_players_get_the_part_that_they_ask_for(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime, desk(runtime) as client:
        kept = await keep(runtime, VOICE)
        size = len(VOICE)

        async def part(wanted: str, **more: str) -> tuple[int, bytes, str]:
            response = await client.get(f"/media/{kept.id}", headers={"range": wanted, **more})
            return response.status_code, response.content, response.headers.get("content-range", "")

        assert await part("bytes=0-1") == (206, VOICE[:2], f"bytes 0-1/{size}")
        assert await part("bytes=10-") == (206, VOICE[10:], f"bytes 10-{size - 1}/{size}")
        assert await part("bytes=-5") == (206, VOICE[-5:], f"bytes {size - 5}-{size - 1}/{size}")
        assert await part("bytes=0-99999") == (206, VOICE, f"bytes 0-{size - 1}/{size}")
        assert await part(f"bytes={size}-") == (416, b"", f"bytes */{size}")
        assert (await part("bytes=5-2"))[0] == 416
        assert (await part("lines=1-2"))[:2] == (200, VOICE)
        other = {"if-range": '"another"'}
        assert (await part("bytes=0-1", **other))[:2] == (200, VOICE)


async def test_a_name_in_any_alphabet_survives_and_breaks_no_header(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime, desk(runtime) as client:
        kept = await keep(runtime, PDF, 'menú "día"\r\nx: y.pdf')
        header = (await client.get(f"/media/{kept.id}")).headers["content-disposition"]
        assert 'filename="men_ _d_a_x: y.pdf"' in header
        assert "filename*=UTF-8''men%C3%BA%20%22d%C3%ADa%22x%3A%20y.pdf" in header


async def test_strangers_get_no_file(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        kept = await keep(runtime, picture())
        async with api_client(Starlette(routes=list(desk_routes(runtime))), key=None) as client:
            response = await client.get(f"/media/{kept.id}", headers={"accept": "image/*"})
            assert response.status_code == 401
        routes = list(api_routes(runtime))
        async with api_client(Starlette(routes=routes), key=None) as client:
            for path in (f"/api/v1/media/{kept.id}", f"/api/v1/media/{kept.id}/content"):
                assert (await client.get(path)).status_code == 401


async def test_a_program_uploads_a_file_and_reads_it_back(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        app = Starlette(routes=list(api_routes(runtime)))
        async with api_client(app) as api:
            files = {"file": ("carta.pdf", PDF, "application/pdf")}
            made = await api.post("/api/v1/media", files=files)
            assert made.status_code == 201
            view = made.json()
            assert view["mime_type"] == "application/pdf"
            assert (view["state"], view["direction"]) == ("stored", "outbound")
            assert (await api.get(f"/api/v1/media/{view['id']}")).json() == view
            content = await api.get(f"/api/v1/media/{view['id']}/content")
            assert content.content == PDF
            assert (await api.get("/api/v1/media/nothing")).status_code == 404
            assert (await api.get("/api/v1/media/nothing/content")).status_code == 404


async def test_an_upload_that_lies_about_itself_is_refused_in_words(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        app = Starlette(routes=list(api_routes(runtime)))
        async with api_client(app) as api:
            files = {"file": ("foto.jpg", HTML, "image/jpeg")}
            response = await api.post("/api/v1/media", files=files)
            assert response.status_code == 422
            assert "image/jpeg, and is text/html" in response.json()["detail"]
            empty = await api.post("/api/v1/media", files={"file": ("a.txt", b"", "text/plain")})
            assert empty.status_code == 422
            field = await api.post("/api/v1/media", data={"file": "@foto.jpg"})
            assert field.json()["detail"].startswith("body.file: Send a file here")
