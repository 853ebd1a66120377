"""The cluster engine: Spark, an existing cluster or a local session from the wheel."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from openp4p.engine.base import Row
from openp4p.engine.duckdb import arrow_table
from openp4p.errors import UsageError

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}

_DRIVER_MEMORY = "4g"


class Spark:
    """Spark through the session that exists, or a new one on the given master."""

    name = "spark"
    has_processes = True

    def __init__(self, threads: int | None = None, master: str | None = None) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise UsageError(
                "The Spark engine is not installed.",
                remedy="Install it with: pip install 'openp4p[spark]'.",
                code="engine-not-installed",
            ) from error
        builder = SparkSession.builder.appName("openp4p")
        for key, value in SETTINGS.items():
            builder = builder.config(key, value)
        if SparkSession.getActiveSession() is None:
            local = f"local[{threads or '*'}]"
            builder = (
                builder.master(master or local)
                .config("spark.sql.shuffle.partitions", str(2 * (threads or 4)))
                # Spark's own default of one gigabyte is soon full of plans and small tables
                .config("spark.driver.memory", _DRIVER_MEMORY)
            )
            self._owned = True
        else:
            self._owned = False
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        self.connection = ibis.pyspark.connect(self.session)

    def read_parquet(self, path: Path) -> ir.Table:
        """The rows of a Parquet file, or of a folder of Parquet files."""
        return self.connection.read_parquet(str(path))

    def read_csv(self, path: Path) -> ir.Table:
        """The rows of a CSV file, every column as text, blank as null."""
        return self.connection.read_csv(str(path), header=True, inferSchema=False)

    def table(self, rows: Iterable[Row], columns: Mapping[str, str]) -> ir.Table:
        """A small table made from Python rows, with the declared columns."""
        frame = self.session.createDataFrame(arrow_table(rows, columns))
        name = f"openp4p_{uuid.uuid4().hex}"
        frame.createOrReplaceTempView(name)
        return self.connection.table(name)

    def store(self, expression: ir.Table, folder: Path, order_by: tuple[str, ...] = ()) -> None:
        """Compute the expression and write it as Parquet files into a new folder."""
        ordered = expression.order_by(list(order_by)) if order_by else expression
        view = ibis.util.gen_name("stored")
        self.connection.create_view(view, ordered)
        try:
            self._typed(view, expression).write.parquet(str(folder), compression="snappy")
        finally:
            self.connection.drop_view(view)

    def _typed(self, view: str, expression: ir.Table) -> Any:  # noqa: ANN401  # a Spark data frame
        """The rows in the types Ibis believes they have: here a literal 1.0 is a decimal, and would
        be stored as that."""
        from ibis.backends.pyspark.datatypes import PySparkSchema

        frame = self.session.table(view)
        wanted = PySparkSchema.from_ibis(expression.schema())
        return frame.select(*(frame[f.name].cast(f.dataType).alias(f.name) for f in wanted))

    def rows(self, expression: ir.Table) -> pa.Table:
        """The computed rows, for small results only."""
        return self.connection.to_pyarrow(expression)

    def sql(self, expression: ir.Table) -> str:
        """The SQL this engine runs for the expression."""
        return str(ibis.to_sql(expression, dialect="pyspark"))

    def close(self) -> None:
        """Stop the session if it was started here."""
        if self._owned:
            self.session.stop()
