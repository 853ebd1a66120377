"""Attribution by plurality as an analyst writes it in pandas today, and the same tuned.

Both read the sealed Parquet tables of a population, and give the practice of each eligible
beneficiary; `benchmarks/national.py` holds them beside the engine's, in speed and in result.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds

from openp4p.engine import Engine
from openp4p.program.definition import Program
from openp4p.results import Run

COLUMNS = (
    "beneficiary_id", "claim_class", "from_date", "hcpcs_code", "tin", "specialty",
    "allowed_amount", "processing_indicator",
)  # fmt: skip
RULES = ("primary_care_codes", "specialties", "attribution_steps", "eligible_beneficiaries")


def rules(run: Run) -> dict[str, pd.DataFrame]:
    """The rule tables of a run and who is eligible, as data frames."""
    return {name: run.engine.rows(run.table(name)).to_pandas() for name in RULES}


def as_written(tables: Path, about: dict[str, pd.DataFrame], rule: Program) -> dict[str, str]:
    """The first way that comes to mind: whole tables in memory, one person after the other."""
    lines = pd.read_parquet(tables / "claim_line")
    lines["from_date"] = pd.to_datetime(lines["from_date"])
    lines["allowed_amount"] = lines["allowed_amount"].astype(float)
    lines = lines[
        (lines["claim_class"] == "PART_B") & (lines["from_date"].dt.year == rule.performance_year)
    ]
    lines = lines[lines["processing_indicator"].isna() | (lines["processing_indicator"] == "A")]
    lines = lines[lines["hcpcs_code"].isin(about["primary_care_codes"]["hcpcs_code"])]
    lines = lines[lines["tin"].notna() & (lines["allowed_amount"] > 0)]
    eligible = about["eligible_beneficiaries"]
    lines = lines[lines["beneficiary_id"].isin(eligible[eligible["is_eligible"]]["beneficiary_id"])]
    lines = lines.merge(about["specialties"], on="specialty", how="left")
    lines["provider_group"] = lines["provider_group"].fillna("other")
    lines = lines.merge(about["attribution_steps"], on="provider_group")
    physicians = lines[lines["is_physician"] == True]  # noqa: E712  # as one writes it
    seen = set(zip(physicians["beneficiary_id"], physicians["tin"], strict=True))
    found = {}
    for person, services in lines.groupby("beneficiary_id"):
        totals = services.groupby(["step", "tin"]).agg(
            charges=("allowed_amount", "sum"),
            last=("from_date", "max"),
            services=("allowed_amount", "count"),
        )
        totals = totals.reset_index().round({"charges": 2})
        if rule.attribution.prestep_physician_visit:
            totals = totals[[(person, tin) in seen for tin in totals["tin"]]]
        totals = totals.sort_values(
            ["step", "charges", "last", "services", "tin"],
            ascending=[True, False, False, False, True],
        )
        if len(totals):
            found[person] = totals.iloc[0]["tin"]
    return found


def tuned(tables: Path, about: dict[str, pd.DataFrame], rule: Program) -> dict[str, str]:
    """Only the columns and rows that are needed, whole cents, no loop."""
    line = ds.dataset(tables / "claim_line", format="parquet")
    codes = about["primary_care_codes"]["hcpcs_code"].tolist()
    wanted = (
        (pc.field("claim_class") == "PART_B")
        & (pc.year(pc.field("from_date")) == rule.performance_year)
        & pc.field("hcpcs_code").isin(codes)
        & pc.field("tin").is_valid()
        & (pc.field("processing_indicator").is_null() | (pc.field("processing_indicator") == "A"))
    )
    dollars = pc.field("allowed_amount").cast("float64")
    names = ("beneficiary_id", "tin", "specialty", "from_date")
    lines = line.to_table(
        {**{name: pc.field(name) for name in names}, "dollars": dollars}, filter=wanted
    ).to_pandas()
    lines["cents"] = (lines["dollars"] * 100).round().astype("int64")
    lines = lines[lines["cents"] > 0]
    eligible = about["eligible_beneficiaries"]
    people = eligible.loc[eligible["is_eligible"], "beneficiary_id"]
    lines = lines[lines["beneficiary_id"].isin(people)]
    kinds = about["specialties"].set_index("specialty")
    lines["group"] = lines["specialty"].map(kinds["provider_group"]).fillna("other")
    lines["physician"] = lines["specialty"].map(kinds["is_physician"]).fillna(False).astype(bool)
    steps = about["attribution_steps"].rename(columns={"provider_group": "group"})
    lines = lines.merge(steps, on="group")
    by = ["beneficiary_id", "tin"]
    seen = lines.groupby(by, sort=False)["physician"].any().rename("seen").reset_index()
    totals = lines.groupby([*by, "step"], sort=False).agg(
        cents=("cents", "sum"), last=("from_date", "max"), services=("cents", "size")
    )
    totals = totals.reset_index().merge(seen, on=by)
    if rule.attribution.prestep_physician_visit:
        totals = totals[totals["seen"]]
    best = totals.sort_values(
        ["beneficiary_id", "step", "cents", "last", "services", "tin"],
        ascending=[True, True, False, False, False, True],
    )
    best = best.drop_duplicates("beneficiary_id")
    return dict(zip(best["beneficiary_id"], best["tin"], strict=True))


def ours(run: Run, tables: Path, engine: Engine, out: Path) -> dict[str, str]:
    """The engine's three stages, from the same Parquet to Parquet."""
    import openp4p.run  # noqa: F401  # declares every stage
    from openp4p.engine import stages

    stored = {name: run.table(name) for name in RULES}
    rows = {
        name: engine.table(run.engine.rows(t).to_pylist(), t.schema()) for name, t in stored.items()
    }
    services = stages()["primary_care_services"](
        claim_line=engine.read_parquet(tables / "claim_line"),
        specialties=rows["specialties"],
        primary_care_codes=rows["primary_care_codes"],
        program=run.program,
    )
    engine.store(services, out / "services")
    candidates = stages()["attribution_candidates"](
        primary_care_services=engine.read_parquet(out / "services"),
        attribution_steps=rows["attribution_steps"],
        program=run.program,
    )
    engine.store(candidates, out / "candidates")
    attributed = stages()["attributed_beneficiaries"](
        attribution_candidates=engine.read_parquet(out / "candidates"),
        eligible_beneficiaries=rows["eligible_beneficiaries"],
        removed_patient=engine.table(
            [], {"beneficiary_id": "string", "tin": "string", "performance_year": "int64"}
        ),
        program=run.program,
    )
    engine.store(attributed, out / "attributed")
    named = engine.rows(engine.read_parquet(out / "attributed").select("beneficiary_id", "tin"))
    return dict(
        zip(*(named.column(name).to_pylist() for name in ("beneficiary_id", "tin")), strict=True)
    )
