"""Settings: from the file, the environment and secret files; each fault is one line with key, value and remedy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from idp.errors import SettingsError
from idp.settings import Settings
from idp.settings_sources import load_settings

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Read a config.toml with this text, and this environment."""

    def read(text: str = "", **environ: str) -> Settings:
        config = tmp_path / "config.toml"
        config.write_text(text, "utf-8")
        return load_settings(config, environ)

    return read


def fault_of(load: Load, text: str = "", **environ: str) -> str:
    with pytest.raises(SettingsError) as raised:
        load(text, **environ)
    return str(raised.value)


def test_without_anything_the_defaults_hold(load: Load, tmp_path: Path) -> None:
    settings = load()

    assert settings.server == Settings().server
    assert settings.login.disclosure == "explicit"
    assert settings.database.url == f"sqlite:///{tmp_path}/idp.db"


def test_paths_are_taken_from_the_files_folder(load: Load, tmp_path: Path) -> None:
    settings = load('[keys]\ndirectory = "secrets"\n[database]\nurl = "sqlite:///data/idp.db"')

    assert settings.keys.directory == tmp_path / "secrets"
    assert settings.database.url == f"sqlite:///{tmp_path}/data/idp.db"


def test_absolute_paths_and_other_databases_stay_as_they_are(load: Load) -> None:
    settings = load('[keys]\ndirectory = "/run/keys"\n[database]\nurl = "postgresql://idp:pass@db/idp"')

    assert settings.keys.directory == Path("/run/keys")
    assert settings.database.url == "postgresql://idp:pass@db/idp"


def test_the_environment_wins_over_the_file(load: Load) -> None:
    settings = load("[server]\nport = 8001\nops_port = 8002", IDP_SERVER__PORT="9000")

    assert (settings.server.port, settings.server.ops_port) == (9000, 8002)


def test_a_secret_file_wins_over_both(load: Load, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://idp:from-file@db/idp\n")

    settings = load(
        '[database]\nurl = "sqlite:///a.db"',
        IDP_DATABASE__URL="postgresql://idp:from-environment@db/idp",
        IDP_DATABASE__URL_FILE=str(secret),
    )

    assert settings.database.url == "postgresql://idp:from-file@db/idp"


def test_a_key_whose_name_ends_in_file_is_still_a_key(load: Load) -> None:
    assert load(IDP_TESTING__CA_FILE="ca.crt").testing.ca_file == "ca.crt"


def test_a_key_whose_name_ends_in_file_has_a_secret_file_too(load: Load, tmp_path: Path) -> None:
    named = tmp_path / "name"
    named.write_text("ca.crt")

    assert load(IDP_TESTING__CA_FILE_FILE=str(named)).testing.ca_file == "ca.crt"


@pytest.mark.parametrize("written", ["10.0.0.1, 10.1.0.0/16", '["10.0.0.1", "10.1.0.0/16"]'])
def test_the_environment_writes_lists_with_commas_or_as_json(load: Load, written: str) -> None:
    assert load(IDP_SERVER__TRUSTED_PROXIES=written).server.trusted_proxies == ("10.0.0.1", "10.1.0.0/16")


def test_other_programs_variables_are_not_ours(load: Load) -> None:
    settings = load(PATH="/bin", IDP_CONFIG="elsewhere.toml", IDP_PORT="tcp://10.0.0.7:8400", XIDP_SERVER__PORT="1")

    assert settings.server.port == 8400, "Kubernetes writes IDP_PORT for a service that is called idp"


def test_idp_config_names_the_file(tmp_path: Path) -> None:
    config = tmp_path / "other.toml"
    config.write_text("[server]\nport = 8123")

    assert load_settings(None, {"IDP_CONFIG": str(config)}).server.port == 8123


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nprot = 1", "server.prot: no such setting; see docs/settings.md, or take it away"),
        ("[sevrer]\nport = 1", "sevrer: no such setting; see docs/settings.md, or take it away"),
        ("port = 1", "port: no such setting; see docs/settings.md, or take it away"),
        ('[server]\nport = "x"', "server.port = 'x': Input should be a valid integer"),
        ("[server]\nport = 70000", "server.port = 70000: Input should be less than or equal to 65535"),
        ("[server]\nworkers = 0", "server.workers = 0: Input should be greater than or equal to 1"),
        (
            '[server]\ntrusted_proxies = ["*"]',
            "server.trusted_proxies = ['*']: '*' is no address; name each proxy, never *",
        ),
        ('[login]\ndisclosure = "loud"', "login.disclosure = 'loud': Input should be 'explicit' or 'discreet'"),
        (
            '[database]\nurl = "mysql://db/idp"',
            "database.url = 'mysql://db/idp': mysql is unknown; write sqlite:///idp.db or postgresql://",
        ),
        ('[database]\nurl = "nonsense"', "database.url = 'nonsense': not a database address; write sqlite:///idp.db"),
        (
            '[mail]\nsmtp_url = "http://x"',
            "mail.smtp_url = 'http://x': write smtps://user:password@host:465 or smtp://",
        ),
        ('[mail]\nfrom = "nobody"', "mail.from = 'nobody': write Name <address@domain>"),
        (
            '[eligibility]\nprovider = "http"',
            "eligibility.url: the http provider needs the membership service's address",
        ),
        (
            '[eligibility]\nprovider = "http"\nurl = "http://members.example"',
            "eligibility.url = 'http://members.example': write https://…; http goes to loopback only",
        ),
        ("[passwords]\nargon2_memory_kib = 1024", "passwords.argon2_memory_kib = 1024: Input should be greater than"),
        ("[lifetimes]\nreset_link_hours = 25", "lifetimes.reset_link_hours = 25: Input should be less than or equal"),
        ("server = 3", "server = 3: Input should be"),
        ("[server", "config.toml: not TOML: "),
    ],
)
def test_a_fault_is_one_line_with_key_value_and_remedy(load: Load, text: str, said: str) -> None:
    fault = fault_of(load, text)

    assert said in fault
    assert "\n" not in fault


@pytest.mark.parametrize(
    ("public_url", "remedy"),
    [
        ("http://idp.example", "http is for loopback hosts only; write https://…"),
        ("http://127.0.0.1.example", "http is for loopback hosts only; write https://…"),
        ("ftp://127.0.0.1", "write https://host, the address that members see"),
        ("idp.example", "write https://host, the address that members see"),
        ("https://", "write https://host, the address that members see"),
        ("https://idp.example/", "take away the / at the end"),
        ("https://idp.example/sso", "only scheme, host and port; take away the rest"),
        ("https://idp.example?a=b", "only scheme, host and port; take away the rest"),
        ("https://idp.example#a", "only scheme, host and port; take away the rest"),
        ("https://IDP.example", "write https://idp.example, as browsers do"),
        ("HTTPS://idp.example", "write https://idp.example, as browsers do"),
        ("https://idp.example:443", "write https://idp.example, as browsers do"),
        ("http://127.0.0.1:80", "write http://127.0.0.1, as browsers do"),
        ("https://connexion.élan.fr", "write https://connexion.xn--lan-9la.fr, as browsers do"),
        ("https://idp.example:99999", "write https://host, the address that members see"),
        ("https://[::1", "write https://host, the address that members see"),
        ("https://idp.example:", "write https://idp.example, as browsers do"),
    ],
)
def test_a_public_url_that_browsers_would_write_otherwise_is_refused(load: Load, public_url: str, remedy: str) -> None:
    fault = fault_of(load, IDP_SERVER__PUBLIC_URL=public_url)

    assert fault == f"server.public_url = {public_url!r}: {remedy}"


@pytest.mark.parametrize(
    "public_url",
    [
        "https://idp.example",
        "https://idp.example:8443",
        "http://127.0.0.1:8400",
        "http://127.8.0.1",
        "http://localhost:1",
        "http://[::1]:8400",
        "https://xn--lan-9la.fr",
    ],
)
def test_https_anywhere_and_http_on_loopback_are_taken(load: Load, public_url: str) -> None:
    assert load(IDP_SERVER__PUBLIC_URL=public_url).server.public_url == public_url


@pytest.mark.parametrize("text", ["[testing]\nclock_skew_seconds = 3", "[testing]\nthrottle = false"])
def test_testing_is_refused_where_members_are(load: Load, text: str) -> None:
    fault = fault_of(load, f'[server]\npublic_url = "https://idp.example"\n{text}')

    assert fault == "testing: only where server.public_url is on a loopback host; take the section away"


def test_testing_is_taken_on_loopback(load: Load) -> None:
    assert load("[testing]\nclock_skew_seconds = 3").testing.clock_skew_seconds == 3


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("IDP_SERVER__PROT", "no such setting; see docs/settings.md, or unset it"),
        ("IDP_SEVRER__PORT", "no such setting; see docs/settings.md, or unset it"),
        ("IDP_SERVER__PROT_FILE", "no such setting; see docs/settings.md, or unset it"),
        ("IDP_SERVER_PORT", "no such setting; write IDP_SERVER__PORT, with two _ after the section"),
        ("IDP_MAIL_SMTP_URL", "no such setting; write IDP_MAIL__SMTP_URL, with two _ after the section"),
        ("IDP_MAIL_SMTP_URL_FILE", "no such setting; write IDP_MAIL__SMTP_URL_FILE, with two _ after the section"),
    ],
)
def test_an_unknown_variable_stops_the_start(load: Load, name: str, remedy: str) -> None:
    assert fault_of(load, **{name: "1"}) == f"{name}: {remedy}"


def test_a_wrong_value_of_the_environment_names_its_key(load: Load) -> None:
    assert fault_of(load, IDP_SERVER__PORT="many").startswith("server.port = 'many': Input should be a valid integer")


def test_a_secret_file_that_is_not_there_is_named(load: Load) -> None:
    fault = fault_of(load, IDP_DATABASE__URL_FILE="/nowhere/url")

    assert fault == "IDP_DATABASE__URL_FILE = /nowhere/url: No such file or directory; name a file that can be read"


def test_a_config_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: No such file or directory; `idp init \.` makes one"):
        load_settings(tmp_path / "none.toml", {})


@pytest.mark.parametrize(
    "text",
    [
        '[database]\nurl = "mysql://idp:hidden-word@db/idp"',
        '[mail]\nsmtp_url = "http://me:hidden-word@mx.example"',
        '[eligibility]\nprovider = "http"\nurl = "http://me:hidden-word@members.example"',
        '[server]\npublic_url = "https://me:hidden-word@idp.example"',
        '[throttle]\nurl = "http://me:hidden-word@cache.example"',
    ],
)
def test_a_password_in_an_address_is_never_shown(load: Load, text: str) -> None:
    assert "hidden-word" not in fault_of(load, text)


def test_settings_are_frozen(load: Load) -> None:
    settings = load()

    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc]  # that is the point


def test_an_unset_public_address_follows_the_port() -> None:
    assert load_settings(None, {"IDP_SERVER__PORT": "9000"}).server.public_url == "http://127.0.0.1:9000"


def test_a_public_address_that_is_set_stays_whatever_the_port() -> None:
    environ = {"IDP_SERVER__PORT": "9000", "IDP_SERVER__PUBLIC_URL": "https://connexion.exemple.fr"}

    assert load_settings(None, environ).server.public_url == "https://connexion.exemple.fr"
