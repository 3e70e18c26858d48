"""The figures by name, what each means, and how they are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

MEANINGS: Final[Mapping[str, str]] = {
    "open.seconds": "s from the request to the first click that worked; mean of cold and warm",
    "open.cold_seconds": "the same in a browser that had never been there",
    "open.warm_seconds": "the same in that browser for the second time",
    "cpu.seconds_per_open": "processor seconds of the server's whole tree, one opening",
    "memory.mb_first_user": "PSS of the server's whole tree with one user, MB",
    "memory.mb_per_user": "PSS that a further user adds, over 8 users, MB",
    "click.p50_1_ms": "ms from a click to the changed number in the page, one user, median",
    "click.p95_1_ms": "the same, 95th percentile",
    "click.lost_1": "clicks of one user that changed nothing within 10 s",
    "click.p50_20_ms": "ms from a click to the changed number, 20 users clicking once a second",
    "click.p95_20_ms": "the same, 95th percentile",
    "click.lost_20": "clicks of 20 users that changed nothing within 10 s",
    "cpu.share_20": "cores that the server used while 20 users clicked",
    "machine.busy_20": "share of the machine in use meanwhile, browser included",
    "bytes.cold_kb": "kB over the wire at the first opening, both ways, packed, websockets too",
    "bytes.warm_kb": "the same at the second",
    "foreign.requests": "requests to other machines in one cold and one warm opening; refused",
}
"""The figures of one server; those of a peer stand under `peer.<name>.` with `_` for `.`."""

RATIOS: Final[Mapping[str, str]] = {
    "open.ratio_{}": "open.seconds divided by its; median of the rounds' ratios",
    "memory.ratio_{}": "memory.mb_per_user divided by its",
    "cpu.ratio_{}": "cpu.seconds_per_open divided by its",
    "click.ratio_20_{}": "click.p95_20_ms divided by its",
}
"""Ours beside each of the others."""

OF: Final = {
    "memory.ratio_{}": "memory.mb_per_user",
    "cpu.ratio_{}": "cpu.seconds_per_open",
    "click.ratio_20_{}": "click.p95_20_ms",
}


def flat(
    figures: Mapping[str, Mapping[str, float]], open_ratios: Mapping[str, float]
) -> dict[str, float]:
    """Return all figures in one table by name.

    Args:
        figures: By server, by name of the figure.
        open_ratios: Ours to each of the others.
    """
    ours = figures.get("ours", {})
    table = dict(ours)
    for name, theirs in figures.items():
        if name == "ours":
            continue
        table |= {f"peer.{name}.{key.replace('.', '_')}": value for key, value in theirs.items()}
        if name in open_ratios:
            table[f"open.ratio_{name}"] = open_ratios[name]
        for ratio, key in OF.items():
            if ours.get(key) and theirs.get(key):
                table[ratio.format(name)] = ours[key] / theirs[key]
    return {key: round(value, 4) for key, value in table.items()}


def as_json(table: Mapping[str, float]) -> str:
    """Return the figures as one flat object."""
    return json.dumps(table, indent=1)


def as_markdown(figures: Mapping[str, Mapping[str, float]], table: Mapping[str, float]) -> str:
    """Return the figures of the servers side by side, then the ratios."""
    lines = [f"| figure | {' | '.join(figures)} | what it is |"]
    lines.append(f"|---|{'---:|' * len(figures)}---|")
    for key, meaning in MEANINGS.items():
        if any(key in one for one in figures.values()):
            cells = (f"{one[key]:.{_digits(one[key])}f}" for one in figures.values())
            lines.append(f"| {key} | {' | '.join(cells)} | {meaning} |")
    lines += ["", "| ours beside | ratio | what it is |", "|---|---:|---|"]
    for name in figures:
        for ratio, meaning in RATIOS.items():
            if (key := ratio.format(name)) in table:
                lines.append(f"| {key} | {table[key]:.2f} | {meaning} |")
    return "\n".join(lines)


def _digits(value: float) -> int:
    return 2 if abs(value) < 10 else 0
