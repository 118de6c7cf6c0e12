#!/usr/bin/env python3
"""The project's own lint: what reviewers would otherwise have to repeat.

Each rule is one function over a parsed module, or over the lines of a template; it yields what it finds. The reasons
stand beside the rules. A line that must break one says so: `# house: <rule> <why>`. Ruff, mypy and import-linter do all
they can do; only what they cannot say is here.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

WAIVER = re.compile(r"# house: ([a-z-]+) +\S+")
REASONLESS = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w, -]*\])?)(?P<rest>.*)$"
)
SECRET_NAME = re.compile(
    r"(?:^|_)(?:secret|password|passwd|digest|mac|hmac|signature|csrf|csrf_token|verifier|code_hash|token_hash|"
    r"secret_hash|pepper|otp|totp)$"
)


@dataclass(frozen=True, order=True)
class Finding:
    """A line that breaks a rule."""

    path: Path
    line: int
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.sentence}"


Rule = Callable[[Path, ast.Module], Iterator[tuple[int, str]]]


def request_url(_path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """CVE-2026-48710 and F-05: Starlette rebuilds these from the Host header."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            if node.attr in {"base_url", "url_for", "url_path_for"} and not is_own_setting(node):
                yield node.lineno, f"{node.attr} is built from the Host header; join the path to public_url"
            elif node.attr == "url" and names(node.value) & {"request", "websocket", "conn", "connection"}:
                yield node.lineno, 'request.url is built from the Host header; read scope["path"]'


def template_from_string(_path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """F-32: template text comes from the shipped files only."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and node.attr == "from_string":
            yield node.lineno, "template text comes from idp/templates only"


BANNED_IMPORTS = {
    "authlib.jose": "deprecated, with CVE-2026-28802; sign and verify in idp.signing",
    "authlib.integrations": "only the core of Authlib is ours; the demonstration client is the exception",
    "jose": "python-jose is banned (CVE-2024-33663)",
    "random": "predictable; take the Entropy port",
    "pickle": "loads code; use JSON",
    "requests": "HTTP goes through httpx",
}


def banned_import(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """F-24, F-25: what must not come in."""
    for line, name in imported(module):
        for banned, why in BANNED_IMPORTS.items():
            exempt = banned == "authlib.integrations" and "demo" in {*path.parts, path.stem}
            if (name == banned or name.startswith(f"{banned}.")) and not exempt:
                yield line, f"{banned}: {why}"


def sql_from_text(_path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """F-38: bound parameters only."""
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Call)
            and names(node.func, last=True) & {"text", "exec_driver_sql", "literal_column"}
            and node.args
            and is_composed(node.args[0])
        ):
            yield node.lineno, "SQL composed from strings; bind the values"


def secret_comparison(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """A comparison that stops at the first difference tells how much was right. SQL's own `==` is none."""
    if path.name == "store.py":
        return
    for node in ast.walk(module):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = [node.left, node.comparators[0]]
        if any(isinstance(side, ast.Constant) or is_column(side) for side in sides):
            continue
        if any(SECRET_NAME.search(name) for side in sides for name in names(side, last=True)):
            yield node.lineno, "compare secrets with hmac.compare_digest"


def wall_clock(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """Time is a port: a test moves it."""
    if path.as_posix() == "idp/clock.py":
        return
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            called = f"{'.'.join(sorted(names(node.value, last=True)))}.{node.attr}"
            if called in {
                "datetime.now",
                "datetime.utcnow",
                "datetime.today",
                "date.today",
                "time.time",
                "time.time_ns",
            }:
                yield node.lineno, f"{called} is idp/clock.py's alone; take the Clock port"


def own_entropy(path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """Randomness is a port, and one place draws it."""
    if path.as_posix() == "idp/entropy.py":
        return
    sources = {"secrets", "os.urandom", "uuid.uuid4", "uuid.uuid1", "os.getrandom"}
    for line, name in imported(module):
        if name in sources or name.startswith("secrets."):
            yield line, f"{name} is idp/entropy.py's alone; take the Entropy port"
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            called = f"{node.value.id}.{node.attr}"
            if called in sources:
                yield node.lineno, f"{called} is idp/entropy.py's alone; take the Entropy port"


def insecure_transport(_path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """F-42: start-up refuses that variable; nobody may set it."""
    for node in ast.walk(module):
        written = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and mentions_transport(node.slice)
        passed = (
            isinstance(node, ast.Call)
            and names(node.func, last=True) & {"setdefault", "putenv", "update", "setenv"}
            and any(mentions_transport(argument) for argument in [*node.args, *node.keywords])
        )
        if isinstance(node, ast.expr) and (written or passed):
            yield node.lineno, "AUTHLIB_INSECURE_TRANSPORT lets tokens travel in clear"


def sizes(_path: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """What does not fit a screen is not read."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield node.lineno, f"{node.name} has {length} lines, {LONGEST_FUNCTION} are allowed"


RULES: dict[str, Rule] = {
    "request-url": request_url,
    "from-string": template_from_string,
    "banned-import": banned_import,
    "sql-text": sql_from_text,
    "secret-comparison": secret_comparison,
    "wall-clock": wall_clock,
    "own-entropy": own_entropy,
    "insecure-transport": insecure_transport,
    "size": sizes,
}

TEMPLATE_RULES = {
    "template-safe": (re.compile(r"\|\s*safe\b"), "marks text as HTML; let autoescape work"),
    "template-xmlattr": (re.compile(r"\bxmlattr\b"), "writes attribute names from values (CVE-2024-34064)"),
    "template-autoescape": (re.compile(r"\{%-?\s*autoescape\s+false"), "autoescape is never off"),
    "template-url": (re.compile(r"\b(?:url_for|request\.url|base_url)\b"), "is built from the Host header"),
    "template-handler": (
        re.compile(r"\son[a-z]+\s*=\s*[\"']|\bjavascript:"),
        "inline scripts are refused by the policy",
    ),
    "template-style": (re.compile(r"\sstyle\s*=\s*[\"']"), "inline styles are refused by the policy"),
}


def names(node: ast.expr, *, last: bool = False) -> set[str]:
    """Return the names of a dotted expression, or its last one."""
    found: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        found.append(inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name):
        found.append(inner.id)
    return set(found[:1] if last else found)


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every imported name, in full."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_own_setting(node: ast.Attribute) -> bool:
    """Tell whether the attribute belongs to an HTTP client or to our settings, not to a request."""
    return bool(names(node.value) & {"settings", "client", "server"})


def is_composed(node: ast.expr) -> bool:
    """Tell whether a string is put together from values."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        both_literal = isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)
        return isinstance(node.op, ast.Add | ast.Mod) and not both_literal
    return isinstance(node, ast.Call) and bool(names(node.func, last=True) & {"format", "join", "replace"})


def is_column(node: ast.expr) -> bool:
    """Tell whether one side of a comparison is SQLAlchemy's: `table.c.name`, `Table.name`, `bindparam(…)`, `col(…)`."""
    if isinstance(node, ast.Call):
        return bool(names(node.func, last=True) & {"bindparam", "col", "len"})
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return "c" in names(node) or (isinstance(root, ast.Name) and root is not node and root.id[:1].isupper())


def mentions_transport(node: ast.AST) -> bool:
    """Tell whether the variable's name stands anywhere below."""
    wanted = "AUTHLIB_INSECURE_TRANSPORT"
    return any(isinstance(part, ast.Constant) and part.value == wanted for part in ast.walk(node)) or any(
        isinstance(part, ast.keyword) and part.arg == wanted for part in ast.walk(node)
    )


def check_python(path: Path, source: str) -> list[Finding]:
    """Return what breaks a rule in a module of `idp`."""
    lines = source.splitlines()
    found = [
        Finding(path, line, rule, sentence)
        for rule, look in RULES.items()
        for line, sentence in look(path, ast.parse(source))
        if waived(lines[line - 1]) != rule
    ]
    if len(lines) > LONGEST_FILE:
        found.append(Finding(path, 1, "size", f"{len(lines)} lines, {LONGEST_FILE} are allowed"))
    return sorted(found + check_waivers(path, source))


def check_waivers(path: Path, source: str) -> list[Finding]:
    """Return the comments that silence a tool without saying why."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        match = REASONLESS.search(token.string) if token.type == tokenize.COMMENT else None
        if match and not re.search(r"[^\W\d_]{3}", match["rest"]):
            found.append(Finding(path, token.start[0], "reason", "say on the line why the tool is wrong"))
    return found


def check_template(path: Path, source: str) -> list[Finding]:
    """Return what breaks a rule in a template. A mail has no policy, and its styles must stand inline."""
    is_mail = "mail" in path.parts
    return [
        Finding(path, number, rule, sentence)
        for number, line in enumerate(source.splitlines(), start=1)
        for rule, (pattern, sentence) in TEMPLATE_RULES.items()
        if pattern.search(line) and not (is_mail and rule == "template-style")
    ]


def waived(line: str) -> str | None:
    """Return the rule that this line breaks knowingly."""
    match = WAIVER.search(line)
    return match[1] if match else None


def check(root: Path) -> list[Finding]:
    """Return all that breaks a rule below `root`."""
    found: list[Finding] = []
    for path in sorted((root / "idp").rglob("*.py")):
        if "versions" not in path.parts:
            found += check_python(path.relative_to(root), path.read_text("utf-8"))
    for folder in ("tests", "tools", "bench", "examples"):
        for path in sorted((root / folder).rglob("*.py")):
            found += check_waivers(path.relative_to(root), path.read_text("utf-8"))
    for path in sorted((root / "idp" / "templates").rglob("*.*")):
        if path.suffix in {".html", ".txt"}:
            found += check_template(path.relative_to(root), path.read_text("utf-8"))
    return found


if __name__ == "__main__":
    findings = check(Path(__file__).resolve().parent.parent)
    print(*findings, sep="\n", end="\n" if findings else "")
    sys.exit(1 if findings else 0)
