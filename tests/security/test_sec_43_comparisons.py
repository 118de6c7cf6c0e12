"""SEC-43: secrets are compared by digest, in constant time, or looked up by digest: never with `==`. The timing rule is
measured with full counts only (docs/security-tests.md).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import idp

SECRET = re.compile(r"(?:^|_)(?:secret|password|token|digest|tag|signature|mac|hash|hashes|csrf|proof|code|verifier)$")
REASONED = frozenset(
    {
        "accounts/argon2_engine.py: tag == _KNOWN_TAG",  # a published test vector, at start
        "eligibility/membership/client.py: response.status_code != HTTPStatus.OK",
        "mail/smtp.py: code == 250",
        "web/edge.py: fault.status_code != 405",
    }
)
"""Comparisons of no secret."""
ROOT = Path(idp.__file__).parent


def comparisons() -> Iterator[tuple[str, int, str]]:
    """Every `==` and `!=` beside a name that may be a secret's; columns of tables are looked up, not compared."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                text = ast.unparse(node)
                sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
                if ".c." not in text and any(SECRET.search(side.rpartition(".")[2]) for side in sides):
                    yield str(path.relative_to(ROOT)), node.lineno, text


def test_sec43_no_secret_is_compared_with_an_equals_sign() -> None:
    found = [f"{where}: {text}" for where, _line, text in comparisons()]

    assert [one for one in found if one not in REASONED] == []


def test_sec43_what_is_compared_in_constant_time_is_what_is_known_to_be() -> None:
    users = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if "compare_digest(" in path.read_text("utf-8")}

    assert {"oauth/client_authentication.py", "recovery/typing_code.py", "web/csrf.py"} <= users
