"""Outgoing TLS, the same for mail and for the membership service: certificate and name are checked, or nothing is said.

The system's authorities are believed, and one more where `[testing] ca_file` names it.
"""

import ssl


def verifying_context(ca_file: str = "") -> ssl.SSLContext:
    """Return a context that checks certificate and name against the system's authorities, and `ca_file`'s beside."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
