"""How much memory an engine may take: read as people write it, and refused in words."""

from __future__ import annotations

import pytest
from py4j.protocol import Py4JError

from openp4p.engine import open_engine
from openp4p.engine.limits import machine_memory, size_in_bytes
from openp4p.engine.spark import _local
from openp4p.engine.spark_errors import in_words
from openp4p.errors import UsageError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8GB", 8_000_000_000),
        ("8 gb", 8_000_000_000),
        ("512MiB", 512 << 20),
        ("1.5GiB", 3 << 29),
        ("2T", 2_000_000_000_000),
        ("100%", machine_memory()),
        ("12.5%", machine_memory() // 8),
    ],
)
def test_a_size_is_read_as_people_write_it(text, size):
    assert size_in_bytes(text) == size


@pytest.mark.parametrize(
    "text", ["", "8", "GB", "-1GB", "8GBs", "0GB", "much", "1,5GB", "1e3MB", "8Gi", "150%", "1KB"]
)
def test_anything_else_is_refused_before_an_engine_opens(text):
    for name in ("duckdb", "spark"):
        with pytest.raises(UsageError, match="not an amount of memory"):
            open_engine(name, memory_limit=text)


@pytest.mark.parametrize("text", ["3GB", "3 gb", "3G", "3GiB", "700MB", "0.01T", "50%", "1MB"])
def test_duckdb_reads_a_size_as_it_is_read_here(text):
    engine = open_engine("duckdb", memory_limit=text)
    asked = engine.connection.raw_sql("SELECT current_setting('memory_limit')").fetchall()
    # it shows one decimal and cuts the others off
    shown, unit = str(asked[0][0]).split()
    one = 2 ** (10 * (1 + "KMGT".index(unit[0])))
    assert 0 <= size_in_bytes(text) - float(shown) * one <= one / 10
    engine.close()


def test_a_spark_of_this_machine_has_what_is_asked_for_or_a_share_of_the_machine():
    assert _local(2, "2GiB")["spark.driver.memory"] == "2048m"
    usual = max(4 << 30, machine_memory() // 4) >> 20
    assert _local(None, None)["spark.driver.memory"] == f"{usual}m"
    with pytest.raises(UsageError, match="does not start"):
        _local(2, "400MB")


def test_a_full_java_machine_is_said_in_words_and_other_errors_are_not_hidden():
    with pytest.raises(UsageError, match="too little") as caught, in_words():
        raise RuntimeError("java.lang.OutOfMemoryError: Java heap space")
    assert caught.value.code == "memory-limit"
    with pytest.raises(RuntimeError, match="divide"), in_words():
        raise RuntimeError("divide by zero")


def test_a_spark_that_has_ended_is_said_in_words():
    def broken():
        try:
            raise ConnectionResetError("[Errno 104] Connection reset by peer")
        except ConnectionResetError as error:
            raise Py4JError("An error occurred while calling o1.sql") from error

    with pytest.raises(UsageError, match="answers no more") as caught, in_words():
        broken()
    assert caught.value.code == "engine-lost"
