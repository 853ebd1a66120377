"""Domains, raw composites, peers and composites (42 CFR 414.1260 and 414.1275)."""

from __future__ import annotations

import pytest

from openp4p.composites import composites, domain_scores, peer_groups, raw_composites
from tests.short_tables import column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

# the worked example `quality_composite`, with the variances of `quality_se`
SCORES = """
    tin | measure | kind    | domain | score        | score_variance | is_scored
    ----+---------+---------+--------+--------------+----------------+----------
    A   | m1      | quality | ECC    | 0.0555555556 | 0.1793981481   | yes
    A   | m2      | quality | ECC    | 0.6          | 0.2408         | yes
    A   | m3      | quality | ECC    | 1.10         | 0.3666666667   | yes
    A   | m4      | quality | CCC    | 0.2966200466 | 0.0495247436   | yes
    A   | m5      | quality | CCC    | 0.4797370966 | 0.0986545033   | yes
    A   | m6      | quality | CCC    | 0.5323741007 | 2.9005610026   | yes
    A   | m7      | quality | PS     | 0.9          | 0.1484375      | yes
    A   | m8      | quality | PS     | -9.0         | 9.9            | no
    A   | m9      | quality | CPH    | -9.0         | 9.9            | no
"""


def raw(tin: str, value: float, kind: str = "quality", variance: float | None = 0.04) -> dict:
    return {"tin": tin, "kind": kind, "domains": 1, "raw": value, "variance": variance}


def practice(tin: str, size_class: str | None = "10+", **said: object) -> dict:
    return {"tin": tin, "size_class": size_class, "is_subject": True, **said}


def peers(solver: str, raws: list, practices: list, **given: object) -> dict:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    program = value_modifier(given.pop("year", 2017), **choices)
    rows = solve(solver, peer_groups, program, raw_composites=raws, practices=practices, **given)
    return {(row["kind"], row["size_class"]): row for row in rows}


def placed(solver: str, raws: list, practices: list, moments: list, **given: object) -> dict:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    program = value_modifier(given.pop("year", 2017), **choices)
    given |= {"raw_composites": raws, "practices": practices, "peer_groups": moments}
    rows = solve(solver, composites, program, **given)
    return {(row["tin"], row["kind"]): row for row in rows}


def group(kind: str, mean: float, deviation: float, size_class: str = "10+") -> dict:
    row = {"kind": kind, "size_class": size_class, "mean": mean}
    return {**row, "standard_deviation": deviation}


def domains_and_raw(solver: str, scores: str | list) -> tuple[list[dict], list[dict]]:
    program = value_modifier(2017)
    domains = solve(solver, domain_scores, program, scores=scores)
    return domains, solve(solver, raw_composites, program, domain_scores=domains)


def test_measures_weigh_alike_in_a_domain_and_domains_in_the_composite(solver):
    """Three measures, three and one; those not scored are nowhere, their domain neither."""
    domains, raws = domains_and_raw(solver, SCORES)
    assert column(domains, "domain", "measures") == {"CCC": 3, "ECC": 3, "PS": 1}
    assert column(domains, "domain", "score") == pytest.approx(
        {"ECC": 0.5851851852, "CCC": 0.4362437480, "PS": 0.9}, rel=1e-6
    )
    assert [row["domains"] for row in raws] == [3]
    assert raws[0]["raw"] == pytest.approx(0.6404763111, rel=1e-6)


def test_variances_of_independent_measures_add_up(solver):
    """D12: over the square of their number, in a domain and again in the composite."""
    domains, raws = domains_and_raw(solver, SCORES)
    assert column(domains, "domain", "variance") == pytest.approx(
        {"ECC": 0.087429, "CCC": 0.338749, "PS": 0.148438}, abs=1e-6
    )
    assert raws[0]["variance"] == pytest.approx(0.0638462045, rel=1e-6)


def test_one_missing_variance_leaves_the_composite_without_one(solver):
    scores = """
        tin | measure | kind    | domain | score | score_variance | is_scored
        ----+---------+---------+--------+-------+----------------+----------
        A   | m1      | quality | ECC    | 1.0   | 0.1            | yes
        A   | m2      | quality | PS     | 2.0   | 0.1            | yes
        A   | m3      | quality | PS     | 3.0   |                | yes
    """
    domains, raws = domains_and_raw(solver, scores)
    assert column(domains, "domain", "variance") == {"ECC": pytest.approx(0.1), "PS": None}
    assert (raws[0]["raw"], raws[0]["variance"]) == (pytest.approx(1.75), None)


def test_quality_and_cost_are_two_composites(solver):
    """Worked example `cost_composite`: {0.8, 0.2} and {0.9, 1.4} make 0.825."""
    scores = """
        tin | measure | kind    | domain | score | score_variance | is_scored
        ----+---------+---------+--------+-------+----------------+----------
        A   | c1      | cost    | AAB    | 0.8   | 0.1            | yes
        A   | c2      | cost    | AAB    | 0.2   | 0.1            | yes
        A   | c3      | cost    | BSC    | 0.9   | 0.1            | yes
        A   | c4      | cost    | BSC    | 1.4   | 0.1            | yes
        A   | q1      | quality | ECC    | -1.0  | 0.1            | yes
        B   | c1      | cost    | AAB    | -0.5  | 0.1            | yes
    """
    domains, raws = domains_and_raw(solver, scores)
    of_a = [row for row in domains if row["tin"] == "A"]
    assert column(of_a, "domain", "score") == pytest.approx({"AAB": 0.5, "BSC": 1.15, "ECC": -1.0})
    found = {(row["tin"], row["kind"]): row["raw"] for row in raws}
    # a practice without specific conditions has its one domain count in full
    assert found == pytest.approx({("A", "cost"): 0.825, ("A", "quality"): -1, ("B", "cost"): -0.5})


def test_a_composite_is_the_distance_from_peers_in_their_deviations(solver):
    """Worked examples `quality_composite`, `quality_se` and `cost_composite`."""
    made = placed(
        solver,
        [raw("A", 0.6404763111, variance=0.0638462045), raw("A", 0.825, "cost", 0.09)],
        [practice("A")],
        [group("quality", 0.05, 0.42), group("cost", 0.02, 0.70)],
    )
    quality = made["A", "quality"]
    assert quality["composite"] == pytest.approx(1.4058959787, rel=1e-6)
    assert quality["standard_error"] == pytest.approx(0.6016144403, rel=1e-6)
    assert (quality["peer_mean"], quality["peer_sd"], quality["entity_id"]) == (0.05, 0.42, None)
    assert made["A", "cost"]["composite"] == pytest.approx(1.15, rel=1e-12)
    assert made["A", "cost"]["standard_error"] == pytest.approx(0.3 / 0.7, rel=1e-12)


def crowd(number: int = 20, size_class: str = "10+", start: float = 0.0, **said: object):
    """So many practices of one class, half of them one above the other half."""
    names = [f"{size_class}/{n:02}/{start:g}" for n in range(number)]
    listed = [practice(name, size_class, **said) for name in names]
    return [raw(name, start + n % 2) for n, name in enumerate(names)], listed


def joined(*crowds: tuple[list, list]) -> tuple[list, list]:
    return [r for raws, _ in crowds for r in raws], [p for _, listed in crowds for p in listed]


def test_peers_are_the_practices_of_the_same_size_class(solver):
    """D11; unweighted, the population's deviation."""
    found = peers(solver, *joined(crowd(), crowd(30, "1-9", 5.0)))
    ten, nine = found["quality", "10+"], found["quality", "1-9"]
    assert (ten["peers"], ten["mean"], ten["standard_deviation"]) == (20, 0.5, 0.5)
    assert (nine["peers"], nine["mean"], nine["standard_deviation"]) == (30, 5.5, 0.5)
    assert {row["basis"] for row in found.values()} == {"size_class"}


def test_acos_and_practices_not_subject_are_nobodys_peers(solver):
    """An ACO's practice and the ACO itself; a practice that is too small or waived."""
    aco = crowd(5, start=100.0, handling="aco", entity_id="E1")
    waived = crowd(5, start=200.0, is_subject=False)
    given = joined(crowd(), aco, waived, ([raw("E1", 300.0)], []))
    found = peers(solver, *given)["quality", "10+"]
    assert (found["peers"], found["mean"]) == (20, 0.5)
    national = peers(solver, *given, D11="all_practices")["quality", "10+"]
    assert (national["peers"], national["basis"]) == (25, "all_practices")
    assert national["mean"] == pytest.approx((20 * 0.5 + 5 * 200.4) / 25)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("subject_same_class", (40, 2.5, "size_class")),
        ("all_subject", (60, 4.5 / 1.0, "all_practices")),
        ("subject_same_class_category_1", (20, 0.5, "size_class")),
    ],
)
def test_who_the_peers_are_can_be_chosen(solver, choice, expected):
    """D11: Category 2 practices are peers by default."""
    first, second, small = crowd(), crowd(start=4.0), crowd(20, "1-9", 8.0)
    category = {practice["tin"]: 1 for practice in first[1]}
    listed = joined(first, second, small)
    categories = [{"tin": row["tin"], "category": category.get(row["tin"], 2)} for row in listed[1]]
    row = peers(solver, *listed, D11=choice, reporting_categories=categories)["quality", "10+"]
    number, mean, basis = expected
    assert (row["peers"], row["basis"]) == (number, basis)
    assert row["mean"] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("least", "number", "peers_found"), [("20", 19, 69), ("20", 20, 20), ("1", 1, 1), ("1", 0, 50)]
)
def test_a_class_with_few_practices_is_compared_with_all(solver, least, number, peers_found):
    """D34: fewer than 20, or not even one."""
    found = peers(solver, *joined(crowd(number, "1-9", 5.0), crowd(50)), D34=least)
    row = found["quality", "1-9"]
    assert row["peers"] == peers_found
    assert row["basis"] == ("all_practices" if peers_found > number else "size_class")


def test_peers_of_a_report_stand_as_stated(solver):
    found = peers(
        solver,
        *crowd(),
        supplied_peers="""
            kind    | size_class | mean | standard_deviation
            quality | 10+        | 0.05 | 0.42
            cost    | 10+        | 0.02 | 0.70
        """,
    )
    row = found["quality", "10+"]
    assert (row["mean"], row["standard_deviation"], row["peers"]) == (0.05, 0.42, None)
    assert row["basis"] == found["cost", "10+"]["basis"] == "supplied"
    assert found["quality", "1-9"]["basis"] == "all_practices"


def test_peers_that_are_all_alike_are_all_average(solver):
    """No deviation, not even one of rounding; their composite is 0 and cannot be significant."""
    cells = {("quality", "10+"): 0.1, ("quality", "1-9"): -1 / 3, ("cost", "10+"): 0.0}
    raws = [
        raw(f"{size_class}/{n:02}", value + n % 2 * 1e-16, kind)
        for (kind, size_class), value in cells.items()
        for n in range(30)
    ]
    listed = [practice(f"{size}/{n:02}", size) for size in ("10+", "1-9") for n in range(30)]
    found = peers(solver, raws, listed)
    assert {found[cell]["standard_deviation"] for cell in cells} == {0.0}
    made = placed(solver, raws, listed, list(found.values()))
    assert len(made) == len(raws)
    assert {row["composite"] for row in made.values()} == {0.0}
    assert {row["standard_error"] for row in made.values()} == {None}


def test_a_single_practice_is_average_among_itself(solver):
    found = peers(solver, [raw("A", 3.0)], [practice("A")], D34="1")
    made = placed(solver, [raw("A", 3.0)], [practice("A")], list(found.values()))
    assert made["A", "quality"]["composite"] == 0.0


def taking_part(tin: str, entity: str, **said: object) -> dict:
    usual = {"model": "mssp", "performance_year": 2015, "entity_reported": True}
    return {"tin": tin, "entity_id": entity, **usual, **said}


def test_a_practice_of_an_aco_has_the_quality_of_its_best_aco(solver):
    """Compared with the practices of its own size, and with no cost composite."""
    made = placed(
        solver,
        [raw("A", 9.0), raw("A", 9.0, "cost"), raw("E1", 1.0), raw("E2", 2.0), raw("E3", 3.0)],
        [practice("A", handling="aco", entity_id="E1")],
        [group("quality", 1.0, 0.5), group("cost", 0.0, 1.0)],
        model_participation=[
            taking_part("A", "E1"),
            taking_part("A", "E2"),
            taking_part("A", "E3", performance_year=2014),
        ],
    )
    assert list(made) == [("A", "quality")]
    row = made["A", "quality"]
    assert (row["entity_id"], row["raw"], row["composite"]) == ("E2", 2.0, 2.0)
    assert row["standard_error"] == pytest.approx(0.2 / 0.5)


def test_of_acos_with_the_same_quality_the_first_by_name_is_named(solver):
    made = placed(
        solver,
        [raw("E2", 2.0, variance=0.01), raw("E1", 2.0)],
        [practice("A", handling="aco")],
        [group("quality", 1.0, 0.5)],
        model_participation=[taking_part("A", "E2"), taking_part("A", "E1")],
    )
    assert made["A", "quality"]["entity_id"] == "E1"


def test_an_aco_that_did_not_report_lends_no_quality(solver):
    made = placed(
        solver,
        [raw("A", 9.0), raw("E1", 2.0)],
        [practice("A", handling="aco"), practice("B", handling="aco")],
        [group("quality", 1.0, 0.5)],
        model_participation=[
            taking_part("A", "E1", entity_reported=False),
            taking_part("B", "E1", entity_reported=None),
        ],
    )
    assert made == {}


def test_a_model_that_is_no_aco_lends_no_quality(solver):
    """D38, alternative: a Pioneer practice is scored like any other, here on its ACO's quality."""
    made = placed(
        solver,
        [raw("E1", 1.0), raw("P1", 9.0)],
        [practice("A", handling="aco")],
        [group("quality", 0.0, 1.0)],
        D38="ordinary",
        model_participation=[taking_part("A", "E1"), taking_part("A", "P1", model="pioneer")],
    )
    assert made["A", "quality"]["entity_id"] == "E1"


def test_without_standard_errors_there_are_none(solver):
    """D12, alternative."""
    given = [raw("A", 2.0)], [practice("A")], [group("quality", 1.0, 0.5)]
    assert placed(solver, *given)["A", "quality"]["standard_error"] == pytest.approx(0.4)
    row = placed(solver, *given, D12="none")["A", "quality"]
    assert (row["composite"], row["standard_error"]) == (2.0, None)


def test_a_practice_without_size_class_is_compared_with_nobody(solver):
    made = placed(solver, [raw("A", 2.0)], [practice("A", None)], [group("quality", 1.0, 0.5)])
    assert made == {}


def test_row_order_and_an_unrelated_practice_change_nothing(solver):
    """To the last digit; the other practice is of another size."""
    raws = [raw(f"T{n:02}", (n * 37 % 101) / 101) for n in range(25)]
    listed = [practice(row["tin"]) for row in raws]
    before = peers(solver, raws, listed)["quality", "10+"]
    assert peers(solver, raws[::-1], listed[::-1])["quality", "10+"] == before
    more = [*raws, raw("other", 50.0)], [*listed, practice("other", "1-9")]
    assert peers(solver, *more)["quality", "10+"] == before
