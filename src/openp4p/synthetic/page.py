"""The page of a population: what it was made to look like, and what was reached."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from openp4p.synthetic.findings import MINIMUM, Findings, Spread
from openp4p.synthetic.market import PERFORMANCE_YEAR, SYNTHETIC

# CMS, Benchmarks for Measures Included in the PY 2014 QRURs (January 2015): mean and deviation
_ACUTE, _CHRONIC, _READMISSION = (7.53, 5.72), (50.43, 24.23), (15.94, 1.39)
# 10th, 50th and 90th percentile of practices, CMS, MIPS 2017 cost benchmarks
_COST, _EPISODE = (8665, 12977, 18828), (18562, 21215, 24430)
_EXPLAINED = (12.0, 14.0)
_WIDTH, _LEFT, _RIGHT, _BINS = 640, 90, 30, 24


def page(found: Findings, beneficiaries: int, command: str) -> str:
    """A self-contained HTML page; nothing in it comes from elsewhere."""
    template = files("openp4p.synthetic").joinpath("page.html").read_text("utf-8")
    parts = {
        "synthetic": escape(SYNTHETIC),
        "command": escape(command),
        "year": str(PERFORMANCE_YEAR),
        "prior": str(PERFORMANCE_YEAR - 1),
        "people": f"{beneficiaries:,}",
        "lines": f"{found.professional_lines:.1f}",
        "both": f"{found.professional_lines_both:.1f}",
        "rates": "".join(_rates(found)),
        "costs": "".join(_costs(found)),
        "cost_picture": _range("Per capita cost", _COST, found.cost),
        "episode_picture": _range("Spending per episode", _EPISODE, found.episode),
        "histogram": _histogram(found.costs, _COST),
        "features": "".join(_features(found.features, beneficiaries)),
        "minimum": str(MINIMUM),
    }
    for name, text in parts.items():
        template = template.replace("{{ " + name + " }}", text)
    return template


def _rates(found: Findings) -> list[str]:
    rows = (
        ("Stays for acute conditions, per 1,000", _ACUTE, found.acute),
        ("Stays for chronic conditions, per 1,000", _CHRONIC, found.chronic),
        ("Readmissions within 30 days, percent", _READMISSION, found.readmission),
    )
    return [_rate(name, target, spread) for name, target, spread in rows]


def _rate(name: str, target: tuple[float, float], spread: Spread) -> str:
    off = spread.mean / target[0] - 1
    return (
        f"<tr><th scope=row>{name}</th><td>{target[0]:.2f}</td><td>{spread.mean:.2f}</td>"
        f"<td>{off:+.1%}</td><td>{target[1]:.2f}</td><td>{spread.seen:.2f}</td>"
        f"<td>{spread.without_chance:.2f}</td><td>{spread.practices:,}</td></tr>"
    )


def _costs(found: Findings) -> list[str]:
    rows = []
    for name, target, reached, practices in (
        ("Per capita cost", _COST, found.cost, found.cost_practices),
        ("Spending per episode", _EPISODE, found.episode, found.episode_practices),
    ):
        for place, share in enumerate(("10th", "50th", "90th")):
            off = f"{reached[place] / target[place] - 1:+.1%}" if practices else "-"
            rows.append(
                f"<tr><th scope=row>{name}, {share} percentile</th><td>${target[place]:,}</td>"
                f"<td>${reached[place]:,.0f}</td><td>{off}</td><td>{practices:,}</td></tr>"
            )
    low, high = _EXPLAINED
    rows.append(
        "<tr><th scope=row>Share of cost that illness explains</th>"
        f"<td>{low:.0f} to {high:.0f}%</td><td>{found.explained:.1%}</td><td></td><td></td></tr>"
    )
    return rows


def _features(features: Sequence[tuple[str, str, int]], beneficiaries: int) -> list[str]:
    rows, before = [], ""
    for what, which, n in features:
        share = f"{n / beneficiaries:.1%}" if what == "people" else ""
        shown = what.capitalize() if what != before else ""
        rows.append(
            f"<tr><th scope=row>{shown}</th><td>{escape(which)}</td><td>{n:,}</td>"
            f"<td>{share}</td></tr>"
        )
        before = what
    return rows


def _range(title: str, target: Sequence[float], reached: Sequence[float]) -> str:
    """Two bars from the 10th to the 90th percentile with a mark at the middle."""
    low, high = 0.9 * min(*target, *reached), 1.05 * max(*target, *reached)

    def at(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    drawn = []
    for row, (name, values) in enumerate((("target", target), ("reached", reached))):
        y = 26 + 44 * row
        drawn.append(
            f'<text x="0" y="{y + 5}">{name}</text>'
            f'<line x1="{at(values[0]):.1f}" x2="{at(values[2]):.1f}" y1="{y}" y2="{y}" '
            f'class="{name}"/><circle cx="{at(values[1]):.1f}" cy="{y}" r="7" class="{name}"/>'
            + "".join(
                f'<text x="{at(value):.1f}" y="{y - 11}" text-anchor="middle">${value:,.0f}</text>'
                for value in values
            )
        )
    said = "; ".join(
        f"{name} ${values[0]:,.0f}, ${values[1]:,.0f}, ${values[2]:,.0f}"
        for name, values in (("target", target), ("reached", reached))
    )
    return _svg(f"{title}, 10th, 50th and 90th percentile of practices: {said}", 90, drawn)


def _histogram(costs: Sequence[float], target: Sequence[float]) -> str:
    """Practices by per capita cost, with the target percentiles as lines."""
    if not costs:
        return ""
    low, high = 0.0, max(1.6 * target[2], 1.0)
    counts = [0] * _BINS
    for cost in costs:
        counts[min(_BINS - 1, int((cost - low) / (high - low) * _BINS))] += 1
    step = (_WIDTH - _LEFT - _RIGHT) / _BINS
    tallest = max(counts)
    drawn = [
        f'<rect x="{_LEFT + step * n:.1f}" y="{150 - 120 * count / tallest:.1f}" '
        f'width="{step - 2:.1f}" height="{120 * count / tallest:.1f}" class="bar"/>'
        for n, count in enumerate(counts)
        if count
    ]
    for value, name in zip(target, ("P10", "P50", "P90"), strict=True):
        x = _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)
        drawn.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="22" y2="150" class="mark"/>'
            f'<text x="{x:.1f}" y="14" text-anchor="middle">{name}</text>'
            f'<text x="{x:.1f}" y="168" text-anchor="middle">${value:,}</text>'
        )
    return _svg(f"{len(costs):,} practices by per capita cost", 176, drawn)


def _svg(description: str, height: int, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(description)}">'
        f"{''.join(drawn)}</svg>"
    )
