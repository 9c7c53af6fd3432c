"""Values of settings in the form in which they are sent, and proxies; a mistake never repeats the value."""

from __future__ import annotations

import pytest

from bot import values
from bot.config import Settings
from bot.core.errors import ConfigError
from bot.environment import Environment
from bot.proxies import Proxies
from bot.words import say

LEAST = {"SLACK_BOT_TOKEN": "xoxb-1-least", "SLACK_APP_TOKEN": "xapp-1-least"}
FINE = {"SLACK_BOT_TOKEN": "xoxb-fine", "SLACK_APP_TOKEN": "xapp-fine", "SLACK_SIGNING_SECRET": "0123456789abcdef" * 2}
ODD = "S3cr\u00e9t-W0rd"


@pytest.mark.parametrize("text", ["tok", " tok\n", "\ttok\r\n", "tok\u2028", "\ufefftok", " \u200b tok\n\ufeff "])
def test_white_space_around_is_not_part_of_a_header(text):
    """The line end that `echo` adds is dropped."""
    assert values.for_header(text) == "tok"


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", "a\x7fb", "a\tb", "tok\u00e9n", "\ud800", "to\u200bken"])
def test_what_no_header_can_carry_is_refused(text):
    """Within the text, in words that don't hold it."""
    with pytest.raises(ValueError, match=r"that no HTTP header can carry: copy it again$"):
        values.for_header(text)


def test_a_password_keeps_everything_but_line_ends_after_it():
    """Blanks may belong to it, and so may anything within; what isn't UTF-8 can't be sent."""
    assert values.password("\ufeff p\u00e4ss\nword \r\n\n") == " p\u00e4ss\nword "
    for text in ("a\0b", "p\udce4ss"):
        with pytest.raises(ValueError, match=r"is not text in UTF-8: set it again$"):
            values.password(text)


@pytest.mark.parametrize(
    "text",
    [
        "host.example",
        "ftp://host.example",
        "https://",
        "https://user:S3cret@host.example",
        "https://user:S3cr#et@host.example",
        "https://host.example:S3cret",
        "https://host.example:99999",
        "https://host.example:0",
        "https://host.example/?S3cret",
        "https://ho st.example",
        "https://ho\nst.example",
        "https://host..example",
        f"https://{'x' * 64}.example",
        "https://[S3cret",
        "https://[1:2]",
        "https://h\udce4st",
        "https://ho%st",
    ],
)
def test_what_is_no_address_is_refused_in_our_own_words(text):
    """The library's words would quote what it takes for a port."""
    with pytest.raises(ValueError, match=r"^(not an http\(s\) address|only scheme, host, .*|port 0)$") as refused:
        values.address(text)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    "text", ["https://host.example", "http://127.0.0.1:80/a/b", "https://[::1]:8443/x", "https://h\u00f6st.de\n"]
)
def test_addresses(text):
    """Names of any language, IP addresses, ports and paths."""
    assert values.address(text).geturl() == text.strip()


@pytest.mark.parametrize("name", FINE)
@pytest.mark.parametrize("way", ["variable", "file"])
def test_a_token_that_cannot_be_sent_is_named_and_not_shown(tmp_path, name, way):
    """Whether it comes by the environment or by a file; a line end after it is no mistake."""
    (tmp_path / "token").write_text(f"{ODD}\n")
    given = {name: ODD} if way == "variable" else {name: "", f"{name}_FILE": str(tmp_path / "token")}
    with pytest.raises(ConfigError) as refused:
        Settings.read(LEAST | given)
    assert f"{name}: holds a line break or another character that no HTTP header can carry" in say(refused.value)
    assert "S3cr" not in say(refused.value)
    (tmp_path / "token").write_text(f"{FINE[name]}\r\n")
    given = {name: f"{FINE[name]}\n"} if way == "variable" else given
    settings = Settings.read(LEAST | given)
    assert getattr(settings, name.lower()).get_secret_value() == FINE[name]


@pytest.mark.parametrize("name", [str(f.alias) for f in Settings.model_fields.values()])
def test_bytes_that_are_not_utf8_are_a_mistake_of_their_setting(name):
    """They stand in the environment as lone surrogates, which nothing can send, store or print."""
    with pytest.raises(ConfigError, match=f"{name} is not text in UTF-8: set it again"):
        Settings.read(LEAST | {name: "sqlite:///a\udce4b"})


# ---- proxies

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "https://a.example", None),
        ({"HTTPS_PROXY": PROXY}, "https://a.example/x", PROXY),
        ({"HTTPS_PROXY": PROXY}, "wss://a.example/x", PROXY),
        ({"HTTPS_PROXY": PROXY}, "http://a.example", None),
        ({"HTTP_PROXY": PROXY}, "http://a.example", PROXY),
        ({"HTTP_PROXY": PROXY}, "https://a.example", None),
        ({"ALL_PROXY": PROXY}, "http://a.example", PROXY),
        ({"ALL_PROXY": "http://other", "https_proxy": PROXY}, "https://a.example", PROXY),
        ({"HTTPS_PROXY": "http://other", "https_proxy": PROXY}, "https://a.example", PROXY),
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, "https://a.example", None),
        ({"HTTPS_PROXY": f" {PROXY}/\n"}, "https://a.example", PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "https://a.example", PROXY),
        ({"HTTPS_PROXY": "http://u:p%23w@[::2]:1"}, "https://a.example", "http://u:p%23w@[::2]:1"),
        ({"HTTPS_PROXY": "http://u:p$w!@h"}, "https://a.example", "http://u:p%24w%21@h"),
        *(({"ALL_PROXY": PROXY}, f"https://{host}:8443/", None) for host in ("127.0.0.1", "127.9.9.9", "localhost")),
        *(({"ALL_PROXY": PROXY}, f"http://{host}/", None) for host in ("[::1]", "[::ffff:127.0.0.1]", "a.localhost")),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "*"}, "https://a.example", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "b.example, a.example"}, "https://a.example", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "example"}, "https://a.EXAMPLE", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": ".example"}, "https://a.example", None),
        ({"ALL_PROXY": PROXY, "no_proxy": "*.example"}, "https://a.example", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "ample"}, "https://a.example", PROXY),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "a.example:443"}, "https://a.example", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "a.example:8443"}, "https://a.example", PROXY),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, "https://11.1.2.3", PROXY),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "fd00::1"}, "https://[fd00::1]", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "[fd00::1]:443"}, "https://[fd00::1]", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "[fd00::1]"}, "https://[fd00::1]", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "[::1],fd00::/8"}, "https://[fd00::1]", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "[fd00::]/8"}, "https://[fd00::1]:8443", None),
        ({"ALL_PROXY": PROXY, "NO_PROXY": "[::1],fe80::/10,[bad,[::1]:x"}, "https://[fd00::1]", PROXY),
    ],
)
def test_which_proxy_an_address_is_reached_by(environ, url, proxy):
    """By scheme; lower case wins; NO_PROXY has hosts, domains and networks; loopback has none."""
    proxies = Proxies.read(Environment(environ))
    assert proxies.url(url) == proxy
    assert proxies.mistakes(url) == []


@pytest.mark.parametrize(
    "value",
    [
        "http://user:S3cr#t@proxy.example:3128",
        "http://user:S3cr/t@proxy.example:3128",
        "http://user:S3cr?t@proxy.example:3128",
        "http://user:S3cr@t@proxy.example:3128",
        "http://user:S3cr t@proxy.example:3128",
        "http://user:S3cr\nt@proxy.example:3128",
        "http://user:S3cr%0At@proxy.example:3128",
        "http://us%3Aer:S3cret@proxy.example:3128",
        "http://user:S3cret@proxy.example:port",
        "http://user:S3cret@proxy.example:0",
        "http://user:S3cret@",
        "http://user:S3cret@pro..xy",
        "http://user:S3cr\udce4t@proxy",
        "http://user:S3cr%E2%82%ACt@proxy",
        "S3cret://",
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"])
def test_a_proxy_that_nobody_could_use_is_a_mistake_of_its_variable(variable, value):
    """Wherever Slack is; the variable is named as it is set, and no piece of its value."""
    with pytest.raises(ConfigError) as refused:
        Settings.read(LEAST | {variable: value, "SLACK_API_URL": "http://127.0.0.1:1/"})
    assert f"  - {variable} is not a proxy's address: write http://host:port" in say(refused.value)
    assert "S3cr" not in say(refused.value)
    assert "S3cr" not in repr(Proxies.read(Environment({variable: value})))


@pytest.mark.parametrize("scheme", ["socks", "socks4a", "socks5", "socks5h", "ftp"])
def test_a_proxy_of_another_kind_is_a_mistake_only_where_it_is_needed(scheme):
    """Desktops set it for every program; Slack on this machine, or one in NO_PROXY, doesn't need it."""
    given = LEAST | {"ALL_PROXY": f"{scheme}://user:S3cret@127.0.0.1:1080"}
    assert Settings.read(given | {"SLACK_API_URL": "http://localhost:1/"}).proxies.url("http://localhost:1/") is None
    Settings.read(given | {"NO_PROXY": "slack.com"})
    Settings.read(given | {"HTTPS_PROXY": PROXY})
    with pytest.raises(ConfigError, match=r"ALL_PROXY names a .*proxy.* that the bot can't use") as refused:
        Settings.read(given)
    assert "S3cret" not in say(refused.value)


def test_proxies_do_not_show_their_passwords():
    """Printed whole, they hold none."""
    settings = Settings.read(LEAST | {"HTTPS_PROXY": "http://user:S3cret@proxy.example"})
    assert "S3cret" not in repr(settings) + repr(settings.proxies) + str(settings.proxies)
    assert settings.proxies.url("https://slack.com/api/") == "http://user:S3cret@proxy.example"
