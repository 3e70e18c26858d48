"""What kept the browser's one thread busy, read from a trace."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final
from urllib.parse import urlsplit

CATEGORIES: Final = ["devtools.timeline", "v8", "blink.user_timing"]
WORK: Final = {
    "EvaluateScript": "evaluate script",
    "v8.compile": "compile script",
    "v8.evaluateModule": "evaluate script",
    "FunctionCall": "call into script",
    "ParseHTML": "parse HTML",
    "UpdateLayoutTree": "styles",
    "Layout": "layout",
    "Paint": "paint",
    "MinorGC": "collect garbage",
    "MajorGC": "collect garbage",
    "RunMicrotasks": "promises",
    "TimerFire": "timers",
}


def of_thread(
    events: list[dict[str, Any]], address: str
) -> tuple[dict[str, float], dict[str, float]]:
    """Return what the page's main thread did, by kind and by script; each second counts once."""
    thread = _main_thread(events, address)
    spans = sorted(
        (event["ts"], -event["dur"], event)
        for event in events
        if event.get("ph") == "X"
        and (event["pid"], event["tid"]) == thread
        and event["name"] in WORK
    )
    kinds: dict[str, float] = defaultdict(float)
    scripts: dict[str, float] = defaultdict(float)
    open_ones: list[tuple[int, dict[str, Any]]] = []
    for start, negative, event in spans:
        while open_ones and open_ones[-1][0] <= start:
            open_ones.pop()
        seconds = -negative / 1e6
        if open_ones:
            _count(kinds, scripts, open_ones[-1][1], -seconds)
        _count(kinds, scripts, event, seconds)
        open_ones.append((start - negative, event))
    return dict(kinds), dict(scripts)


def _count(
    kinds: dict[str, float], scripts: dict[str, float], event: dict[str, Any], seconds: float
) -> None:
    kinds[WORK[event["name"]]] += seconds
    data = event.get("args", {}).get("data") or event.get("args", {})
    script = data.get("url") if isinstance(data, dict) else ""
    if script:
        scripts[urlsplit(script).path] += seconds


def _main_thread(events: list[dict[str, Any]], address: str) -> tuple[int, int]:
    return next(
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "ParseHTML"
        and event["args"].get("beginData", {}).get("url", "").startswith(address)
    )
