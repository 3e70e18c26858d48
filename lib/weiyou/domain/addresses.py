"""Whom an internet address is counted for. 网址"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def neighbourhood(address: str) -> str:
    """Return an address as it is counted: itself, or the /64 of an IPv6 one.

    Whoever has one IPv6 address has all 2**64 of its network (RFC 6177, RFC 4291 section 2.5.4).
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return address
