"""The reverse proxy of production, with its own files, on free ports of this machine."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.running import free_port
from weiyou.settings import REPOSITORY

FILES: Final = REPOSITORY / "deploy" / "nginx"
NGINX: Final = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
PHONE: Final = "q.example.gov.cn"
DESK: Final = "desk.example.gov.cn"
HUB: Final = "hub.example.gov.cn"
NAMES: Final = (PHONE, DESK, f"*.{DESK}", HUB)
READY_S: Final = 10.0

MAIN: Final = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    gzip on;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/conf.d/*.conf;
}}
"""
"""What stands around our files in Debian's nginx.conf, its gzip and old protocols included."""


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    folder: Path
    https: int
    http: int

    @property
    def trust(self) -> ssl.SSLContext:
        """Return what a browser of this installation trusts."""
        return ssl.create_default_context(cafile=str(self.folder / "tls" / "fullchain.pem"))

    def origin(self, host: str) -> str:
        """Return how pages of a host call themselves."""
        return f"https://{host}:{self.https}"

    def browser(self, host: str, **more: Any) -> httpx.Client:
        """Return a client of one of our hosts, whose name leads to this machine."""
        return httpx.Client(
            base_url=self.origin(host), transport=_Here(verify=self.trust), timeout=30, **more
        )

    def line(self, host: str) -> ssl.SSLSocket:
        """Return a bare TLS connection."""
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=20)
        return self.trust.wrap_socket(plain, server_hostname=host)


class _Here(httpx.HTTPTransport):
    """Finds every host at 127.0.0.1, as a resolver of the installation would."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return super().handle_request(sent)


def check(folder: Path) -> str:
    """Return what `nginx -t` says of the files in a folder. Raises: CalledProcessError."""
    said = subprocess.run([*_command(folder), "-t"], capture_output=True, text=True, check=True)
    return said.stderr


@contextmanager
def running(folder: Path, upstreams: Mapping[int, int], *files: str) -> Iterator[Proxy]:
    """Yield a proxy that serves with our files.

    Args:
        folder: Empty; everything is put there.
        upstreams: The ports that our files name, each with the one to go to here.
        files: Which of them are put into `conf.d`.
    """
    proxy = lay_out(folder, upstreams, *files)
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(_command(folder), stderr=said)
    try:
        _wait(process, proxy)
        yield proxy
    finally:
        process.terminate()
        process.wait(15)


def lay_out(folder: Path, upstreams: Mapping[int, int], *files: str) -> Proxy:
    """Copy our files, with free ports for the fixed ones, and make a certificate."""
    if NGINX is None:
        pytest.skip("nginx is not installed: bash scripts/debian.sh nginx-light:")
    proxy = Proxy(folder, free_port(), free_port())
    (folder / "conf.d").mkdir(parents=True)
    shutil.copytree(FILES / "weiyou", folder / "weiyou")
    ports = {"443": proxy.https, "80": proxy.http}
    for name in files or ("10-weiyou.conf",):
        text = (FILES / name).read_text(encoding="utf-8")
        text = re.sub(r"listen \[::\]:.*\n", "", text)  # no IPv6 on every machine of tests
        text = re.sub(r"listen (443|80)\b", lambda at: f"listen 127.0.0.1:{ports[at[1]]}", text)
        for ours, here in upstreams.items():
            text = text.replace(f"127.0.0.1:{ours};", f"127.0.0.1:{here};")
        (folder / "conf.d" / name).write_text(text, encoding="utf-8")
    for path in (*(folder / "conf.d").iterdir(), *(folder / "weiyou").glob("*.conf")):
        text = path.read_text(encoding="utf-8")
        text = text.replace("/etc/nginx/weiyou/", f"{folder}/weiyou/")
        text = text.replace("/etc/ssl/weiyou/", f"{folder}/tls/")
        path.write_text(text.replace("/var/log/nginx/", f"{folder}/"), encoding="utf-8")
    _certificate(folder / "tls")
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder), encoding="utf-8")
    return proxy


def _certificate(folder: Path) -> None:
    folder.mkdir()
    names = ",".join(f"DNS:{name}" for name in NAMES)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=weiyou test",
                "-addext",
                f"subjectAltName={names}",
            ),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "fullchain.pem")),
        ],
        check=True,
        capture_output=True,
    )


def _command(folder: Path) -> list[str]:
    user = ["-g", "user root;"] if folder.owner() == "root" else []
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), *user]


def _wait(process: subprocess.Popen[bytes], proxy: Proxy) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", proxy.https), timeout=1).close()
        except OSError:
            assert process.poll() is None, (proxy.folder / "said.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
