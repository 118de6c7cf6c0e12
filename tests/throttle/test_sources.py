"""Which addresses count as one source (SEC-14)."""

import pytest

from idp.throttle.sources import Source, source_of


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", Source("192.0.2.7", "192.0.2.0/24")),
        ("::ffff:192.0.2.7", Source("192.0.2.7", "192.0.2.0/24")),
        ("2001:db8:1:2:3::4", Source("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("2001:DB8:1:2:ffff::1", Source("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("fe80::1%eth0", Source("fe80::/64", "fe80::/48")),
        ("unix socket", Source("unix socket", "unix socket")),
        (None, Source("", "")),
    ],
)
def test_an_address_has_its_neighbourhood(address: str | None, source: Source) -> None:
    assert source_of(address) == source
