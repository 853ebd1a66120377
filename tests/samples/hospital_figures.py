"""The figures of the page on hospital care in DE-SynPUF, as the lines of its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from tests.samples.hospital_care import YEARS

Rows = list[dict]
Care = Mapping[int, Mapping[str, Rows]]
COMPONENTS = {
    "pneumonia_pqi": "pneumonia",
    "urinary_infection_pqi": "urinary tract infection",
    "dehydration_pqi": "dehydration",
    "diabetes_pqi": "diabetes",
    "copd_asthma_pqi": "COPD or asthma, from 40",
    "heart_failure_pqi": "heart failure",
}
ACUTE, CHRONIC = tuple(COMPONENTS)[:3], tuple(COMPONENTS)[3:]
# mean and deviation over practices in 2013: CMS, Benchmarks for Measures Included in the
# Performance Year 2014 QRURs (January 2015), p. 1
NATION = {
    "pneumonia_pqi": "11.20 (9.43)",
    "urinary_infection_pqi": "7.25 (7.84)",
    "dehydration_pqi": "4.10 (4.49)",
    "diabetes_pqi": "18.07 (20.00)",
    "copd_asthma_pqi": "70.23 (44.80)",
    "heart_failure_pqi": "99.75 (51.03)",
    ACUTE: "7.53 (5.72)",
    CHRONIC: "50.43 (24.23)",
    "readmission": "15.94 (1.39)",
}
INDICATORS = ("PQI01", "PQI03", "PQI05", "PQI08", "PQI10", "PQI11", "PQI12", "PQI14", "PQI16")
CIRCULATORY = "05"  # major diagnostic category
COHORTS = {
    "medicine": "medicine",
    "surgery_gynecology": "surgery and gynecology",
    "cardiorespiratory": "cardiorespiratory",
    "cardiovascular": "cardiovascular",
    "neurology": "neurology",
}


def line(*cells: object) -> str:
    """A line of a table; whole numbers with their thousands apart."""
    shown = [f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells]
    return f"| {' | '.join(shown)} |"


def lines_of_page(care: Care) -> Iterator[str]:
    """Every line of figures that stands on the page."""
    yield from stays(care)
    yield from indicators(care)
    yield from acute(care)
    yield from chronic(care)
    yield from index(care)
    yield from readmitted(care)
    yield from links(care[2009])


def stays(care: Care) -> Iterator[str]:
    """How many stays there are."""
    ended = {y: [s for s in care[y]["inpatient_stays"] if _ended(s, y)] for y in YEARS}
    acute_ = {y: [s for s in ended[y] if s["is_acute"]] for y in YEARS}
    wholes = {y: [s for s in care[y]["combined_stays"] if _ended(s, y)] for y in YEARS}
    yield line("stays that ended in the year", *[len(ended[y]) for y in YEARS])
    yield line("people with a stay", *[_people(ended[y]) for y in YEARS])
    yield line("stays in acute or critical access hospitals", *[len(acute_[y]) for y in YEARS])
    yield line("the same, returns to one bed joined", *[len(wholes[y]) for y in YEARS])
    moved = [sum(s["chain_position"] < s["chain_stays"] for s in wholes[y]) for y in YEARS]
    yield line("of them followed by a transfer", *moved)
    yield line("eligible beneficiaries", *[len(care[y]["attributed"]) for y in YEARS])


def indicators(care: Care) -> Iterator[str]:
    """Stays that meet each indicator, and why some do not count."""
    for indicator in INDICATORS:
        of = {y: [s for s in _met(care[y]) if s["indicator"] == indicator] for y in YEARS}
        cells = [f"{sum(s['is_counted'] for s in of[y]):,} of {len(of[y]):,}" for y in YEARS]
        yield line(indicator.replace("PQI", "PQI "), *cells)
    reasons = sorted({s["reason"] for y in YEARS for s in _met(care[y])} - {None})
    for reason in reasons:
        yield line(f"`{reason}`", *[_count(_met(care[y]), reason) for y in YEARS])


def acute(care: Care) -> Iterator[str]:
    """Admissions per 1,000 of all eligible adults, by component and together (CMS-1)."""
    for measure in ACUTE:
        yield line(COMPONENTS[measure], *_rates(care, "populations", measure), NATION[measure])
    yield line("together (CMS-1)", *_rates(care, "populations", *ACUTE), NATION[ACUTE])


def chronic(care: Care) -> Iterator[str]:
    """Admissions per 1,000 of those with the condition: by these claims, and by CMS's flags."""
    for name, label in (("populations", "by these claims"), ("flagged", "by CMS's flags")):
        for measure in CHRONIC:
            cells = _rates(care, name, measure)
            yield line(COMPONENTS[measure], label, *cells, NATION[measure])
        yield line("together (CMS-2)", label, *_rates(care, name, *CHRONIC), NATION[CHRONIC])


def _rates(care: Care, name: str, *measures: str) -> list[str]:
    cells = []
    for year in YEARS:
        rows = [r for r in care[year][name] if r["measure"] in measures and r["reason"] is None]
        people, events = sum(r["people"] for r in rows), sum(r["events"] for r in rows)
        cells.append(f"{1000 * events / people:.2f} ({events:,} of {people:,})")
    return cells


def index(care: Care) -> Iterator[str]:
    """What became of each discharge of an eligible beneficiary."""
    found = {y: care[y]["index_stays"] for y in YEARS}
    yield line("acute stays of eligible beneficiaries", *[len(found[y]) for y in YEARS])
    usual = Counter(s["reason"] for y in YEARS for s in found[y] if s["reason"] is not None)
    for reason, _stays in sorted(usual.items(), key=lambda pair: (-pair[1], pair[0])):
        yield line(f"`{reason}`", *[_count(found[y], reason) for y in YEARS])
    yield line("index stays", *[_count(found[y], None) for y in YEARS])


def readmitted(care: Care) -> Iterator[str]:
    """Readmissions by cohort, the share planned, and the same without months before."""
    kept = {y: [s for s in care[y]["index_stays"] if s["reason"] is None] for y in YEARS}
    for cohort, label in COHORTS.items():
        of = {y: [s for s in kept[y] if s["cohort"] == cohort] for y in YEARS}
        yield line(label, *[_share_readmitted(of[y]) for y in YEARS])
    yield line("all", *[_share_readmitted(kept[y]) for y in YEARS])
    returns = {y: [s for s in kept[y] if s["readmission_id"] is not None] for y in YEARS}
    planned = {y: [s for s in returns[y] if s["readmission_is_planned"]] for y in YEARS}
    cells = [_share(len(planned[y]), len(returns[y])) for y in YEARS]
    yield line("of the first returns, planned", *cells)
    open_ = {y: [s for s in care[y]["open_index_stays"] if s["reason"] is None] for y in YEARS}
    yield line("all, no months before asked", *[_share_readmitted(open_[y]) for y in YEARS])


def _share_readmitted(stays_: Rows) -> str:
    return _share(sum(s["is_readmitted"] for s in stays_), len(stays_))


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}% ({part:,} of {whole:,})" if whole else "none"


def links(tables: Mapping[str, Rows]) -> Iterator[str]:
    """What of a patient's story the data keep, over all acute stays of the three years."""
    wholes, people = tables["combined_stays"], tables["people"]
    pairs = list(_following(wholes))
    same_hospital = sum(a["ccn"] == b["ccn"] for a, b in pairs)
    same_diagnosis = sum(_category(a) == _category(b) for a, b in pairs)
    yield line("stays that follow another of the same person", len(pairs))
    yield line("of them in the same hospital", _share(same_hospital, len(pairs)))
    yield line("of them of the same three-digit diagnosis", _share(same_diagnosis, len(pairs)))
    counts = Counter(map(_category, wholes))
    chance = sum(n * n for n in counts.values()) / len(wholes) ** 2
    yield line("the same, of two stays drawn at random", f"{100 * chance:.1f}%")
    early = sum(0 <= _days(a, b) <= 15 for a, b in pairs)
    late = sum(16 <= _days(a, b) <= 31 for a, b in pairs)
    yield line("of them begun 0 to 15 and 16 to 31 days after", f"{early:,} and {late:,}")
    yield line("of them begun before the other ended", sum(_days(a, b) < 0 for a, b in pairs))
    circulatory = [
        tables["category_of_drg"].get(stay["drg"]) == CIRCULATORY
        for stay in tables["inpatient_stays"]
        if stay["is_acute"] and _category(stay) == "428"
    ]
    yield line("stays for heart failure, with a circulatory DRG", _share_of(circulatory))
    women = [people[s["beneficiary_id"]]["sex"] == "2" for s in wholes]
    yield line("stays of women", _share(sum(women), len(wholes)))
    prostate = [w for w, s in zip(women, wholes, strict=True) if _category(s) in ("185", "600")]
    yield line("of stays for diseases of the prostate, of women", _share_of(prostate))
    births = [s for s in wholes if "630" <= _category(s) <= "679"]
    unlikely = sum(_unlikely(s, people[s["beneficiary_id"]]) for s in births)
    yield line("of stays for pregnancy or birth, of men or over 60", _share(unlikely, len(births)))
    deaths = [p["death_date"] for p in people.values() if p["death_date"] is not None]
    yield line(
        "deaths on the first day of a month", _share(sum(d.day == 1 for d in deaths), len(deaths))
    )
    died = sum(_within(people[s["beneficiary_id"]]["death_date"], s) for s in wholes)
    yield line("stays within which the beneficiary died", died)
    for month in ((2008, 1), (2008, 8), (2009, 8), (2010, 8), (2010, 12)):
        ended = sum((s["discharge_date"].year, s["discharge_date"].month) == month for s in wholes)
        yield line(f"stays that ended in {date(*month, 1):%B %Y}", ended)


def _following(wholes: Rows) -> Iterator[tuple[dict, dict]]:
    """Each stay with the next of the same person."""
    order = ("beneficiary_id", "admission_date", "discharge_date", "stay_id")
    listed = sorted(wholes, key=lambda stay: [stay[name] for name in order])
    return ((a, b) for a, b in pairwise(listed) if a["beneficiary_id"] == b["beneficiary_id"])


def _days(before: dict, after: dict) -> int:
    return (after["admission_date"] - before["discharge_date"]).days


def _category(stay: dict) -> str:
    return (stay["principal_code"] or "")[:3]


def _unlikely(stay: dict, person: dict) -> bool:
    return person["sex"] == "1" or stay["admission_date"].year - person["birth_date"].year > 60


def _within(death: date | None, stay: dict) -> bool:
    return death is not None and stay["admission_date"] <= death <= stay["discharge_date"]


def _share_of(marks: Sequence[bool]) -> str:
    return _share(sum(marks), len(marks))


def _ended(stay: dict, year: int) -> bool:
    return stay["discharge_date"].year == year


def _people(stays_: Iterable[dict]) -> int:
    return len({stay["beneficiary_id"] for stay in stays_})


def _met(tables: Mapping[str, Rows]) -> Rows:
    return tables["preventable_stays"]


def _count(rows: Rows, reason: str | None) -> int:
    return sum(row["reason"] == reason for row in rows)


def chart(wholes: Rows) -> str:
    """A drawing of how many acute stays ended in each month of the three years."""
    ended = Counter((s["discharge_date"].year, s["discharge_date"].month) for s in wholes)
    months = [(year, month) for year in YEARS for month in range(1, 13)]
    bars = "\n".join(
        f'<rect x="{60 + 15 * place}" y="{180 - ended[month] / 15:.1f}" width="12" '
        f'height="{ended[month] / 15:.1f}"><title>{date(*month, 1):%B %Y}: {ended[month]:,}</title>'
        "</rect>"
        for place, month in enumerate(months)
    )
    years = "\n".join(
        f'<text x="{60 + 180 * place}" y="197">{year}</text>' for place, year in enumerate(YEARS)
    )
    scale = "\n".join(
        f'<text x="52" y="{184 - stays_ / 15:.1f}" text-anchor="end">{stays_:,}</text>'
        for stays_ in (0, 1000, 2000)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 610 205" role="img" '
        'font-family="sans-serif" font-size="12" fill="#78909c">\n'
        f"<title>Acute stays that ended in each month</title>\n{bars}\n{years}\n{scale}\n</svg>\n"
    )
