"""What goes wrong, drawn as a tree.

    Exception
    ├── Fault                  ours: 500, an incident id, nothing told
    │   └── Unavailable        ours or a neighbour's, and passing: 503 and Retry-After
    ├── ProtocolError          a program reads it: the standard's error code (see `idp.oauth.errors`)
    ├── SettingsError          stops the start, with the key, the value and the remedy in one line
    └── CommandError           ends a command: one line for the operator, and an exit code

What a person is refused is no exception but a returned outcome. No text of an exception reaches a page.
"""


class Fault(Exception):
    """Something of ours broke. The message is for the log alone."""


class Unavailable(Fault):
    """A part that we need gives no answer now: database, hook, a full queue. Nothing was spent.

    `part` names it for the log; `retry_after_seconds` goes to the caller.
    """

    def __init__(self, part: str, detail: str = "", *, retry_after_seconds: int = 5) -> None:
        """Name the part that is missing, with a detail for the log."""
        super().__init__(f"{part}: {detail}" if detail else part)
        self.part = part
        self.retry_after_seconds = retry_after_seconds


class ProtocolError(Exception):
    """A program asked for what it may not have.

    `code` and `description` are for the client (RFC 6749 §5.2 charset), `detail` is for the log only.
    """

    def __init__(self, code: str, description: str = "", *, detail: str = "", status: int = 400) -> None:
        """`code` is an error code of the standard at hand, `status` the HTTP status."""
        super().__init__(code)
        self.code = code
        self.description = description
        self.detail = detail
        self.status = status


class SettingsError(Exception):
    """A setting is missing, wrong or unknown. The message names key, value and remedy in one line."""


class CommandError(Exception):
    """A command can't do what it was asked. `exit_code` is a promise to scripts (1 unless said)."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        """`message` is one line for the operator."""
        super().__init__(message)
        self.exit_code = exit_code
