"""Serves the samples on loopback for a real browser.

`python -m tests.pages.gallery FOLDER [NAME…]` takes their pictures, at three widths, in light and dark.
"""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from idp.entropy import SystemEntropy
from idp.settings import Legal, Server, Settings
from idp.store.secrets import SecretMint
from idp.web.csrf import check_csrf
from idp.web.edge import Edge
from idp.web.forms import LENGTHS, read_form
from idp.web.static import ROUTES as STATIC_ROUTES
from idp.web.templates import Pages
from tests.pages.samples import SAMPLES

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
LEGAL = Legal(
    publisher="ClickAsso SAS",
    publisher_address="1 rue des Exemples, 69001 Lyon",
    director="Nora Petit",
    host="Hébergeur Exemple, 2 rue des Serveurs, 59000 Lille",
)


def gallery(settings: Settings) -> Edge:
    """Return an application that serves each sample at `/NAME`."""
    pages = Pages(settings, SystemEntropy())

    async def show(request: Request) -> Response:
        sample = next(sample for sample in SAMPLES if sample.name == request.path_params["name"])
        return pages.render(request, sample.template, sample.context, status=sample.status, brand=sample.brand)

    async def carry(request: Request) -> Response:
        form = await read_form(request, LENGTHS)
        check_csrf(request, form, settings.server.public_url)
        typed = {name: form[name] for name in ("association", "identifier")}
        return pages.render(request, "forgot.html", {**typed, "back_address": "/"})

    carrying = Route("/password/forgot", carry, methods=["POST"])
    router = Router([*STATIC_ROUTES, carrying, Route("/{name}", show, methods=["GET", "POST"])], redirect_slashes=False)
    return Edge(router, settings, SecretMint(b"g" * 32, SystemEntropy()), SystemEntropy(), pages)


@contextmanager
def served() -> Iterator[str]:
    """Serve the gallery on a free port until the block ends; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    settings = Settings(server=Server(public_url=address), legal=LEGAL)
    server = uvicorn.Server(uvicorn.Config(gallery(settings), port=port, log_level="warning", proxy_headers=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield address
    server.should_exit = True
    thread.join()


def take_pictures(folder: Path, names: set[str]) -> None:
    """Write a PNG of each sample at each width, in light and dark."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only here

    with served() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_OPTIONS])
        for scheme in ("light", "dark"):
            for width in (320, 390, 1280):
                page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                for sample in SAMPLES:
                    if not names or sample.name in names:
                        page.goto(f"{address}/{sample.name}")
                        page.screenshot(path=folder / f"{sample.name}-{width}-{scheme}.png", full_page=True)
                page.close()
        chromium.close()


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]), set(sys.argv[2:]))
