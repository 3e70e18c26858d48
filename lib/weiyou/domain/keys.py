"""The secrets that sign and seal, by purpose. 密钥"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Keys:
    """Keys by purpose, 32 bytes each; one never stands in for another."""

    poster: bytes = field(repr=False)
    receipt: bytes = field(repr=False)
    audit: bytes = field(repr=False)
    second_factor: bytes = field(repr=False)
