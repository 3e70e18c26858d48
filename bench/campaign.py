"""`make campaign`: what takes too long for every run. Ends with an error if a promise breaks."""

from __future__ import annotations

import sys

from tests.integration.test_storm import numbers_kept, survive
from tests.running import Phone

from bench.world import KINDS, an_office

FALLS = 200


def main() -> int:
    """Kill the phone service 200 times on each database, and look for what it acknowledged."""
    broken = 0
    for kind in KINDS:
        with an_office(kind) as office:
            phone = Phone(office.settings.home, office.settings.store_url)
            acknowledged = survive(office, phone, falls=FALLS, say=_progress)
            kept = set(numbers_kept(office))
            lost = [number for number in acknowledged if number not in kept]
        broken += len(lost)
        print(
            f"\r{kind}: {FALLS} × kill -9 during intake: {len(acknowledged):,} acknowledged, "
            f"{len(kept):,} kept, {len(lost)} lost",
            flush=True,
        )
    return 1 if broken else 0


def _progress(done: int) -> None:
    print(f"\r{done}/{FALLS}", end="", file=sys.stderr, flush=True)


sys.exit(main())
