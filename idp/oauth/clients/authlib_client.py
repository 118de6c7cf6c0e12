"""A registered application as Authlib asks about it. Decides nothing: every answer is `ClientFacts`'."""

from authlib.oauth2.rfc6749 import ClientMixin

from idp.oauth.clients.rules import CODE_GRANT, ClientFacts


class AuthlibClient(ClientMixin):
    """Adapts `ClientFacts` to Authlib. That the client is who it says was proven before (`client_authentication`)."""

    def __init__(self, facts: ClientFacts) -> None:
        """`facts` is the application, authenticated."""
        self.facts = facts

    def __repr__(self) -> str:
        """Name the application, and nothing else: Authlib logs its clients."""
        return f"AuthlibClient({self.facts.client_id})"

    def get_client_id(self) -> str:
        return self.facts.client_id

    def get_default_redirect_uri(self) -> None:
        """None, even where only one is registered (SEC-16)."""

    def get_allowed_scope(self, scope: str) -> str:
        return self.facts.granted_scope(scope)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return self.facts.may_redirect_to(redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        """False: secrets are checked before Authlib is called, and nowhere else."""
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return self.facts.auth_method == method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.facts.may_use(CODE_GRANT)

    def check_grant_type(self, grant_type: str) -> bool:
        return self.facts.may_use(grant_type)
