"""Where the demonstration's parts listen: four ports, all counted from one (design: « Contract: commands »)."""

import socket
from dataclasses import dataclass

from idp.errors import CommandError

HOST = "127.0.0.1"
OPS_STEP = 9
LARGEST_PORT = 65_535


@dataclass(frozen=True)
class Addresses:
    """The provider's port, from which the others follow: application +1, mailbox +2, operations +9."""

    port: int

    @property
    def provider(self) -> str:
        """The provider's address, which is the issuer."""
        return f"http://{HOST}:{self.port}"

    @property
    def application_port(self) -> int:
        """Where the application listens."""
        return self.port + 1

    @property
    def application(self) -> str:
        """The application's address."""
        return f"http://{HOST}:{self.application_port}"

    @property
    def mailbox_port(self) -> int:
        """Where the mailbox's page is."""
        return self.port + 2

    @property
    def mailbox(self) -> str:
        """The mailbox's address."""
        return f"http://{HOST}:{self.mailbox_port}"

    @property
    def ops_port(self) -> int:
        """The provider's operations port."""
        return self.port + OPS_STEP

    def require_free(self) -> None:
        """Refuse to start where something listens already, before anything is written.

        Raises `CommandError`.
        """
        for port in (self.port, self.application_port, self.mailbox_port, self.ops_port):
            if port > LARGEST_PORT:
                raise CommandError(f"PORT={self.port} leaves no room for port {port}; choose {LARGEST_PORT - OPS_STEP}")
            with listening(port):
                pass


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine alone; 0 takes any that is free.

    Raises `CommandError` where the port is taken.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as fault:
        bound.close()
        raise CommandError(
            f"port {port} on {HOST}: {fault.strerror}; end what uses it, or choose others: PORT=9000 make run"
        ) from None
    bound.listen()
    bound.setblocking(False)
    return bound
