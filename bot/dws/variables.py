"""The variables that say where a cloud is and how to log in, in every official client's spelling.

Sources: openstacksdk, "Environment Variables"; gophertelekomcloud and otcextensions (other spellings of access keys);
Huawei Cloud SDK for Python, "Environment variables".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot import values


@dataclass(frozen=True, slots=True)
class Variable:
    """What one value is called: *key* by openstacksdk, *names* in the environment, of which the first set one counts.

    *form* is how it is sent; *meaning* is the documentation.
    """

    key: str
    names: tuple[str, ...]
    meaning: str
    form: Callable[[str], str] = values.plain
    is_secret: bool = False

    @property
    def name(self) -> str:
        """The first of its names."""
        return self.names[0]


LOGIN: Final = (
    Variable("auth_type", ("OS_AUTH_TYPE",), "`password` or `token`."),
    Variable("auth_url", ("OS_AUTH_URL",), "IAM's address, such as `https://iam.eu-de.otc.t-systems.com/v3`."),
    Variable("username", ("OS_USERNAME",), "The account's user name."),
    Variable("user_id", ("OS_USER_ID",), "The user's id, in place of name and domain."),
    Variable("password", ("OS_PASSWORD",), "The user's password.", values.password, is_secret=True),
    Variable("user_domain_name", ("OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME"), "The user's domain (`OTC-EU-DE-000…`)."),
    Variable("user_domain_id", ("OS_USER_DOMAIN_ID", "OS_DOMAIN_ID"), "The same by its id."),
    Variable("token", ("OS_TOKEN",), "A token in place of user and password.", values.for_header, is_secret=True),
    Variable("project_name", ("OS_PROJECT_NAME", "OS_TENANT_NAME"), "The project with the clusters, such as `eu-de`."),
    Variable(
        "project_id",
        ("OS_PROJECT_ID", "OS_TENANT_ID", "HUAWEICLOUD_SDK_PROJECT_ID"),
        "The same by its id.",
        values.for_header,
    ),
    Variable("project_domain_name", ("OS_PROJECT_DOMAIN_NAME",), "The project's domain, where it is another one."),
    Variable("project_domain_id", ("OS_PROJECT_DOMAIN_ID",), "The same by its id."),
    Variable("region_name", ("OS_REGION_NAME",), "The region, where the project's name doesn't tell it."),
    Variable("interface", ("OS_INTERFACE", "OS_ENDPOINT_TYPE"), "`public` (default), `internal` or `admin`."),
    Variable("dws_endpoint_override", ("OS_DWS_ENDPOINT_OVERRIDE",), "As `DWS_ENDPOINT`, which wins."),
    Variable("cacert", ("OS_CACERT",), "File with the certificates to trust in place of the usual ones."),
)


def _key(key: str, names: tuple[str, ...], meaning: str) -> Variable:
    return Variable(key, names, meaning, values.for_header, is_secret=True)


ACCESS_KEY: Final = _key(
    "access_key",
    ("OS_ACCESS_KEY", "OS_ACCESS_KEY_ID", "OS_AK", "HUAWEICLOUD_SDK_AK", "S3_ACCESS_KEY_ID"),
    "An access key in place of user and password.",
)
SECRET_KEY: Final = _key(
    "secret_key",
    ("OS_SECRET_KEY", "OS_ACCESS_KEY_SECRET", "OS_SK", "HUAWEICLOUD_SDK_SK", "S3_SECRET_ACCESS_KEY"),
    "Its secret key, in the same client's spelling.",
)
SECURITY_TOKEN: Final = _key(
    "security_token",
    ("OS_SECURITY_TOKEN", "OS_AKSK_SECURITY_TOKEN", "OS_ST", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "S3_SECURITY_TOKEN"),
    "The security token of temporary access keys, likewise.",
)
# The names in one place of each are one client's spelling; they are never mixed, since a key and another key's secret
# are no pair.
KEYS: Final = (ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN)

CLOUD: Final = Variable("", ("OS_CLOUD",), "The cloud's name in `clouds.yaml`.")
CLOUDS_FILE: Final = Variable("", ("OS_CLIENT_CONFIG_FILE",), "Where `clouds.yaml` is.")
SECURE_FILE: Final = Variable("", ("OS_CLIENT_SECURE_FILE",), "Where `secure.yaml` is, whose secrets lie over it.")
CONFIG_HOME: Final = Variable("", ("XDG_CONFIG_HOME",), "Folder in which `openstack/clouds.yaml` is looked for, too.")
ENDPOINT: Final = Variable("", ("DWS_ENDPOINT",), "DWS's address, where region and service catalogue name another one.")
IAM_ENDPOINT: Final = Variable("", ("HUAWEICLOUD_SDK_IAM_ENDPOINT",), "IAM's address for access keys.")
REGION_ENDPOINT: Final = Variable(
    "", ("HUAWEICLOUD_SDK_REGION_DWS_",), "DWS's address in the region that completes the name; it names the region."
)

VARIABLES: Final = (
    CLOUD,
    CLOUDS_FILE,
    SECURE_FILE,
    CONFIG_HOME,
    ENDPOINT,
    *LOGIN,
    *KEYS,
    IAM_ENDPOINT,
    REGION_ENDPOINT,
)
SECRETS: Final = tuple(name for variable in VARIABLES if variable.is_secret for name in variable.names)


def table() -> str:
    """Return the variables as a Markdown table, for the README."""
    rows = ["| variable | or | meaning |", "|---|---|---|"]
    for variable in VARIABLES:
        first, *others = (f"`{name}…`" if name.endswith("_") else f"`{name}`" for name in variable.names)
        rows.append(f"| {first} | {', '.join(others)} | {variable.meaning} |")
    return "\n".join(rows)
