"""The whole service in one process, and browsers without script."""

from tests.harness.fixtures import (
    boutique,
    browser,
    club,
    hugo,
    nora,
    other_browser,
    ready_made,
    sections,
    site,
)

__all__ = ["boutique", "browser", "club", "hugo", "nora", "other_browser", "ready_made", "sections", "site"]
