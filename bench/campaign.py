"""`make campaign`: what takes too long for every run. Ends with an error if a promise breaks."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.integration.test_desk_forged import a_place, storm
from tests.integration.test_storm import numbers_kept, survive
from tests.running import Phone

from bench.world import KINDS, an_office

FALLS = 200
FORGED_PER_ROLE = 10_000


def main() -> int:
    """Return 1 if any promise was broken."""
    return 1 if fall() + forge() else 0


def fall() -> int:
    """Kill the phone service 200 times on each database; return how much of it was lost."""
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
    return broken


def forge() -> int:
    """Let each role send 10,000 forged messages to the desk; return how many did any harm."""
    with tempfile.TemporaryDirectory() as folder, a_place(Path(folder)) as (world, served):
        came = storm(world, served, per_role=FORGED_PER_ROLE, at_once=1)
    shown = [one for visit in came.visits for one in visit.shown]
    deeds = ", ".join(f"{count:,} × {name}" for name, count in came.done.items())
    print(
        f"desk: {came.sent:,} forged messages of {len(world.logins)} roles: "
        f"{len(came.wrong)} changes without the right to make them, "
        f"{len(shown)} of {len(world.secrets)} secrets shown, {len(came.logged)} in the log, "
        f"every screen answers; permitted and noted: {deeds}",
        flush=True,
    )
    for one in (*came.wrong, *shown, *came.logged):
        print(f"  {one}", flush=True)
    return len(came.wrong) + len(shown) + len(came.logged)


def _progress(done: int) -> None:
    print(f"\r{done}/{FALLS}", end="", file=sys.stderr, flush=True)


sys.exit(main())
