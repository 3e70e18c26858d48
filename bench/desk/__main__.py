"""`python -m bench.desk`: the figures of the desk, beside what it is compared with.

python -m bench.desk [--servers ours,stock] [--parts open,crowd] [--rounds 7] [--json]
python -m bench.desk profile [--server stock] [--warm]
python -m bench.desk sessions [--count 200]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from bench.desk import profile, run, servers, sessions
from bench.desk.run import Plan

PARTS = ("open", "crowd")
WHATS = ("all", "profile", "sessions")


def main() -> None:
    """Do what the command line says."""
    asked = _arguments()
    if asked.what == "profile":
        print(profile.run(asked.server, warm=asked.warm))
        return
    if asked.what == "sessions":
        print(sessions.run(asked.count))
        return
    plan = Plan(asked.servers, asked.parts, asked.rounds, asked.users, asked.seconds)
    print(run.run(plan, as_json=asked.json))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=WHATS)
    parser.add_argument("--servers", type=_names(servers.STARTS), default=list(servers.STARTS))
    parser.add_argument("--parts", type=_names(PARTS), default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=7, help="in each, two openings a server")
    parser.add_argument("--users", type=int, default=20, help="who click at the same time")
    parser.add_argument("--seconds", type=int, default=20, help="for how long they click")
    parser.add_argument("--json", action="store_true", help="one flat object")
    parser.add_argument("--server", default="ours", help="profile: which one is opened")
    parser.add_argument("--warm", action="store_true", help="profile: the second opening")
    parser.add_argument("--count", type=int, default=200, help="sessions: how many")
    return parser.parse_args()


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := set(chosen) - set(known):
            raise argparse.ArgumentTypeError(f"not one of {', '.join(known)}: {unknown}")
        return chosen

    return names


main()
