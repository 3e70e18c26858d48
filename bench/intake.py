"""Submissions a second through HTTP and validation, beside the bare INSERT … COMMIT."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from sqlalchemy import text
from tests.factories import poster
from tests.running import Phone

from bench.world import an_office
from weiyou.services.office import Office
from weiyou.store.tables import Petition

BODY = {
    "text": "村口的路灯坏了三天，晚上走路看不见，老人摔过一跤，请来看看。" * 3,
    "category": "A02",
}
SECONDS = 8
SCRIPT = """
local threads = 0
function setup(thread) threads = threads + 1; thread:set("mine", threads) end
local id = 0
function request()
  id = id + 1
  local key = string.format("bench-%s-%d-%012d", os.getenv("RUN"), mine, id)
  return wrk.format("POST", nil, {["Content-Type"] = "application/json",
    ["Idempotency-Key"] = key}, os.getenv("BODY"))
end
"""


def run(kind: str) -> str:
    """Return a line of Markdown: database, ours, bare, ratio."""
    with an_office(kind) as office:
        bare = _bare(office)
        phone = Phone(office.settings.home, office.settings.store_url)
        phone.start()
        try:
            before = _count(office)
            rates = [_load(phone.port, poster(office), str(n)) for n in range(3)]
            kept = _count(office) - before
        finally:
            phone.stop()
        acknowledged = sum(answers for answers, _, _ in rates)
        rate = sorted(rate for _, rate, _ in rates)[1]
        p99 = sorted(p99 for _, _, p99 in rates)[1]
        missing = max(0, acknowledged - kept)
        return (
            f"| {kind} | {rate:,.0f} | {bare:,.0f} | {rate / bare:.2f} | {p99} | "
            f"{acknowledged:,} / {kept:,} / {missing} |"
        )


HEAD = (
    "| database | submissions/s (32 connections) | bare INSERT…COMMIT/s | ratio | p99 "
    "| acknowledged / kept / missing |\n|---|---|---|---|---|---|"
)


def _count(office: Office) -> int:
    with office.store.read() as session:
        return session.query(Petition).count()


def _bare(office: Office) -> float:
    """Return how often a second one connection inserts a row of that size and commits it."""
    words = json.dumps(BODY, ensure_ascii=False)
    key = "INTEGER PRIMARY KEY" if office.store.engine.dialect.name == "sqlite" else "SERIAL"
    with office.store.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE bare (id {key}, words TEXT)"))
    rates = []
    for _ in range(3):
        done, start = 0, time.perf_counter()
        raw = office.store.engine.raw_connection()
        cursor = raw.cursor()
        mark = "?" if office.store.engine.dialect.name == "sqlite" else "%s"
        while time.perf_counter() - start < 2:
            if mark == "?":
                cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(f"INSERT INTO bare (words) VALUES ({mark})", (words,))
            cursor.execute("COMMIT") if mark == "?" else raw.commit()
            done += 1
        rates.append(done / (time.perf_counter() - start))
        raw.close()
    return sorted(rates)[1]


def _load(port: int, token: str, name: str) -> tuple[int, float, str]:
    """Return answers, answers a second and the 99th percentile of one run of wrk."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as script:
        script.write(SCRIPT)
    command = ["wrk", "-t2", "-c32", f"-d{SECONDS}s", "--latency", "-s", script.name]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/api/g/{token}/petitions"],
        env={**os.environ, "RUN": name, "BODY": json.dumps(BODY)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    Path(script.name).unlink()
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)", done):
        raise RuntimeError(f"{refused[1]} submissions were refused")
    total = re.search(r"(\d+) requests in", done)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
    p99 = re.search(r"99%\s+(\S+)", done)
    if not (total and rate and p99):
        raise RuntimeError(f"unreadable answer of wrk: {done}")
    return int(total[1]), float(rate[1]), p99[1]
