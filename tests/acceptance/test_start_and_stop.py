"""`recado up` as a person or a supervisor runs it: starts, says where it is, stops when told."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import free_port

pytestmark = pytest.mark.acceptance

#: That it stops by itself. The promised 15 seconds are those of a machine with less to do.
GRACE_SECONDS = 90
START_SECONDS = 180
EVENTS = "text/event-stream"


class Started:
    """A process with its output in files."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.out, self.err = folder / "stdout.txt", folder / "stderr.txt"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RECADO_", "WHATSAPP_", "DATABASE_"))
            or name.startswith("RECADO_TEST_")
        }
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "recado", *arguments, "--port", str(self.port)],
                cwd=folder,
                env={**environment, **settings},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def get(self, path: str) -> tuple[int, dict[str, str], Any]:
        with closing(self.connect()) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            body = answer.read()
        kind = headers.get("content-type", "")
        return answer.status, headers, json.loads(body) if "json" in kind else body.decode()

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def wait_until_ready(self) -> dict[str, Any]:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.said()}")
            try:
                status, _, body = self.get("/ready")
            except OSError:  # not listening yet
                time.sleep(0.05)
                continue
            if status == 200:
                found: dict[str, Any] = body
                return found
        raise AssertionError(f"not ready: {self.said()}")

    def wait_for_output(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.out.read_text()):
                return found
            time.sleep(0.05)
        raise AssertionError(f"{pattern} was not said: {self.said()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=GRACE_SECONDS)

    def said(self) -> str:
        return self.out.read_text() + self.err.read_text()


Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Started] = []

    def begin(*arguments: str, **settings: str) -> Started:
        folder = tmp_path / f"run-{len(started)}"
        settings.setdefault("RECADO_DATA", str(tmp_path / "data"))
        started.append(Started(folder, *arguments, **settings))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()


def test_from_nothing_it_becomes_ready_and_prints_a_link_that_signs_in_once(start: Start) -> None:
    recado = start("up")
    ready = recado.wait_until_ready()
    assert ready["status"] == "ready"
    link = recado.wait_for_output(rf"{recado.url}(/signin/\S+)")[1]
    first, _, _ = recado.get(link)
    assert first in {200, 302, 303}
    second, _, _ = recado.get(link)
    assert second in {401, 403, 404, 410}
    assert "Traceback" not in recado.said()
    assert link.rsplit("/", 1)[1] not in recado.err.read_text()  # links stay out of the log


def test_the_start_says_what_will_not_work_and_what_to_do(start: Start) -> None:
    recado = start("up", RECADO_MODEL="gpt-5", WHATSAPP_ACCESS_TOKEN="a token of Meta's")
    recado.wait_for_output("Stop with")
    said = recado.out.read_text()
    assert "✗ RECADO_MODEL is gpt-5" in said
    assert "write openai:gpt-5" in said
    assert "✗ WHATSAPP_APP_SECRET is not set, so WhatsApp" in said
    assert "✗ WHATSAPP_VERIFY_TOKEN is not set, so WhatsApp" in said
    assert "✗ WHATSAPP_PHONE_NUMBER_ID is not set, so WhatsApp" in said
    assert "WHATSAPP_ACCESS_TOKEN is not set" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_within_its_grace_and_with_success(start: Start, number: int) -> None:
    recado = start("up")
    recado.wait_until_ready()
    assert recado.stop(number) == 0
    assert "Traceback" not in recado.said()


def test_an_open_live_page_does_not_hold_up_a_stop(start: Start) -> None:
    recado = start("up")
    recado.wait_until_ready()
    link = recado.wait_for_output(rf"{recado.url}(/signin/\S+)")[1]
    cookie = recado.get(link)[1]["set-cookie"].partition(";")[0]
    with closing(recado.connect()) as page:
        page.request("GET", "/desk/stream", headers={"cookie": cookie, "accept": EVENTS})
        stream = page.getresponse()
        assert stream.status == 200
        assert stream.headers["content-type"].startswith(EVENTS)
        assert recado.stop() == 0


def test_told_to_stop_while_it_starts_it_ends_with_success(start: Start) -> None:
    recado = start("up")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not (recado.out.parent.parent / "data").exists():
        time.sleep(0.01)
    assert recado.stop() in {0, -signal.SIGTERM}
    assert "Traceback" not in recado.said()


def test_the_key_is_shown_at_the_first_start_alone_and_stays_the_same(
    start: Start, tmp_path: Path
) -> None:
    first = start("up")
    first.wait_until_ready()
    key = first.wait_for_output(r"API key\s+(\S+)")[1]
    kept = tmp_path / "data" / "api_key"
    assert kept.read_text() == key
    assert kept.stat().st_mode & 0o077 == 0
    first.stop()
    second = start("up")
    second.wait_until_ready()
    second.wait_for_output("/signin/")
    assert key not in second.said()
    assert kept.read_text() == key


def test_a_given_key_is_never_shown(start: Start) -> None:
    recado = start("up", RECADO_API_KEY="a-key-of-my-own-choice")
    recado.wait_until_ready()
    recado.wait_for_output("/signin/")
    assert "a-key-of-my-own-choice" not in recado.said()


def test_two_processes_share_one_data_folder(start: Start) -> None:
    one, other = start("up"), start("up")
    one.wait_until_ready()
    other.wait_until_ready()
    assert one.stop() == 0
    assert other.get("/ready")[0] == 200
    assert other.stop() == 0


def test_it_starts_again_after_it_was_killed(start: Start) -> None:
    first = start("up")
    first.wait_until_ready()
    first.process.kill()
    first.process.wait()
    second = start("up")
    assert second.wait_until_ready()["status"] == "ready"


def test_a_single_service_serves_its_own_routes_only(start: Start) -> None:
    ingest = start("serve", "ingest", SERVICE_NAME="front")
    assert ingest.wait_until_ready()["services"] == ["ingest"]
    status, headers, problem = ingest.get("/api/v1/conversations")
    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-service-name"] == "front"
    assert headers["x-trace-id"] == problem["trace_id"]
    assert "server" not in headers
    assert ingest.get("/webhooks/whatsapp")[0] == 403
    assert ingest.stop() == 0


def test_every_answer_carries_trace_id_service_and_version(start: Start) -> None:
    recado = start("up")
    recado.wait_until_ready()
    for path in ("/health", "/metrics", "/nothing-here", "/api/v1/lines", "/openapi.json"):
        _, headers, _ = recado.get(path)
        assert headers["x-trace-id"], path
        assert headers["x-service-name"] == "recado"
        assert headers["x-service-version"]


def test_a_taken_port_is_one_line(start: Start, tmp_path: Path) -> None:
    recado = start("up")
    recado.wait_until_ready()
    second = subprocess.run(
        [sys.executable, "-m", "recado", "up", "--port", str(recado.port)],
        cwd=tmp_path,
        env={**os.environ, "RECADO_DATA": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    assert second.returncode == 1
    assert second.stderr.startswith(f"recado: Port {recado.port} on 127.0.0.1 is in use.")
    assert second.stderr.count("\n") == 1


def test_its_log_is_json_for_a_supervisor_and_its_greeting_is_not_in_it(start: Start) -> None:
    recado = start("up")
    recado.wait_until_ready()
    recado.get("/nothing-here")
    recado.stop()
    lines = [json.loads(line) for line in recado.err.read_text().splitlines()]
    request = next(line for line in lines if line.get("path") == "/nothing-here")
    assert request["status"] == 404
    assert len(request["trace_id"]) == 32
    assert "is running on" in recado.out.read_text()
