"""SEC-06: mail scanners open the link as often as they like; the member's own POST still works."""

import re

from idp.recovery.tables import ResetLink
from idp.store.tables import table_of
from tests.security.place import HUGO, NEW_PASSWORD, Place
from tests.security.records import changed_tables, tables_of

SCANNERS = [
    {},
    {"purpose": "prefetch", "sec-purpose": "prefetch"},
    {"user-agent": "Mozilla/5.0 (compatible; SafeLinks)"},
    {"x-moz": "prefetch"},
]


def test_sec06_twenty_visits_of_scanners_write_nothing_and_the_member_s_post_works(place: Place) -> None:
    member = place.visitor()
    link = member.link_for(HUGO)
    before = tables_of(place.worker.services.store)

    for number in range(20):
        scanner = place.visitor()
        headers = SCANNERS[number % len(SCANNERS)]
        for method in ("GET", "HEAD", "OPTIONS"):
            scanner.client.request(method, link, headers=headers)
        scanner.get("/password/reset", **headers)

    assert changed_tables(before, tables_of(place.worker.services.store)) == set()
    member.get(link)
    assert "notice=password_set" in member.set_password(NEW_PASSWORD).headers["location"]
    assert place.count(table_of(ResetLink), used_at=None) == 0


def test_sec06_what_a_scanner_posts_without_the_page_s_token_spends_nothing(place: Place) -> None:
    link = place.visitor().link_for(HUGO)
    scanner = place.visitor()
    scanner.get(link)

    refused = scanner.post("/password/reset", {"password": NEW_PASSWORD})

    assert refused.status_code == 403
    assert place.visitor().get(link).status_code == 303


def test_sec06_the_form_asks_nothing_of_any_other_host(place: Place) -> None:
    visitor = place.visitor()
    visitor.get(visitor.link_for(HUGO))

    page = visitor.get("/password/reset")

    assert re.findall(r'(?:src|href|action|content)="(?:https?:)?//[^"]*"', page.text) == []
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
