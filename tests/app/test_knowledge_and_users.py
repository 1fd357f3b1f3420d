"""Teaching the assistant and letting people in, from the terminal."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from tests.app.conftest import Recado


def test_what_is_added_is_listed_and_found(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "faq.md").write_text("# Horario\n\nAbrimos los lunes de 9:00 a 14:00.\n")
    added = recado("knowledge", "add", "faq.md")
    assert added.exit_code == 0, added.output
    assert "faq.md" in added.output
    listed = recado("knowledge", "list")
    assert "faq.md" in listed.output
    assert "sample" not in listed.output  # the operator's own takes the sample's place
    found = recado("knowledge", "search", "¿a qué hora abren los lunes?")
    assert "faq.md › Horario" in found.output
    assert "9:00" in found.output


def test_a_file_that_is_not_there_is_named(recado: Recado) -> None:
    result = recado("knowledge", "add", "missing.pdf")
    assert result.exit_code == 1
    assert "missing.pdf" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_page_that_cannot_be_read_is_told_why_beside_the_files(
    recado: Recado, tmp_path: Path
) -> None:
    (tmp_path / "faq.md").write_text("# Horario\n\nAbrimos los lunes de 9:00 a 14:00.\n")
    result = recado("knowledge", "add", "--daily", "faq.md", "https://127.0.0.1/horario")
    assert result.exit_code == 1
    assert "faq.md" in result.stdout
    assert "https://127.0.0.1/horario: The page cannot be read." in result.stderr


def test_a_file_that_cannot_be_read_is_told_why(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    result = recado("knowledge", "add", "broken.pdf")
    assert result.exit_code == 1
    assert "broken.pdf" in result.stderr
    assert "Traceback" not in result.output


def test_a_link_leads_to_where_the_desk_listens(recado: Recado, tmp_path: Path) -> None:
    recado("users", "add", "ana@example.org")
    (tmp_path / "data" / "desk_address").write_text("http://127.0.0.1:9123\n")
    link = recado("users", "link", "ana@example.org")
    assert link.output.startswith("http://127.0.0.1:9123/signin/")


def test_a_new_user_gets_a_link_and_is_listed(recado: Recado, tmp_path: Path) -> None:
    added = recado("users", "add", "Ana@Example.org", "--name", "Ana", "--role", "supervisor")
    assert added.exit_code == 0, added.output
    assert "/signin/" in added.output
    assert "ana@example.org\tAna\tsupervisor\tenabled" in recado("users", "list").output
    link = recado("users", "link", "ana@example.org", RECADO_PUBLIC_URL="https://desk.example.org")
    assert link.output.startswith("https://desk.example.org/signin/")
    token = link.output.strip().rsplit("/", 1)[1]
    with sqlite3.connect(tmp_path / "data" / "recado.db") as database:
        assert token not in "\n".join(database.iterdump())


def test_wrong_users_are_refused_in_one_line(recado: Recado) -> None:
    for arguments in (
        ("add", "no e-mail"),
        ("add", "a@example.org", "--role", "king"),
        ("link", "nobody@example.org"),
        ("token", "nobody@example.org"),
    ):
        result = recado("users", *arguments)
        assert result.exit_code == 1, arguments
        assert result.stderr.count("\n") == 1
    recado("users", "add", "a@example.org")
    assert recado("users", "add", "a@example.org").exit_code == 1


def test_a_token_is_shown_once_and_only_its_hash_is_kept(recado: Recado, tmp_path: Path) -> None:
    made = recado("users", "token", "crm")
    assert made.exit_code == 0
    token = made.stdout.strip()
    assert token.startswith("recado_")
    with sqlite3.connect(tmp_path / "data" / "recado.db") as database:
        assert token not in "\n".join(database.iterdump())
        assert database.execute("SELECT name FROM api_token").fetchall() == [("crm",)]


def test_one_damaged_file_of_a_folder_takes_no_other_with_it(
    recado: Recado, tmp_path: Path
) -> None:
    folder = tmp_path / "manuals"
    folder.mkdir()
    (folder / "a-broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (folder / "prices.csv").write_text("Producto;Precio\nCasco;45\n;47\nTimbre;9\n")
    (folder / "sheet.xlsx").write_bytes(b"PK")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / "zone").mkdir()
    (folder / "zone" / "again.csv").write_bytes((folder / "prices.csv").read_bytes())
    (folder / "gone.txt").symlink_to(folder / "nothing.txt")
    (folder / "more").symlink_to(tmp_path)
    latin = os.fsdecode(os.fsencode(folder) + b"/men\xfa.txt")  # as an old Windows packs it
    Path(latin).write_text("Sopa del día, 60 pesos.")
    result = recado("knowledge", "add", "manuals")
    assert result.exit_code == 1
    assert "prices.csv (4 rows → 3 passages" in result.output
    assert "The PDF is damaged" in result.stderr
    assert "sheet.xlsx: The document is damaged" in result.stderr
    assert "gone.txt is a link to a file that is not there" in result.stderr
    assert f"more is a link to a folder: add {tmp_path} by itself" in result.stderr
    assert "added      menú.txt (1 line" in result.output
    assert "unchanged  zone/again.csv (4 rows" in result.output
    assert "Not learnt: 4 files (a-broken.pdf, gone.txt, more, sheet.xlsx)." in result.stderr
    assert "prices.csv" in recado("knowledge", "list").output
