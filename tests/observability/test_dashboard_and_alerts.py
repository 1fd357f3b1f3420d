"""The dashboard, the alerts and the docs ask for metrics and labels that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from recado.observability.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "recado.json"
ALERTS = ROOT / "deploy" / "prometheus" / "recado-alerts.yaml"
FAMILIES = {family.name: family for family in CATALOGUE}
#: What Prometheus itself adds to every sample.
OF_PROMETHEUS = {"instance", "job"}
#: Metrics that are not ours: Prometheus' own, and the process's.
OTHERS = {"up", "process_resident_memory_bytes"}
FUNCTIONS = {
    *("sum", "min", "max", "rate", "increase", "histogram_quantile", "by", "without", "on"),
    *("and", "or", "ignoring"),
}  # fmt: skip


def panels() -> Iterator[dict[str, Any]]:
    yield from json.loads(DASHBOARD.read_text())["panels"]


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return list(group["rules"])


def expressions() -> Iterator[tuple[str, str, str]]:
    """Where it stands, the expression, and the text that shows its labels."""
    for panel in panels():
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']}", target["expr"], target["legendFormat"]
    for rule in rules():
        yield f"alert {rule['alert']}", rule["expr"], rule["annotations"]["summary"]
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    asked = page[page.index("## What to ask") :]
    for question, expression in re.findall(r"^\| ([^|`]+) \| `(.+)` \|$", asked, re.MULTILINE):
        yield f"docs: {question}", expression, ""


ALL = list(expressions())


def parts(expression: str) -> tuple[set[str], dict[str, set[str]], set[str]]:
    """The words outside of selectors, the labels that select by metric, those that group."""
    assert re.sub(r"[^(){}\[\]]", "", re.sub(r'"[^"]*"', "", expression)).count("(") == len(
        re.findall(r"\)", re.sub(r'"[^"]*"', "", expression))
    ), f"brackets of {expression}"
    selected: dict[str, set[str]] = {}
    for name, inside in re.findall(r"(\w+)\{([^}]*)\}", expression):
        labels = re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', inside)
        selected.setdefault(name, set()).update(labels)
    grouped: set[str] = set()
    for inside in re.findall(r"\b(?:by|without|on|ignoring) \(([^)]*)\)", expression):
        grouped |= {label.strip() for label in inside.split(",")}
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", expression)
    bare = re.sub(r"\b(by|without|on|ignoring) \([^)]*\)", "", bare)
    return set(re.findall(r"[a-zA-Z_]\w*", bare)), selected, grouped


def labels_of(name: str) -> set[str]:
    """The labels of a metric as it is asked for. Fails where there is no such metric."""
    if name in OTHERS:
        return OF_PROMETHEUS
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    family = FAMILIES.get(name) or FAMILIES.get(base)
    assert family is not None, f"there is no metric {name}"
    asked_whole = name == family.name
    assert asked_whole is (family.kind != "histogram"), f"{name} is a {family.kind}"
    more = {"le"} if name.endswith("_bucket") else set()
    return {*family.labels, *OF_PROMETHEUS, *more}


@pytest.mark.parametrize(("where", "expression", "shown"), ALL, ids=[it[0] for it in ALL])
def test_every_expression_asks_for_what_there_is(where: str, expression: str, shown: str) -> None:
    words, selected, grouped = parts(expression)
    metrics = words - FUNCTIONS
    assert metrics, where
    known = {name: labels_of(name) for name in metrics}
    for name, labels in selected.items():
        assert labels <= known[name], f"{where}: {name} has no label {labels - known[name]}"
    everywhere = set().union(*known.values())
    assert grouped <= everywhere, f"{where}: nothing has the label {grouped - everywhere}"
    named = set(re.findall(r"\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}", shown))
    assert named <= grouped | (everywhere if not grouped else set()), f"{where} shows {named}"


@pytest.mark.parametrize("family", CATALOGUE, ids=lambda family: family.name)
def test_rates_are_taken_of_counters_and_never_of_gauges(family: Any) -> None:
    for where, expression, _ in ALL:
        for rated in re.findall(r"\b(?:rate|increase)\((\w+)", expression):
            if re.sub(r"_(bucket|sum|count)$", "", rated) == family.name:
                assert family.kind != "gauge", where


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)
    assert dashboard["uid"] == "recado"
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)\}?", DASHBOARD.read_text())) - {"__rate_interval", "__all"}
    assert used == names
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["type"] == "row" or panel["description"]


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    text = DASHBOARD.read_text()
    assert [name for name in FAMILIES if name not in text] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alert_leads_to_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+m", rule["for"])
    assert rule["labels"]["severity"] in {"critical", "warning"}
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#{2,4} (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert anchor in anchors, f"{page} has no heading for {rule['alert']}"
    assert anchor == rule["alert"].lower()


def test_no_alert_is_explained_that_there_is_not() -> None:
    page = (ROOT / "docs" / "operate.md").read_text()
    explained = re.findall(r"^### (Recado\w+)$", page, re.MULTILINE)
    assert explained == [rule["alert"] for rule in rules()]
