"""The desk: Voilà as a server of its own, walled.

It must stay a server of its own. Loaded as an extension of a Jupyter server, whose clients may
execute code, every wall in this folder would be void, so it refuses.
"""

from __future__ import annotations

from typing import NoReturn


def _load_jupyter_server_extension(server: object) -> NoReturn:
    """Refuse to become part of a Jupyter server. Raises: RuntimeError."""
    raise RuntimeError(
        f"weiyou.desk runs alone (python -m weiyou.desk), never inside {type(server).__name__}: "
        "a Jupyter server lets its clients execute code"
    )


load_jupyter_server_extension = _load_jupyter_server_extension
