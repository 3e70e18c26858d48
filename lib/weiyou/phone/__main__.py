"""`python -m weiyou.phone`: serve until told to stop."""

from __future__ import annotations

import logging

import uvicorn

from weiyou.phone.app import create_app
from weiyou.services.office import open_office
from weiyou.settings import Settings

GRACE_S = 8


def main() -> None:
    """Open the office, serve, finish what is in hand, close.

    There is no access log: the addresses of this service are secrets of residents.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = Settings()
    office = open_office(settings)
    try:
        uvicorn.run(
            create_app(office),
            host=settings.phone_host,
            port=settings.phone_port,
            proxy_headers=bool(settings.phone_proxies),
            forwarded_allow_ips=settings.phone_proxies or None,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=GRACE_S,
        )
    finally:
        office.close()


if __name__ == "__main__":
    main()
