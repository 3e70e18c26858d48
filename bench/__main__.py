"""`make bench`: prints the figures as Markdown, to be put into docs/figures.md with the date."""

from __future__ import annotations

import os
import platform
import sys

from bench import intake, queue
from bench.world import KINDS, an_office


def main() -> None:
    """Run all measurements; a number of matters may be given for a quicker look."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    print(f"## Intake\n\n{intake.HEAD}")
    for kind in KINDS:
        print(intake.run(kind), flush=True)
    for kind in KINDS:
        with an_office(kind) as office:
            lines = "\n".join(queue.run(office, count))
        print(f"\n## A page of the queue, {count:,} matters, {kind}\n\n{lines}", flush=True)


main()
