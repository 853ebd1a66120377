"""The cluster engine: Spark, an existing cluster or a local session from the wheel."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from openp4p.engine.base import Row
from openp4p.engine.duckdb import arrow_table
from openp4p.engine.limits import machine_memory, size_in_bytes
from openp4p.engine.slices import Slice
from openp4p.engine.spark_errors import in_words, is_lost
from openp4p.engine.written import compression
from openp4p.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # plans are written out for Spark's own pages at each step, and grow to megabytes
    "spark.sql.maxPlanStringLength": "1000",
}
# of a session that is started here
_OWN = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
# of the Java machine that a session on this machine is: Spark's own default of one gigabyte is soon
# full of plans and small tables
_LEAST_MEMORY, _SHARE_OF_MEMORY = 4 << 30, 4
# into which tables are parted to be joined: a part of a million people fits the memory of a task;
# where they are small, Spark puts them together
_LEAST_PARTS = 64
_FEWEST_BYTES = 471_859_200  # with which Spark starts
_CONNECT = "sc://"
_CONNECT_PORT, _MASTER_PORT, _SECONDS = 15002, 7077, 10


class Spark:
    """Spark through the session that exists, on the cluster that is named, or on this machine.

    `master` is Spark's own word for a cluster (spark://host:7077, yarn, …) or the address of a
    Spark Connect server (sc://host:15002), which `SPARK_REMOTE` may state as well. Every worker
    must see the folders of the input and of the run by the same path.
    """

    name = "spark"
    has_processes = True

    def __init__(
        self,
        threads: int | None = None,
        master: str | None = None,
        memory_limit: str | None = None,
    ) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise UsageError(
                "The Spark engine is not installed.",
                remedy="Install it with: pip install 'openp4p[spark]'.",
                code="engine-not-installed",
            ) from error
        remote = master if (master or "").startswith(_CONNECT) else os.environ.get("SPARK_REMOTE")
        self._owned = _active(SparkSession, connect=remote is not None) is None
        settings = dict(SETTINGS)
        builder = SparkSession.builder.appName("openp4p")
        if self._owned and remote:
            builder = builder.remote(remote)
        elif self._owned:
            builder = builder.master(master or f"local[{threads or '*'}]")
            settings |= _OWN if master else {**_OWN, **_local(threads, memory_limit)}
        for key, value in settings.items():
            builder = builder.config(key, value)
        if self._owned and (remote or master):
            _reach(str(remote or master))
        self.session = builder.getOrCreate()
        if remote is None:
            self.session.sparkContext.setLogLevel("ERROR")
        self.connection = ibis.pyspark.connect(self.session)

    def read_parquet(self, *paths: Path) -> ir.Table:
        """The rows of Parquet files of the same columns, or of the files of a folder."""
        with in_words():
            if len(paths) == 1:
                return self.connection.read_parquet(str(paths[0]))
            return self._named(self.session.read.parquet(*map(str, paths)))

    def read_csv(self, path: Path) -> ir.Table:
        """The rows of a CSV file, every column as text, blank as null."""
        with in_words():
            return self.connection.read_csv(str(path), header=True, inferSchema=False)

    def table(self, rows: Iterable[Row], columns: Mapping[str, str]) -> ir.Table:
        """A small table made from Python rows, with the declared columns."""
        held = arrow_table(rows, columns)
        with in_words():
            if held.num_rows:
                return self._named(self.session.createDataFrame(held))
            # Spark Connect takes no table without rows; Spark takes a list of none for as large as
            # can be and sends whole tables about to join them with nothing, unless it is told
            empty = self.session.createDataFrame([], _schema(ibis.schema(dict(columns))))
            return self._named(empty.limit(0))

    def _named(self, frame: DataFrame) -> ir.Table:
        name = f"openp4p_{uuid.uuid4().hex}"
        frame.createOrReplaceTempView(name)
        return self.connection.table(name)

    def slices(self, table: ir.Table, column: str) -> tuple[Slice, ...]:
        """None: Spark parts its work by itself."""
        del table, column
        return ()

    def of_slice(self, table: ir.Table, column: str) -> ir.Table:
        """Every row."""
        del column
        return table

    def store(self, expression: ir.Table, folder: Path, slices: Sequence[Slice] = ()) -> None:
        """Compute the expression and write it as Parquet files into a new folder."""
        assert not slices, "Spark gives no slices"
        with in_words():
            # not `create_view`, which has Spark go through the plan twice more
            frame = self.connection.raw_sql(self.sql(expression))
            wanted = [(f.name, f.dataType) for f in _schema(expression.schema())]
            if [(f.name, f.dataType) for f in frame.schema] != wanted:
                # as Ibis believes they are: here a literal 1.0 is a decimal, and would stay one
                frame = frame.select(*(frame[name].cast(t).alias(name) for name, t in wanted))
            frame.write.parquet(str(folder), compression=compression())

    def rows(self, expression: ir.Table) -> pa.Table:
        """The computed rows, for small results only."""
        with in_words():
            return self.connection.to_pyarrow(expression)

    def sql(self, expression: ir.Table) -> str:
        """The SQL this engine runs for the expression."""
        return str(ibis.to_sql(expression, dialect="pyspark"))

    def close(self) -> None:
        """Stop the session if it was started here."""
        try:
            if self._owned:
                self.session.stop()
        except Exception as error:
            if not is_lost(error):  # what is gone is stopped
                raise


def _schema(schema: ibis.Schema) -> Any:  # noqa: ANN401  # Spark's type of a row
    from ibis.backends.pyspark.datatypes import PySparkSchema

    return PySparkSchema.from_ibis(schema)


def _local(threads: int | None, memory_limit: str | None) -> dict[str, str]:
    """Settings of a session on this machine alone."""
    memory = max(_LEAST_MEMORY, machine_memory() // _SHARE_OF_MEMORY)
    if memory_limit is not None:
        memory = size_in_bytes(memory_limit)
    if memory < _FEWEST_BYTES:
        raise UsageError(
            f"Spark does not start with {memory_limit} of memory.",
            remedy="Give --memory-limit 1GB or more.",
            code="memory-limit",
        )
    return {
        "spark.sql.shuffle.partitions": str(max(2 * (threads or 0), _LEAST_PARTS)),
        "spark.driver.memory": f"{memory >> 20}m",
        # what Spark remembers of queries that are done, for pages that nobody sees here
        "spark.sql.ui.retainedExecutions": "1",
        "spark.ui.retainedJobs": "1",
        "spark.ui.retainedStages": "1",
        "spark.ui.retainedTasks": "1",
    }


def _active(sessions: Any, *, connect: bool) -> Any:  # noqa: ANN401  # Spark's session class
    """The session that a notebook platform or another program has opened already, if any."""
    if not connect:
        return sessions.getActiveSession()
    try:
        from pyspark.sql.connect.session import SparkSession as Remote
    except ImportError as error:
        raise UsageError(
            "Spark Connect is not installed.",
            remedy="Install it with: pip install 'openp4p[connect]'.",
            code="engine-not-installed",
        ) from error
    return Remote.getActiveSession()


def _reach(url: str) -> None:
    """Refuse at once, in words, an address of a cluster at which nobody answers."""
    address = urlsplit(url)
    if address.scheme not in ("sc", "spark") or not address.hostname or "," in url:
        return
    port = address.port or (_CONNECT_PORT if address.scheme == "sc" else _MASTER_PORT)
    try:
        socket.create_connection((address.hostname, port), timeout=_SECONDS).close()
    except OSError as error:
        raise UsageError(
            f"No Spark answers at '{url}' ({error.strerror or error}).",
            remedy="Check the address, and that the cluster runs and accepts this machine.",
            code="engine-not-reached",
        ) from error
