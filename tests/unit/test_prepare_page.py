"""The page of a practice, driven in a browser: its numbers are the engine's, whatever is set."""

# ruff: noqa: E501  # a script is read as a script

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from decimal import Decimal
from functools import cache
from html import unescape
from pathlib import Path
from random import Random

import pytest

from openp4p.program.library import load_program
from openp4p.reports.prepare import model, page, sliders
from openp4p.simulation.practice import prepared
from openp4p.simulation.rates import reason_not_scored
from openp4p.simulation.rates_file import read_rates
from openp4p.simulation.rates_template import template
from tests.properties.practices import by_stages, sheet
from tests.short_tables import value_modifier

SETTINGS = 120
# moves the controls as a person does, and writes down what the page then holds and shows
DRIVER = """
<script>
const settings = JSON.parse(document.getElementById("settings").textContent), seen = [];
const set = (held, value) => { held.value = value; held.dispatchEvent(new Event("input", {bubbles: true})); };
const tick = (held, on) => { if (held.checked !== on) held.click(); };
for (const each of settings) {
  document.getElementById("reset").click();
  for (const [measure, steps] of Object.entries(each.steps)) set(document.getElementById("slide-" + measure), steps);
  for (const measure of each.left) tick(document.querySelector(`[data-counts="${measure}"]`), false);
  if (each.factor !== null) set(document.getElementById("factor"), each.factor);
  set(document.getElementById("way"), each.way);
  tick(document.getElementById("sick"), each.sick);
  const found = openp4p.state, plain = {};
  for (const kind of ["quality", "cost"]) plain[kind] = found.composites[kind];
  seen.push({...plain, tiers: found.tiers, basis: found.basis, fraction: found.fraction.toString(),
    cents: found.cents.toString(), told: document.getElementById("dollars").textContent,
    tier: document.getElementById("tier").textContent,
    here: [...document.querySelectorAll("td.here")].map(cell => cell.dataset.cell)});
}
const held = document.createElement("pre");
held.id = "seen";
held.textContent = JSON.stringify(seen);
document.body.append(held);
</script>
"""


@cache
def example():
    """The template's practice."""
    program = load_program("medicare_value_modifier/2017")
    folder = Path(tempfile.mkdtemp(prefix="openp4p-prepare-"))
    (folder / "rates.csv").write_text(template(program), encoding="utf-8")
    return prepared(read_rates(folder / "rates.csv", program), draws=200)


def settings_of(one, seed: int) -> list[dict]:
    """Sliders at both ends, where they were, next to it and anywhere; ways, risk, measures left."""
    draw, found = Random(seed), []
    for _ in range(SETTINGS):
        steps = {}
        for slider in sliders(one):
            at = [slider["down"], slider["up"], 0, 0, 1, -1]
            at.append(draw.randint(slider["down"], slider["up"]))
            steps[slider["line"].measure] = draw.choice(at)
        left = [name for name in steps if draw.random() < 0.15]
        found.append(
            {
                "steps": steps,
                "left": left,
                "factor": draw.choice([None, 0, 663, 4000]),
                "way": draw.choice([0, 0, *range(len(model(one)["ways"]))]),
                "sick": draw.random() < 0.5,
            }
        )
    return found


def in_browser(text: str, settings: list[dict], folder: Path) -> list[dict]:
    """What the page held and showed at each of the settings."""
    browser = shutil.which("chromium")
    assert browser is not None, "make test installs chromium"
    given = f'<script type="application/json" id="settings">{json.dumps(settings)}</script>'
    path = folder / "page.html"
    path.write_text(text.replace("</body>", f"{given}{DRIVER}</body>"), encoding="utf-8")
    shown = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000",
         f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    return json.loads(unescape(re.search(r'<pre id="seen">(.*?)</pre>', shown, re.DOTALL)[1]))


def as_the_engine(one, settings: list[dict]) -> list[dict]:
    """The rows that the stages of a run make of the same settings, in their order."""
    ways = model(one)["ways"]
    steps = {s["line"].measure: s["step"] for s in sliders(one)}
    asked = []
    for each in settings:
        factor = one.factor if each["factor"] is None else Decimal(each["factor"]) / 10000
        way = ways[each["way"]]
        reporting = replace(
            one.reporting, given=(way["category"], "group" if way["category"] == 1 else "none")
        )
        so = replace(
            one,
            factor=factor,
            reporting=reporting,
            risk=(2.0, 1.0) if each["sick"] else None,
            lines=tuple(
                replace(line, reason="left" if line.measure in each["left"] else line.reason)
                for line in one.lines
            ),
        )
        amounts = {
            line.measure: line.moved(each["steps"][line.measure] * steps[line.measure])
            for line in one.lines
            if line.measure in each["steps"]
        }
        kept = tuple(line for line in so.lines if line.reason != "left")
        assert all(line.reason == reason_not_scored(line, one.size) for line in kept)
        asked.append((replace(so, lines=kept), amounts))
    return by_stages("duckdb", asked)


def same(seen: dict, row: dict) -> None:
    for kind in ("quality", "cost"):
        held = seen[kind]
        assert (held is None) == (row[f"{kind}_composite"] is None)
        if held is not None:
            assert held["value"] == pytest.approx(row[f"{kind}_composite"], rel=1e-12)
            error = row[f"{kind}_standard_error"]
            assert (held["error"] is None) == (error is None)
            assert error is None or held["error"] == pytest.approx(error, rel=1e-12)
    if row["quality_tier"] is not None:
        assert seen["tiers"] == {"quality": row["quality_tier"], "cost": row["cost_tier"]}
        assert seen["here"] == [f"{row['quality_tier']} {row['cost_tier']}"]
        assert seen["tier"] == f"{row['quality_tier']} quality, {row['cost_tier']} cost"
    assert seen["basis"] == row["basis"]
    assert Decimal(seen["fraction"]) / 10**9 == row["adjustment_fraction"]
    assert Decimal(seen["cents"]) / 100 == row["adjustment_amount"]
    told = f"{abs(row['adjustment_amount']):,.2f}"
    assert seen["told"] == ("\u2212" if row["adjustment_amount"] < 0 else "") + "$" + told


def test_the_page_computes_what_the_engine_computes(tmp_path):
    tiers = set()
    other = prepared(sheet(7, value_modifier(2018)), draws=100)
    for number, found in enumerate((example(), other)):
        settings = settings_of(found.sheet, number)
        folder = tmp_path / str(number)
        folder.mkdir()
        seen = in_browser(page(found), settings, folder)
        rows = as_the_engine(found.sheet, settings)
        assert len(seen) == len(rows) == SETTINGS
        for one, row in zip(seen, rows, strict=True):
            same(one, row)
            tiers.add((row["basis"], row["quality_tier"], row["cost_tier"]))
    assert len(tiers) > 6  # settings that moved nothing would agree whatever the page computes


def test_the_page_asks_nothing_of_a_network_and_has_a_name_for_every_control():
    text = page(example())
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//|@import|url\(|fetch\(|XMLHttp", text)
    controls = re.findall(
        r"<(?:input type=\"range\"|select)[^>]* id=\"([^\"]+)\"|id=\"(way)\"", text
    )
    named = set(re.findall(r"<label for=\"([^\"]+)\"", text))
    assert {first or second for first, second in controls} - named == set()
    assert 'tabindex="-1"' not in text


def test_a_text_that_ends_a_script_cannot_end_the_pages_own():
    found = example()
    sheet_ = replace(found.sheet, tin="</script><script>alert(1)</script>")
    text = page(prepared(sheet_, draws=50))
    assert "<script>alert(1)" not in text
