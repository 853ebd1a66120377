"""The test vectors of the audit's specification, to the digits it prints."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import yaml

from openp4p.audit.controls.chain import chained, event_bytes, merkle_root, payload_sha256
from openp4p.audit.controls.clocks import business_deadline, deadline, federal_holidays
from openp4p.audit.controls.suppression import attacker_interval, hidden_cells, with_margins
from openp4p.audit.evidence.access import Flow, access_ratio
from openp4p.audit.evidence.beta_binomial import fit_beta_binomial
from openp4p.audit.evidence.misclassification import (
    expected_labels,
    expected_labels_by_test,
    expected_three_tiers,
    expected_two_tiers,
)
from openp4p.audit.evidence.payment_variance import (
    mean_steps,
    quality_weight,
    tier_matrix,
    tier_points,
)
from openp4p.audit.evidence.prices import Cost, effects, effects_in_cents, shapley
from openp4p.audit.evidence.redistribution import redistribution_finding, redistribution_index
from openp4p.audit.evidence.resources import Share, gap_finding, newcombe
from openp4p.program.library import load_program

FILE = Path(__file__).with_name("principles_vectors.yaml")
VECTORS = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def printed(values, digits):
    return [round(float(value), digits) for value in values]


def test_rates_are_shrunken_as_the_beta_binomial_says():
    v = VECTORS["beta_binomial"]
    met, cases = np.array(v["met"], float), np.array(v["cases"], float)
    fit = fit_beta_binomial(met, cases)
    found = printed([fit.alpha, fit.beta, fit.minus_log_likelihood], 6)
    assert found == [v["alpha"], v["beta"], v["minus_log_likelihood"]]
    assert printed(fit.reliability(cases), 4) == v["reliability"]
    assert printed(fit.posterior_mean(met, cases), 4) == v["posterior_means"]


@pytest.mark.parametrize("row", VECTORS["misclassification"], ids=lambda row: str(row[0]))
def test_tiers_are_wrong_as_often_as_reliability_says(row):
    two, three = expected_two_tiers(row[0], 0.25), expected_three_tiers(row[0], 1.0)
    found = [two.overall, two.of_low, three.overall, three.of_high]
    assert printed(found, 3) == row[1:]


@pytest.mark.parametrize("row", VECTORS["labels"], ids=lambda row: str(row[0]))
def test_labels_are_right_as_often_as_their_rule_says(row):
    rules = [expected_labels(row[0], 0.8), expected_labels(row[0], 0.9)]
    rules.append(expected_labels_by_test(row[0]))
    assert printed([n for one in rules for n in (one.share, one.right)], 4) == row[1:]


def test_cost_differences_are_split_into_four_effects():
    total = np.zeros(5)
    for name, v in VECTORS["decomposition"].items():
        ours = Cost(*v["practice"]) if v["practice"] else None
        found = effects(ours, Cost(*v["benchmark"]))
        exact = [sum(found.values()), *found.values()]
        assert printed(exact, 4) == v["effects"], name
        total += exact
        cents = effects_in_cents(ours, Cost(*v["benchmark"]))
        assert sum(cents.values()) == Decimal(str(v["effects"][0])).quantize(Decimal("0.01"))
    assert printed(total, 4) == VECTORS["decomposition_total"]


def test_three_factors_are_shared_as_das_gupta_shares_them():
    v = VECTORS["three_factors"]
    assert round(shapley(v["to"], v["from"])[0], 9) == v["first"]


def test_small_cells_are_hidden_with_the_least_loss():
    v = VECTORS["suppression"]
    cells = np.array(v["cells"])
    hidden, full = hidden_cells(cells), with_margins(cells)
    assert np.argwhere(hidden).tolist() == v["hidden"]
    weight = sum(full[tuple(c)] + 1 for c in v["hidden"] if full[tuple(c)] > 10)
    assert weight == v["weight"]
    for cell in map(tuple, v["hidden"]):
        found = attacker_interval(full, hidden, cell)
        assert printed([found.low, found.high], 6) == v["intervals"][full[cell]]


@pytest.mark.parametrize("row", VECTORS["quality_weight"], ids=lambda row: f"{row[0]} {row[1]}")
def test_quality_is_half_of_what_the_tier_grid_pays_for(row):
    year, size_class, step = row
    grid = load_program(f"medicare_value_modifier/{year}").payment.grid
    matrix = tier_matrix(tier_points(grid, size_class))
    assert printed(mean_steps(matrix), 9) == [step, step]
    assert quality_weight(matrix) == pytest.approx(0.5)


def test_events_are_chained_by_their_hashes():
    v = VECTORS["chain"]
    events = chained(
        {**{k: e[k] for k in ("actor", "at", "object", "type")},
         "payload_sha256": payload_sha256(e["payload"])}
        for e in v["events"]
    )  # fmt: skip
    assert event_bytes(events[0]).decode() == v["first_bytes"]
    assert [one["hash"] for one in events] == v["hashes"]
    assert merkle_root(events) == v["root"]


@pytest.mark.parametrize("row", VECTORS["redistribution"], ids=lambda row: str(row["index"]))
def test_redistribution_is_what_is_lost_over_what_is_gained(row):
    assert redistribution_index(row["differences"]) == row["index"]
    assert redistribution_finding(row["differences"]).evidence.verdict == row["verdict"]


def test_patients_hard_to_treat_stay_as_before_or_do_not():
    v = VECTORS["access"]
    found = access_ratio("x", Flow(np.array([v["before"]]), np.array([v["after"]])))
    assert printed([found.value, found.low, found.high], 4) == v["ratio"]
    assert round(np.log(found.high / found.value), 2) == v["half_width"]
    assert found.verdict(1) == v["verdict"]


def test_shares_of_two_groups_are_compared_as_newcombe_compares_them():
    v = VECTORS["newcombe"]
    first, second, nobody = Share(*v["first"]), Share(*v["second"]), Share(0, 0)
    found = newcombe(first, second)
    assert printed([found.value, found.low, found.high], 4) == v["difference"]
    judged = gap_finding((first, second), (nobody, nobody)).evidence
    assert judged.verdict == v["verdict"]


def test_windows_end_with_a_local_day():
    v = VECTORS["clocks"]
    zone, holidays = ZoneInfo(v["zone"]), federal_holidays(2026)
    for one in v["windows"]:
        found = deadline(
            datetime.fromisoformat(one["event"]), one["days"], zone, holidays,
            of_practice=one["of_practice"],
        )  # fmt: skip
        assert (found.last_day, found.ends) == (one["last"], datetime.fromisoformat(one["ends"]))
    one = v["business"]
    found = business_deadline(datetime.fromisoformat(one["event"]), one["days"], zone, holidays)
    assert (found.last_day, found.ends) == (one["last"], datetime.fromisoformat(one["ends"]))


def test_every_vector_is_read():
    source = Path(__file__).read_text(encoding="utf-8")
    assert {name for name in VECTORS if f'VECTORS["{name}"]' not in source} == set()
