"""Starts a part of the demonstration in a process that ends when its parent does, however that died.

The parent holds the other end of a pipe; when it closes, nobody is left to end us. Run as
`python -m idp.demo.leash PIPE provider CONFIG` or `… PIPE script FILE`.
"""

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE_SECONDS = 4.0


def hold(pipe: int) -> None:
    """End this process in good order, then in any order, once the parent's end of the pipe is closed."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)


def main(pipe: str, kind: str, path: str) -> None:
    """Run the provider on a config.toml, or a script."""
    threading.Thread(target=hold, args=(int(pipe),), name="leash", daemon=True).start()
    if kind == "provider":
        from idp.cli.main import main as idp  # noqa: PLC0415 -- the other parts need none of it

        sys.argv = ["idp", "--config", path, "serve"]
        idp()
    else:
        sys.argv = [path]
        runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
