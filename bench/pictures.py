"""How well and how fast what is printed in pictures is read here, and what its process takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable

import psutil

from bench.report import Report
from recado.media.reading.pictures.ocr import Ocr
from recado.media.reading.port import FileToRead
from tests.support.photographs import Photo, clean_photos, error_rate, hard_photos


async def pictures(report: Report) -> None:
    reader = Ocr()
    try:
        await _measure(report, reader, "clean", clean_photos(), goal="3 %")
        await _measure(
            report, reader, "turned, leaning, blurred, 12 MP", hard_photos(), goal="10 %"
        )
    finally:
        await reader.close()


async def _measure(
    report: Report, reader: Ocr, name: str, photos: Iterable[Photo], *, goal: str
) -> None:
    rates, took, spent, most = [], [], [], 0
    for photo in photos:
        file = FileToRead("", "image", photo.mime_type, "", photo.data)
        before, began = _seconds(reader), time.perf_counter()
        found = await reader.read(file)
        took.append(time.perf_counter() - began)
        spent.append(_seconds(reader) - before)
        rates.append(error_rate([it.text for it in found.pieces], photo.lines))
        most = max(most, _memory(reader))
    report.add(
        f"OCR, {len(rates)} photos, {name}",
        f"{statistics.mean(rates):.2%} of characters wrong",
        f"goal: {goal}; the worst photo {max(rates):.2%}; each {statistics.median(took):.1f} s,"
        f" {statistics.median(spent):.1f} s of a processor; its process {most / 2**20:.0f} MB",
    )


def _seconds(reader: Ocr) -> float:
    """Of computing, so far."""
    process = _process(reader)
    times = process.cpu_times() if process else None
    return times.user + times.system if times else 0.0


def _memory(reader: Ocr) -> int:
    process = _process(reader)
    return process.memory_info().rss if process else 0


def _process(reader: Ocr) -> psutil.Process | None:
    pid = reader._process.pid
    return psutil.Process(pid) if pid else None
