"""`python -m weiyou.desk`: serve the desk until told to stop."""

from __future__ import annotations

import os
import sys

# A grammar of international addresses that jsonschema would compile at import, for 2.4 s, and that
# nothing of ours asks for; without it jsonschema leaves that one format unchecked.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

from weiyou.desk import environment, server  # noqa: E402 (after the line above)
from weiyou.settings import Settings  # noqa: E402


def main() -> None:
    """Serve, after putting a database address in the environment out of everybody's sight."""
    settings = Settings()
    if settings.database_url:
        cleaned = environment.put_away_the_database_url(settings, os.environ)
        os.execve(sys.executable, [sys.executable, "-m", "weiyou.desk"], cleaned)  # noqa: S606 (ours)
    server.serve(settings)


if __name__ == "__main__":
    main()
