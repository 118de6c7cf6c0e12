"""The membership service as provider: one question over HTTP (docs/eligibility.md)."""
