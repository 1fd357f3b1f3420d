"""A file is what its content is, and a file that lies is refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from recado.errors import FileRefused
from recado.media.checks import check_file, download_name, safe_filename
from recado.media.sniff import OCTETS
from tests.support.files import (
    ELF,
    HTML,
    MP4,
    PDF,
    SVG,
    VOICE,
    archive,
    picture,
    word_document,
)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("data", "declared", "message_type", "found"),
    [
        (picture(), "image/jpg", "image", "image/jpeg"),
        (picture("PNG"), "image/jpeg", "image", "image/png"),
        (picture("WEBP"), "image/webp", "sticker", "image/webp"),
        (VOICE, "audio/ogg; codecs=opus", "audio", "audio/ogg"),
        (MP4, "video/mp4", "video", "video/mp4"),
        (PDF, "application/octet-stream", "document", "application/pdf"),
        (word_document(), "application/zip", "document", DOCX),
        (b"a,b\n1,2\n", "text/csv", "document", "text/csv"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "application/gzip", "document", "application/x-gzip"),
        ("¿Qué tal?".encode("latin-1"), "", "document", "text/plain"),
    ],
)
def test_relatives_are_taken_and_the_content_decides(
    data: bytes, declared: str, message_type: str, found: str
) -> None:
    assert check_file(data, declared, message_type) == found


@pytest.mark.parametrize(
    ("data", "declared", "message_type"),
    [
        (HTML, "image/jpeg", "image"),
        (ELF, "image/jpeg", "image"),
        (archive(a=b"x"), "image/png", "image"),
        (SVG, "image/svg+xml", "image"),
        (HTML, "audio/ogg", "audio"),
        (ELF, "video/mp4", "video"),
        (HTML, "application/pdf", "document"),
        (ELF, "application/pdf", "document"),
        (picture(), "application/pdf", "document"),
        (b"\x00\x01\x02 nothing known", "image/png", "image"),
    ],
)
def test_a_file_that_says_it_is_something_else_is_refused_with_the_reason(
    data: bytes, declared: str, message_type: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        check_file(data, declared, message_type)
    assert "says that it is" in refused.value.detail or "is not taken as" in refused.value.detail


def test_a_small_picture_that_draws_far_too_many_pixels_is_refused() -> None:
    data = picture("PNG", (9_000, 9_000))
    assert len(data) < 1_000_000
    with pytest.raises(FileRefused, match="pixels"):
        check_file(data, "image/png", "image")


def test_a_picture_whose_header_claims_more_than_it_has_is_refused() -> None:
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    data += struct.pack(">I", zlib.crc32(chunk)) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
    with pytest.raises(FileRefused, match="pixels"):
        check_file(data, "image/png", "image")


def test_a_moving_picture_without_end_is_refused() -> None:
    data = io.BytesIO()
    frames = [Image.new("1", (4, 4), index % 2) for index in range(1_100)]
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], optimize=False)
    with pytest.raises(FileRefused, match="frames"):
        check_file(data.getvalue(), "image/gif", "image")


def test_a_damaged_picture_is_refused() -> None:
    with pytest.raises(FileRefused, match="damaged"):
        check_file(picture()[:20], "image/jpeg", "image")


def test_an_archive_that_unpacks_to_far_too_much_is_refused() -> None:
    data = word_document(bytes(60 * 1024 * 1024))
    assert len(data) < 100_000
    for declared in (DOCX, "application/zip", ""):
        with pytest.raises(FileRefused, match="unpacks"):
            check_file(data, declared, "document")


def test_an_archive_of_far_too_many_files_is_refused_before_its_list_is_read() -> None:
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, *(0,) * 8, 1, *(0,) * 6) + b"a"
    entries = entry * 25_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 25_000, 25_000, len(entries), 30, 0)
    with pytest.raises(FileRefused, match="20000 files"):
        check_file(b"PK\x03\x04" + bytes(26) + entries + end, "application/zip", "document")


@pytest.mark.parametrize(
    "declared",
    [
        "application/x-a\r\nset-cookie: a=b\r\n\r\n<script>alert(1)</script>",
        "application/x-\u65e5\u672c",
        "application/a b",
        "../../etc",
    ],
)
def test_what_a_sender_calls_a_type_never_gets_into_a_header(declared: str) -> None:
    assert check_file(b"\x00\x01\x02 nothing known", declared, "document") == OCTETS
    assert check_file(b"some words", declared, "document") == "text/plain"


@pytest.mark.parametrize("declared", ["text/javascript", "application/javascript", "text/css"])
def test_no_page_of_ours_can_run_what_somebody_has_sent(declared: str) -> None:
    assert check_file(b"alert(1)", declared, "document") == "text/plain"


def test_names_lose_paths_and_what_misleads() -> None:
    assert safe_filename("../../etc/passwd") == "passwd"
    assert safe_filename("C:\\Users\\ana\\factura.pdf") == "factura.pdf"
    assert safe_filename("photo\u202egpj.exe\r\n") == "photogpj.exe"
    assert len(safe_filename("a" * 500 + ".pdf")) == 240
    assert safe_filename("a" * 500 + ".pdf").endswith(".pdf")
    assert download_name("", "abc", "audio/ogg") == "abc.ogg"
