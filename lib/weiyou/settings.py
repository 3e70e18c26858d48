"""What an installation may set, by environment variable or file."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY: Final = Path(__file__).resolve().parents[2]
URL_FILE: Final = "database_url"


class Settings(BaseSettings):
    """Settings of one installation; every name is read from `WEIYOU_<NAME>`.

    A database address with a password belongs in a file of mode 0600, not in the environment:
    either the file `database_url` of the home, or one that `WEIYOU_DATABASE_URL_FILE` names.
    """

    model_config = SettingsConfigDict(env_prefix="WEIYOU_", extra="ignore")

    home: Path = REPOSITORY / "var"
    database_url: str = ""
    database_url_file: Path | None = None
    reference: Path = REPOSITORY / "data" / "reference"
    apps: Path = REPOSITORY / "apps"
    public_url: str = ""  # what posters and links say; without it, this machine's own address
    phone_host: str = "127.0.0.1"
    phone_port: int = 8000
    phone_proxies: str = ""  # addresses whose X-Forwarded-For is believed, e.g. "127.0.0.1"
    phone_per_minute: int = Field(default=60, ge=0)  # writes of one address; 0: no limit
    phone_grid_per_minute: int = Field(default=120, ge=0)  # submissions of one code; 0: no limit
    desk_host: str = "127.0.0.1"
    desk_port: int = 8866
    desk_proxies: str = ""  # as phone_proxies, for the desk
    desk_fork: bool = True  # kernels are forked from a warm process where the system can do that
    desk_kernel_mb: int = Field(default=512, ge=64)  # what one may take beyond what it begins with
    desk_kernels_most: int = Field(default=200, ge=1)  # open apps of all people together
    desk_kernels_each: int = Field(default=8, ge=1)  # open apps of one person
    production: bool = False
    street_name: str = "戴圩街道"
    supervision_phone: str = ""
    confirm_days: int = Field(default=10, ge=1)  # after that an unanswered answer is closed

    @model_validator(mode="after")
    def _own_address(self) -> Self:
        self.public_url = self.public_url or f"http://localhost:{self.phone_port}"
        return self

    @property
    def store_url(self) -> str:
        """Return the database address: the environment's, a file's, or the embedded default."""
        if self.database_url:
            return self.database_url
        if self.database_url_file is not None:
            return self.database_url_file.read_text(encoding="utf-8").strip()
        kept = self.home / URL_FILE
        if kept.is_file():
            return kept.read_text(encoding="utf-8").strip()
        return f"sqlite:///{self.home / 'weiyou.db'}"

    @property
    def keys(self) -> Path:
        """Return the folder of the key files, mode 0700."""
        return self.home / "keys"

    @property
    def attachments(self) -> Path:
        """Return the folder of the attachments."""
        return self.home / "attachments"

    @property
    def secure_cookies(self) -> bool:
        """Return whether people reach us over TLS, so that cookies may insist on it."""
        return self.public_url.startswith("https://")
