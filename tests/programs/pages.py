"""A page of a report as its reader meets it, and whether anyone can read it."""

from __future__ import annotations

import re
from itertools import pairwise

from lxml import html
from lxml.html import HtmlElement

NUMBER = re.compile(r"[+\u2212]?\$?\d[\d,]*(?:\.\d+)?[%x]?")
_LIGHT_AND_DARK = re.compile(r"--([a-z-]+): (#[0-9a-f]{6})")


def parsed(text: str) -> HtmlElement:
    return html.document_fromstring(text)


def words(node: HtmlElement) -> str:
    return " ".join(node.text_content().split())


def tables(page: HtmlElement) -> dict[str, list[list[str]]]:
    """The texts of the cells of each exhibit's body, row by row; facts as one row."""
    found = {}
    for table in page.xpath("//table[starts-with(@id, 'table-')]"):
        rows = [[words(cell) for cell in row] for row in table.xpath("./tbody/tr")]
        if "facts" in (table.get("class") or ""):
            rows = [[row[1] for row in rows]]
        found[table.get("id").removeprefix("table-")] = rows
    return found


def obstacles(text: str) -> list[str]:
    """What would keep someone from reading the page; a list of what is wrong."""
    page = parsed(text)
    levels = [int(h.tag[1]) for h in page.xpath("//h1|//h2|//h3|//h4")]
    ids = page.xpath("//@id")
    wrong = {
        "no language": page.get("lang") != "en",
        "no title": not page.xpath("string(//title)"),
        "not one h1": levels.count(1) != 1 or levels[0] != 1,
        "skipped heading": any(b > a + 1 for a, b in pairwise(levels)),
        "no main": len(page.xpath("//main")) != 1,
        "ids twice": len(ids) != len(set(ids)),
        "table without caption": bool(page.xpath("//table[not(caption)]")),
        "heading cell without scope": bool(page.xpath("//th[not(@scope)]")),
        "row without heading": bool(page.xpath("//tbody/tr[not(th)]")),
        "scrolled without keyboard": bool(
            page.xpath("//*[contains(concat(' ', @class, ' '), ' scroll ')][not(@tabindex='0')]")
        ),
        "picture without words": bool(page.xpath("//svg[not(@role='img') or not(title and desc)]")),
        "input without label": bool(page.xpath("//input[not(@id = //label/@for)]")),
        "link to nowhere": [
            link for link in page.xpath("//a[starts-with(@href, '#')]/@href") if link[1:] not in ids
        ],
        "reaches for the network": bool(
            page.xpath("//script[@src]|//link[@rel='stylesheet']|//img|//iframe")
        )
        or "@import" in text
        or "url(" in text,
    }
    found = [name for name, is_so in wrong.items() if is_so]
    return found + [f"weak contrast: {pair}" for pair in weak_pairs(text)]


def weak_pairs(text: str) -> list[str]:
    """Colours of words that do not stand out from what they are printed on (WCAG AA, 4.5 to 1)."""
    style = "".join(parsed(text).xpath("//style/text()"))
    light = dict(reversed(_LIGHT_AND_DARK.findall(style)))
    dark = dict(_LIGHT_AND_DARK.findall(style.split("@media print")[0]))
    on = [("ink", "paper"), ("soft", "paper"), ("link", "paper"), ("ink", "warn"), ("ink", "up"),
          ("ink", "down"), ("ink", "tint"), ("grey", "grey-tint")]  # fmt: skip
    return [
        f"{name} {a} on {b}"
        for name, colours in (("light", light), ("dark", dark))
        for a, b in on
        if a in colours and b in colours and contrast(colours[a], colours[b]) < 4.5
    ]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
