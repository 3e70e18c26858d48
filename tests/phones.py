"""Short ways to a phone in front of the service: its client, its photos, its hands."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from PIL import Image
from starlette.testclient import TestClient

from tests.factories import NOW, PASSWORD, a_key, poster
from weiyou.phone.app import create_app
from weiyou.services.office import Office


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def a_phone(office: Office, watch: Watch | None = None) -> Iterator[TestClient]:
    """Give a browser in front of the running service; it does not follow redirects by itself."""
    app = create_app(office, watch or Watch())
    with TestClient(app, follow_redirects=False) as client:
        yield client


def a_photo(colour: str = "olive", size: tuple[int, int] = (640, 480)) -> bytes:
    """Return a photo as a phone sends it."""
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "JPEG")
    return target.getvalue()


def name_of(data: bytes) -> str:
    """Return the name of an upload."""
    return hashlib.sha256(data).hexdigest()


def upload(phone: TestClient, key: str, data: bytes, media_type: str = "image/jpeg") -> Any:
    """Send a file."""
    return phone.put(
        f"/api/uploads/{name_of(data)}",
        content=data,
        headers={"Content-Type": media_type, "Idempotency-Key": key},
    )


def submit(phone: TestClient, office: Office, /, key: str | None = None, **body: Any) -> Any:
    """Hand a matter in by script."""
    return phone.post(
        f"/api/g/{poster(office)}/petitions",
        json={"text": "村口的路灯坏了三天。", **body},
        headers={"Idempotency-Key": key or a_key()},
    )


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return found[1]


def sign_in(phone: TestClient, login: str, password: str = PASSWORD) -> Any:
    """Sign in on the phone."""
    return phone.post("/w/sign-in", data={"login": login, "password": password})
