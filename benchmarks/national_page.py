"""The page of national.py."""

from __future__ import annotations

from collections.abc import Iterator

MILLION = 1_000_000
NATION = 33 * MILLION  # people whom Medicare paid for by the service
SHARES_SHOWN = 15
HEAD = """# A whole run by size

Made by `python benchmarks/national.py`: payment year 2017 over synthetic populations of two years
of claims, every measure and every stage stored. *Seconds* are the clock's, *processor seconds*
those of all threads together, which other work on the machine blurs less. *Peak* is the memory of
the whole process, 6 GB of it at most for the database. Every command is a process of its own:
`openp4p synthesize`, `openp4p convert`, which checks each row once and seals the tables, and
`openp4p run` on the sealed tables. A population by parts is converted part after part, and its
converted parts put together. *Scan* reads every value of the columns of the claims that the
stages read, once, and keeps nothing.
"""


def page(measured: dict) -> str:
    """The tables of all sizes that were measured, smallest first."""
    sizes = sorted(map(int, measured))
    found = {size: measured[str(size)] for size in sizes}
    parts = [HEAD, by_size(found), growth(found), by_stage(found), beside(found)]
    return "\n".join(part for part in parts if part)


def by_size(found: dict[int, dict]) -> str:
    lines = [
        "## Seconds and memory",
        "",
        "| people | claim lines | Parquet, GB | synthesize, processor s | convert, processor s "
        "| run, processor s | run, s | run, peak MB | scan, s | run / scan |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for size, one in found.items():
        run, scan = one["duckdb"], one["scan_seconds"]
        cells = [
            f"{size:,}",
            f"{one['rows']['claim_line']:,}",
            f"{one['bytes'] / 1e9:.2f}",
            *(cpu(one.get(name)) for name in ("synthesize", "convert", "duckdb")),
            f"{run['seconds']:,.0f}",
            f"{run['peak_memory_mb']:,}",
            f"{scan:.2f}",
            f"{run['seconds'] / scan:,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    machines = sorted({one["machine"] for one in found.values()})
    return "\n".join([*lines, "", *machines, ""])


def cpu(one: dict | None) -> str:
    return f"{one['cpu_seconds']:,.0f}" if one else ""


def growth(found: dict[int, dict]) -> str:
    """What a million people take at each size, and what a nation would by the largest."""
    lines = ["## How it grows", ""]
    for size, one in found.items():
        took, claims = one["duckdb"]["cpu_seconds"], one["rows"]["claim_line"]
        how = f" ({light(one)})" if light(one) else ""
        lines.append(
            f"- {size:,} people{how}: {took / size * MILLION:,.0f} processor seconds a million, "
            f"{took / claims * MILLION:.1f} a million claim lines."
        )
    size, one = max(found.items())
    if size >= NATION:
        return "\n".join([*lines, ""])
    run, convert = one["duckdb"]["cpu_seconds"], (one.get("convert") or {}).get("cpu_seconds", 0)
    hours = [seconds / size * NATION / 3600 for seconds in (run, convert)]
    lines += [
        "",
        f"{NATION:,} people were not run. At the rate of {size:,} they would take {hours[0]:,.1f} "
        f"processor hours in stages and {hours[1]:,.1f} once in checking, and "
        f"{one['bytes'] / size * NATION / 1e9:,.0f} GB of Parquet.",
        "",
    ]
    return "\n".join(lines)


def light(one: dict) -> str:
    """How a population differs from the usual, in words."""
    parts, services = one.get("parts", 0), one.get("services", 1.0)
    said = [f"by {parts} parts"] if parts else []
    return ", ".join([*said, f"services {services:g} of the usual"] if services != 1 else said)


def by_stage(found: dict[int, dict]) -> str:
    """The share of each of the dearest stages at the largest size, and their growth."""
    *smaller, size = found
    one, before = found[size], found[smaller[-1]]["stages"] if smaller else {}
    total = sum(one["stages"].values())
    lines_of = [found[n]["rows"]["claim_line"] for n in (size, *smaller[-1:])]
    dearest = sorted(one["stages"], key=one["stages"].__getitem__, reverse=True)[:SHARES_SHOWN]
    said = f"Seconds of {len(one['stages'])} stored tables, in all {total:,.0f}."
    if smaller:
        said += (
            f" *Growth* is seconds a claim line beside those at {smaller[-1]:,}: above 1 a stage "
            "grows faster than the data."
        )
    lines = [
        f"## By stage, at {size:,}",
        "",
        said,
        "",
        "| stage | seconds | share | growth |",
        "|---|--:|--:|--:|",
    ]
    for name in dearest:
        seconds, then = one["stages"][name], before.get(name)
        grown = f"{seconds / lines_of[0] / (then / lines_of[1]):.1f}" if then else ""
        lines.append(f"| {name} | {seconds:.1f} | {seconds / total:.1%} | {grown} |")
    return "\n".join([*lines, ""])


def beside(found: dict[int, dict]) -> str:
    """Spark and pandas, where they were asked for."""
    lines = [*spark_lines(found), *pandas_lines(found)]
    return "\n".join(["## Beside it", "", *lines, ""]) if lines else ""


def spark_lines(found: dict[int, dict]) -> Iterator[str]:
    for size, one in found.items():
        if "ended" in one.get("spark", {}):
            yield f"- Spark on this machine, {size:,} people: {one['spark']['ended']}."
        elif "spark" in one:
            spark = one["spark"]
            unlike = ", ".join(spark["different"])
            same = (
                f"DIFFERENT: {unlike}"
                if unlike
                else "the same keys, dollars and tiers, ratios to 1e-9"
            )
            slower = spark["seconds"] / spark["duckdb_seconds"]
            yield (
                f"- Spark on this machine, {size:,} people: {spark['seconds']:,.0f} s, "
                f"{slower:.1f} times DuckDB's {spark['duckdb_seconds']:,.0f} s in the same run of "
                f"the benchmark; {same}."
            )


def pandas_lines(found: dict[int, dict]) -> Iterator[str]:
    names = {"as_written": "pandas as one writes it", "tuned": "pandas, tuned"}
    for size, one in found.items():
        if "attribution" in one:
            ours = one["attribution"]["openp4p"]
            yield (
                f"- Attribution alone, {size:,} people ({ours['people']:,} attributed): openp4p "
                f"{ours['seconds']:.2f} s, {ours['cpu_seconds']:.2f} processor seconds."
            )
            for name, said in names.items():
                theirs = one["attribution"][name]
                yield (
                    f"  - {said}: {theirs['seconds']:.2f} s, {theirs['cpu_seconds']:.2f} processor "
                    f"seconds, {theirs['cpu_seconds'] / ours['cpu_seconds']:.1f} times as many; "
                    f"{theirs['different']:,} people elsewhere."
                )
