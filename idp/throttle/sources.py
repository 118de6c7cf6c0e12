"""Decides which network addresses count as one source (SEC-14).

An IPv4 address, or an IPv6 /64, is what one household or one machine has; a /24 or a /48 what one provider hands to one
customer with many addresses. What is no address counts as itself: it is never a reason not to count.
"""

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where an attempt comes from: the `address`, and the `range` around it."""

    address: str
    range: str


def source_of(address: str | None) -> Source:
    """Return the source of a client's address as `idp.web.host.client_address` gives it."""
    text = address or ""
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return Source(text, text)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, ipaddress.IPv4Address):
        return Source(f"{parsed}", str(ipaddress.ip_network((parsed, 24), strict=False)))
    networks = (ipaddress.ip_network((parsed, length), strict=False) for length in (64, 48))
    near, far = (str(network) for network in networks)
    return Source(near, far)
