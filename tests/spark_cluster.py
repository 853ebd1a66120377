"""A Spark cluster on loopback from the `pyspark` wheel: one master, some workers, Spark Connect.

`python -m tests.spark_cluster --workers 2` starts one, says its address, and ends it on Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

HOST = "127.0.0.1"
_MASTER, _WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
_PATIENCE = 90


@dataclass
class Cluster:
    """The processes of a cluster and where it answers."""

    url: str
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kill_worker(self) -> None:
        """End one worker at once, with the executor that it started."""
        _end(self.workers.pop())

    def connect_server(self) -> str:
        """Start a Spark Connect server on this machine beside the cluster; its address."""
        port = _free_port()
        conf = (
            "--conf",
            f"spark.connect.grpc.binding.port={port}",
            "--conf",
            "spark.ui.enabled=false",
        )
        named = ("--class", _CONNECT, "--master", "local[2]", "--driver-memory", "3g", *conf)
        self.others.append(
            _started(self.folder, "connect", "spark-submit", *named, "spark-internal")
        )
        _wait_for(port)
        return f"sc://{HOST}:{port}"


@contextmanager
def cluster(workers: int = 2, memory: str = "3g") -> Iterator[Cluster]:
    """A running cluster; everything it started is ended with it."""
    port = _free_port()
    url = f"spark://{HOST}:{port}"
    with TemporaryDirectory(prefix="openp4p-spark-") as place:
        made = Cluster(url, Path(place))
        try:
            where = ("--host", HOST, "--port", str(port), "--webui-port", "0")
            made.others.append(_started(made.folder, "master", "spark-class", _MASTER, *where))
            _wait_for(port)
            size = ("--host", HOST, "--cores", "1", "--memory", memory, "--webui-port", "0")
            for number in range(workers):
                work = ("--work-dir", str(made.folder / f"work-{number}"))
                started = ("spark-class", _WORKER, *size, *work, url)
                made.workers.append(_started(made.folder, f"worker-{number}", *started))
            yield made
        finally:
            for process in (*made.workers, *made.others):
                _end(process)


def _started(folder: Path, name: str, script: str, *arguments: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    quiet = {"SPARK_LOCAL_IP": HOST, "SPARK_HOME": str(home), "SPARK_NO_DAEMONIZE": "1"}
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [str(home / "bin" / script), *arguments],
            env={**os.environ, **quiet},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """A process and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    last = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            if time.monotonic() > last:
                raise
            time.sleep(0.2)
        else:
            return


def main() -> None:
    """Start a cluster and wait until it is interrupted."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--workers", type=int, default=2)
    with cluster(asked.parse_args().workers) as made:
        print(made.url, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
