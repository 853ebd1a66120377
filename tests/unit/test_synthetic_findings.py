"""What the page of targets says of a population: how it is computed, and that it is near."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from openp4p.synthetic.findings import MarketFindings, findings
from openp4p.synthetic.market import Market, code_list, make
from openp4p.synthetic.page import page

# people, cost, risk, chronic people, acute, chronic, discharges, returns
LARGE = (100, 1_200_000, 100_000, 50, 3, 2, 40, 8)
SMALL = (10, 80_000, 10_000, 5, 0, 1, 4, 0)


def market(*practices: tuple[int, ...]) -> MarketFindings:
    people = (2, 3, 30, 5, 50, 500)  # two people: risk 1 and 2, cost 10 and 20
    return MarketFindings(practices, people, [(30, 660, 600), (2, 1, 9)], (7, 9, 12), [])


def test_a_rate_is_all_events_over_all_cases():
    found = findings([market(LARGE, SMALL)], 10)
    assert found.acute.mean == pytest.approx(1000 * 3 / 330)
    assert found.chronic.mean == pytest.approx(1000 * 3 / 55)
    assert found.readmission.mean == pytest.approx(100 * 8 / 44)


def test_the_deviation_is_over_practices_with_twenty_cases_about_the_mean_of_all():
    found = findings([market(LARGE, SMALL)], 10)
    assert found.readmission.practices == 1
    assert found.readmission.seen == pytest.approx(100 * abs(8 / 40 - 8 / 44))


def test_chance_is_taken_out_of_the_deviation_and_never_more_than_there_is():
    found = findings([market(LARGE, SMALL)], 10)
    assert found.readmission.without_chance == 0
    apart = [(100, 1, 1, 1, 0, 0, 1000, 500), (100, 1, 1, 1, 0, 0, 1000, 0)]
    spread = findings([market(*apart)], 10).readmission
    assert spread.seen == pytest.approx(25)
    assert spread.without_chance == pytest.approx(100 * (0.0625 - 0.25 * 0.75 / 1000) ** 0.5)


def test_a_line_through_two_people_explains_all_of_their_cost():
    assert findings([market(LARGE)], 10).explained == pytest.approx(1)


def test_markets_add_up_as_if_they_were_one():
    apart = findings([market(LARGE), market(SMALL)], 20)
    assert apart.acute.mean == findings([market(LARGE, SMALL)], 10).acute.mean
    assert apart.professional_lines == 0.7
    assert apart.lines == 24


def test_without_practices_there_are_no_percentiles_and_the_page_still_stands():
    empty = MarketFindings([], (0, None, None, None, None, None), [], (0, 0, 0), [])
    found = findings([empty], 1)
    assert found.cost == (0.0, 0.0, 0.0)
    assert "Synthetic" in page(found, 1, "openp4p synthesize")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    made = make(Market(0, 0, 4000, 40, 1), tmp_path_factory.mktemp("market"))
    return findings([made], 4000)


def test_levels_are_near_the_published_means(found):
    """Four thousand people have some ninety acute stays: chance alone moves the rate by a tenth."""
    assert found.acute.mean == pytest.approx(7.53, rel=0.30)
    assert found.chronic.mean == pytest.approx(50.43, rel=0.20)
    assert found.readmission.mean == pytest.approx(15.94, rel=0.20)
    assert found.cost[1] == pytest.approx(12_977, rel=0.15)


def test_the_risk_score_explains_a_little_of_cost(found):
    assert 0.06 <= found.explained <= 0.22


def test_the_page_is_whole_html_with_targets_beside_what_was_reached(found):
    text = page(found, 4000, "openp4p synthesize --beneficiaries 4000 --seed 1")
    open_tags: list[str] = []

    class Checked(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "line", "circle", "rect"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            if tag not in ("meta", "line", "circle", "rect"):
                assert open_tags.pop() == tag

    Checked().feed(text)
    assert not open_tags
    assert "{{" not in text
    assert "http" not in text
    for said in ("7.53", "5.72", "50.43", "24.23", "15.94", "1.39", "$8,665", "$21,215"):
        assert said in text
    assert f"{found.acute.mean:.2f}" in text
    assert f"{found.explained:.1%}" in text


def test_every_code_list_says_that_it_was_made_for_the_synthetic_population():
    from importlib.resources import files

    folder = files("openp4p.synthetic").joinpath("codes")
    lists = [path for path in folder.iterdir() if path.name.endswith(".csv")]
    assert len(lists) >= 10
    for path in lists:
        first = path.read_text("utf-8").splitlines()[0]
        assert first.startswith("# Made for the synthetic population"), path.name
        assert code_list(path.name.removesuffix(".csv"))
