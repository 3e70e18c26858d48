"""`weiyou`: the command line of an installation."""

from __future__ import annotations

import typer

from weiyou.cli import accounts, clock, data, grids, imports, qr, run, seed
from weiyou.errors import Refusal

app = typer.Typer(no_args_is_help=True, add_completion=False, help="圩您办：从扫码到办结")
app.command("up")(run.up)
app.command("desk")(run.desk)
app.command("phone")(run.phone)
app.command("clock")(clock.clock)
app.command("prepare")(data.prepare)
app.command("verify")(data.verify)
app.command("qr")(qr.qr)
app.command("seed")(seed.seed)
app.add_typer(imports.app, name="import")
app.add_typer(accounts.app, name="account")
app.add_typer(grids.app, name="grids")
app.add_typer(seed.app, name="demo")


def main() -> None:
    """Run a command; a refusal is one sentence, not a stack."""
    try:
        app()
    except Refusal as refusal:
        typer.secho(str(refusal), fg="red", err=True)
        raise SystemExit(1) from None
