"""`python -m weiyou.desk`: serve the desk until told to stop."""

from __future__ import annotations

import os
import sys

from weiyou.desk import environment, server
from weiyou.settings import Settings


def main() -> None:
    """Serve, after putting a database address in the environment out of everybody's sight."""
    settings = Settings()
    if settings.database_url:
        cleaned = environment.put_away_the_database_url(settings, os.environ)
        os.execve(sys.executable, [sys.executable, "-m", "weiyou.desk"], cleaned)  # noqa: S606
    server.serve(settings)


if __name__ == "__main__":
    main()
