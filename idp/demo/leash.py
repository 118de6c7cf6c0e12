"""Starts a part of the demonstration in a process that ends when its parent does, however that died.

The parent holds the other end of a pipe; when it closes, nobody is left to end us. Run as
`python -m idp.demo.leash PIPE provider FOLDER PORT SMTP_PORT` or `… PIPE script FILE`.
"""

import gc
import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

PATIENCE_SECONDS = 4.0


def hold(pipe: int) -> None:
    """End this process in good order, then in any order, once the parent's end of the pipe is closed."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)


def run_provider(folder: str, port: str, smtp_port: str) -> None:
    """Run the provider of the demonstration in a folder."""
    gc.disable()  # nothing of what is imported is garbage: a tenth of the start was spent looking
    from idp.demo.addresses import Addresses  # noqa: PLC0415 -- the other parts need none of it
    from idp.demo.folder import Folder  # noqa: PLC0415 -- as above
    from idp.demo.provider import prepare_and_serve  # noqa: PLC0415 -- as above

    gc.freeze()
    gc.enable()
    prepare_and_serve(Folder(Path(folder)), Addresses(int(port)), int(smtp_port))


def run_script(path: str) -> None:
    """Run a script as Python would."""
    sys.argv = [path]
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    _, pipe_end, kind, *arguments = sys.argv
    threading.Thread(target=hold, args=(int(pipe_end),), name="leash", daemon=True).start()
    if kind == "provider":
        run_provider(*arguments)
    else:
        run_script(*arguments)
