"""The server of the desk: Voilà alone, with our walls and our pages."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from voila.app import Voila
from voila.configuration import VoilaConfiguration

from weiyou.desk import account, assets, bell, environment, halfway, opening, pages, signing
from weiyou.desk.careful import Careful
from weiyou.desk.channels import DeskChannels, DeskConnection
from weiyou.desk.gate import TYPES
from weiyou.desk.identity import DeskIdentity, OwnerOnly, cookie_name
from weiyou.desk.kernels import DeskKernels, DeskKernelSpecs
from weiyou.desk.nursery import Nursery
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings

KEEP_EVERY_MS: Final = 500
PING_EVERY_MS: Final = 30_000
PING_LOST_MS: Final = 3 * PING_EVERY_MS
"""Without an answer for so long the page is gone; one interval ends before its first ping."""

LARGEST_MESSAGE_BYTES: Final = 4 * 1024 * 1024
MOST_FILES: Final = 65_536
LARGEST_BODY_BYTES: Final = 64 * 1024
LONGEST_SOCKET_PATH: Final = 107 - len("/voila_12345678/kernel--ipc-5") - 36
"""The kernel's sockets are files, and Linux cuts their names off at 107 bytes."""

KERNEL: Final = r"(?P<kernel_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"


class DeskServer(Voila):
    """Voilà with one way in.

    No address of Voilà is served but those that `init_handlers` lists, and no Jupyter
    configuration of the machine is read: a file in somebody's home could undo the walls.
    """

    office: Office
    runtime: Path
    nursery: Nursery

    def prepare(self, office: Office, runtime: Path) -> None:
        """Take over the office, and the private folder for sockets."""
        self.office, self.runtime = office, runtime
        settings = office.settings
        surroundings = environment.of_kernel(settings, os.environ, runtime)
        self.nursery = Nursery(settings, surroundings, runtime, self.log)
        self.ip, self.port, self.open_browser = settings.desk_host, settings.desk_port, False
        self.connection_dir_root = str(runtime)
        self.root_dir = str(runtime)
        self.config.ConnectionFileMixin.transport = "ipc"
        self.config.KernelManager.autorestart = False  # a new kernel would know no widget
        self.config.KernelManager.shutdown_wait_time = 3.0
        self.identity_provider_class = DeskIdentity
        self.authorizer_class = OwnerOnly
        self.kernel_websocket_connection_class = DeskConnection
        self.voila_configuration = VoilaConfiguration(parent=self)
        self.voila_configuration.multi_kernel_manager_class = DeskKernels
        self.voila_configuration.kernel_spec_manager_class = DeskKernelSpecs
        signal.signal(signal.SIGTERM, self._handle_signal_stop)
        signal.signal(signal.SIGINT, self._handle_signal_stop)

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """Read no file."""

    def init_settings(self) -> dict[str, Any]:
        """Return the settings of the web application."""
        settings: dict[str, Any] = super().init_settings()
        self.kernel_manager.allowed_message_types = sorted(TYPES)
        self.kernel_manager.allow_tracebacks = False
        secure = self.office.settings.secure_cookies
        return settings | {
            "office": self.office,
            "careful": Careful(),
            "pages": pages.environment(),
            "libraries": {},
            "compress_response": True,
            "login_url": "/login",
            "static_path": str(assets.STATIC),
            "static_handler_class": assets.Files,
            "default_handler_class": pages.NotFoundPage,
            "headers": pages.HEADERS | {"Content-Security-Policy": "default-src 'none'"},
            "xsrf_cookies": True,
            "xsrf_cookie_name": cookie_name(secure=secure, name="weiyou_desk_xsrf"),
            "xsrf_cookie_kwargs": {"httponly": True, "samesite": "Lax", "secure": secure},
            "ws_ping_interval": PING_EVERY_MS,
            "ws_ping_timeout": PING_LOST_MS,
            "websocket_max_message_size": LARGEST_MESSAGE_BYTES,
        }

    def init_handlers(self) -> list[Any]:
        """Return every address of the desk."""
        base = self.base_url
        return [
            (base, signing.Home),
            (rf"{base}login", signing.SignIn),
            (rf"{base}login/code", halfway.CodePage),
            (rf"{base}login/set-up", halfway.SetUpPage),
            (rf"{base}logout", signing.SignOut),
            (rf"{base}account", account.AccountPage),
            (rf"{base}account/password", account.PasswordForm),
            (rf"{base}account/sessions", account.SessionForm),
            (rf"{base}account/two-step", account.SecondStep),
            (rf"{base}account/two-step/begin", account.BeginForm),
            (rf"{base}account/two-step/off", account.OffForm),
            (rf"{base}account/two-step/recovery", account.RecoveryForm),
            (rf"{base}health", pages.Health),
            (rf"{base}bell", bell.Bell),
            (rf"{base}app/([a-z_]+)", opening.AppPage),
            (rf"{base}seat/{KERNEL}", opening.SeatState),
            (rf"{base}seat/{KERNEL}/leave", opening.LeaveSeat),
            (rf"{base}api/kernels/{KERNEL}", opening.KernelModel),
            (rf"{base}api/kernels/{KERNEL}/channels", DeskChannels),
            *assets.routes(base),
        ]

    def listen(self) -> None:
        """Serve until told to stop. Raises: OSError if the port is taken."""
        proxies = [
            one.strip() for one in self.office.settings.desk_proxies.split(",") if one.strip()
        ]
        server = HTTPServer(
            self.app,
            xheaders=bool(proxies),
            trusted_downstream=proxies,
            max_body_size=LARGEST_BODY_BYTES,
        )
        server.listen(self.port, self.ip)
        self.log.info("the desk serves at http://%s:%d/", self.ip, self.port)
        self.ioloop = IOLoop.current()
        keeper = PeriodicCallback(self.kernel_manager.keep, KEEP_EVERY_MS)
        keeper.start()
        self.ioloop.add_callback(self.nursery.open)
        try:
            self.ioloop.start()
        finally:
            keeper.stop()
            server.stop()
            self.ioloop.run_sync(self.kernel_manager.stop)
            self.ioloop.run_sync(self.nursery.close)


def allow_many_files() -> None:
    """Take as many open files as the system lets us: a kernel needs about twenty of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def serve(settings: Settings) -> None:
    """Serve the desk of an installation until told to stop."""
    allow_many_files()
    office = open_office(settings)
    runtime = Path(tempfile.mkdtemp(prefix="weiyou-desk-"))
    if len(str(runtime)) > LONGEST_SOCKET_PATH:
        raise ValueError(f"TMPDIR is too long for the kernels' sockets: {runtime}")
    try:
        asyncio.set_event_loop(asyncio.new_event_loop())
        server = DeskServer.instance()
        server.prepare(office, runtime)
        server.start()
    finally:
        shutil.rmtree(runtime, ignore_errors=True)
        office.close()
