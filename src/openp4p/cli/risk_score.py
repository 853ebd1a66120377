"""`openp4p risk-score`: CMS-HCC risk scores of people in a file, without a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from openp4p.cli.options import Threads
from openp4p.cli.terminal import output


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("risk-score")(risk_score)


def risk_score(
    model: Annotated[str, typer.Option(help="V12, V21 or V22.")],
    coefficients: Annotated[int, typer.Option(help="Payment year of the factors and codes.")],
    beneficiaries: Annotated[
        Path, typer.Option(help="beneficiary_id, birth_date or age, sex, orec, medicaid, segment.")
    ],
    diagnoses: Annotated[Path, typer.Option(help="beneficiary_id, icd_version, code.")],
    out: Annotated[Path, typer.Option(help="Scores: .csv, .csv.gz or .parquet.")],
    age_sex_edits: Annotated[
        bool, typer.Option(help="Re-assign codes that contradict age or sex, as CMS does.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
    threads: Threads = None,
) -> None:
    """Score people with the CMS-HCC model: every score with every term of its sum.

    Files are CSV (also .csv.gz) or Parquet. Sex is 1 (male) or 2 (female); orec the original
    reason for entitlement, 0 to 3; medicaid 0 or 1; segment CMS's letters (CNA, INS, NE), blank:
    community. Age is that of 1 February of the year. The scores have beneficiary_id, risk_score,
    hccs_before, hccs and terms.

    Example:

        openp4p risk-score --model V22 --coefficients 2017 --beneficiaries people.csv \\
            --diagnoses diagnoses.csv --out scores.csv
    """
    from openp4p.cli.risk_files import Asked, lines_of, score_files
    from openp4p.engine import open_engine

    engine = open_engine("duckdb", threads=threads)
    try:
        asked = Asked(model, coefficients, beneficiaries, diagnoses, out, age_sex_edits)
        summary = score_files(asked, engine)
    finally:
        engine.close()
    if as_json:
        typer.echo(json.dumps(summary))
        return
    for line in [*lines_of(summary), f"The scores are in {out}"]:
        output().print(line, soft_wrap=True)
