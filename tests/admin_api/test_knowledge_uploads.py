"""Several files are learnt at once, each by itself."""

from __future__ import annotations

import httpx

from recado.runtime import Runtime


async def test_a_damaged_file_takes_no_other_with_it(
    runtime: Runtime, api: httpx.AsyncClient
) -> None:
    files = [
        ("files", ("horario.md", b"# Horario\n\nAbrimos de 9 a 18.", "text/markdown")),
        ("files", ("roto.pdf", b"%PDF-1.7 nothing of a PDF", "application/pdf")),
        ("files", ("precios.csv", b"producto;precio\nPan;2,50\n", "text/csv")),
    ]
    answer = await api.post("/api/v1/knowledge/uploads", files=files)
    assert answer.status_code == 200, answer.text
    first, broken, last = answer.json()["items"]
    assert (first["name"], first["problem"], first["source"]["passage_count"]) == (
        "horario.md",
        "",
        1,
    )
    assert broken["source"] is None
    assert broken["problem"]
    assert last["source"]["counts"]
    assert {source.name for source in await runtime.knowledge.list()} >= {
        "horario.md",
        "precios.csv",
    }
