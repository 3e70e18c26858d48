"""`python -m weiyou.cli` is `weiyou`."""

from weiyou.cli.app import main

main()
