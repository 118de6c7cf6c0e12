"""The addresses of the journey's pages. Relative ones: nothing of a request can make them lead elsewhere (SEC-16)."""

from urllib.parse import quote, urlencode


def _with_query(path: str, **parameters: str | None) -> str:
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{path}?{query}" if query else path


def login_address(association: str | None = None, request_id: str | None = None, notice: str | None = None) -> str:
    """Return the authentication page's address: `/Login/{association}`, else `/` (S10, S11).

    What can't stand in a path as one segment is left out; the page then shows the association that was carried.
    """
    fits = association and "/" not in association and association.strip(".") and association.isprintable()
    path = f"/Login/{quote(association, safe='')}" if association and fits else "/"
    return _with_query(path, request=request_id, notice=notice)


def blank_login_address(request_id: str | None = None) -> str:
    """Return the authentication page with its association left blank, whatever was typed before."""
    return "/?" + urlencode({"association": "", **({"request": request_id} if request_id else {})})


def forgot_address(association: str | None = None, request_id: str | None = None) -> str:
    """Return the forgotten-password page's address."""
    return _with_query("/password/forgot", association=association, request=request_id)


def code_address(association: str | None = None, request_id: str | None = None) -> str:
    """Return the address of the page where a mailed code is typed."""
    return _with_query("/password/code", association=association, request=request_id)


def browser_link_address(association: str | None = None, request_id: str | None = None) -> str:
    """Return the address of the page that mails a link to make a browser known."""
    return _with_query("/browser/link", association=association, request=request_id)


def person_address(request_id: str | None = None) -> str:
    """Return the address of « Qui êtes-vous ? »."""
    return _with_query("/person", request=request_id)
