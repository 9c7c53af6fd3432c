"""The variables that say where a cloud is and how to log in, in every official client's spelling.

Sources: openstacksdk, "Environment Variables"; gophertelekomcloud and otcextensions (other spellings of access keys);
Huawei Cloud SDK for Python, "Environment variables"; Terraform's provider for Huawei Cloud, `huaweicloud/provider.go`
(`HW_…`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot import values


@dataclass(frozen=True, slots=True)
class Variable:
    """What one value is called: *key* by openstacksdk, *names* in the environment, of which the first set one counts.

    In `clouds.yaml` it has the same names without `OS_`, *at_top* of the cloud or else under `auth`. *form* is how it
    is sent; *meaning* is the documentation.
    """

    key: str
    names: tuple[str, ...]
    meaning: str
    form: Callable[[str], str] = values.plain
    is_secret: bool = False
    at_top: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """Its names in `clouds.yaml`."""
        return tuple(dict.fromkeys(name.removeprefix("OS_").lower() for name in self.names if name.startswith("OS_")))

    @property
    def name(self) -> str:
        """The name by which it is spoken of."""
        usual = f"OS_{self.key.upper()}"
        return usual if usual in self.names else self.names[0]


LOGIN: Final = (
    Variable(
        "auth_type",
        ("OS_AUTH_TYPE",),
        "`password`, `token` or `v3applicationcredential`; without it, what is given decides.",
        at_top=True,
    ),
    Variable(
        "auth_url", ("OS_AUTH_URL", "HW_AUTH_URL"), "IAM's address, such as `https://iam.eu-de.otc.t-systems.com/v3`."
    ),
    Variable("username", ("OS_USERNAME", "OS_USER_NAME", "HW_USER_NAME"), "The account's user name."),
    Variable("user_id", ("OS_USER_ID", "HW_USER_ID"), "The user's id, in place of name and domain."),
    Variable("password", ("OS_PASSWORD", "HW_USER_PASSWORD"), "The user's password.", values.password, is_secret=True),
    Variable("user_domain_name", ("OS_USER_DOMAIN_NAME", "HW_DOMAIN_NAME"), "The user's domain (`OTC-EU-DE-000…`)."),
    Variable("user_domain_id", ("OS_USER_DOMAIN_ID", "HW_DOMAIN_ID"), "The same by its id."),
    Variable("domain_name", ("OS_DOMAIN_NAME",), "The domain of the user and of the project, where neither is given."),
    Variable("domain_id", ("OS_DOMAIN_ID",), "The same by its id."),
    Variable("default_domain_name", ("OS_DEFAULT_DOMAIN_NAME",), "The same, after `OS_DOMAIN_NAME`."),
    Variable(
        "default_domain_id", ("OS_DEFAULT_DOMAIN_ID",), "The same by its id, which wins over every domain's name."
    ),
    Variable(
        "token",
        ("OS_TOKEN", "OS_AUTH_TOKEN", "HW_AUTH_TOKEN"),
        "A token in place of user and password: IAM gives another for the project.",
        values.for_header,
        is_secret=True,
    ),
    Variable("application_credential_id", ("OS_APPLICATION_CREDENTIAL_ID",), "An application credential's id."),
    Variable("application_credential_name", ("OS_APPLICATION_CREDENTIAL_NAME",), "Its name, beside the user."),
    Variable(
        "application_credential_secret",
        ("OS_APPLICATION_CREDENTIAL_SECRET",),
        "Its secret.",
        values.password,
        is_secret=True,
    ),
    Variable(
        "project_name",
        ("OS_PROJECT_NAME", "OS_TENANT_NAME", "HW_PROJECT_NAME"),
        "The project with the clusters, such as `eu-de`.",
    ),
    Variable(
        "project_id",
        ("OS_PROJECT_ID", "OS_TENANT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"),
        "The same by its id.",
        values.for_header,
    ),
    Variable("project_domain_name", ("OS_PROJECT_DOMAIN_NAME",), "The project's domain, where it is another one."),
    Variable("project_domain_id", ("OS_PROJECT_DOMAIN_ID",), "The same by its id."),
    Variable(
        "region_name", ("OS_REGION_NAME", "HW_REGION_NAME"), "The region; the first where it is a list.", at_top=True
    ),
    Variable(
        "dwsv1_region_name", ("OS_DWSV1_REGION_NAME",), "The region of DWS, where it is another one.", at_top=True
    ),
    Variable(
        "interface",
        ("OS_ENDPOINT_TYPE", "OS_INTERFACE"),
        "`public` (default), `internal` or `admin`; of a list, the first that there is.",
        at_top=True,
    ),
    Variable(
        "dwsv1_interface",
        ("OS_DWSV1_ENDPOINT_TYPE", "OS_DWSV1_INTERFACE"),
        "The same for DWS alone.",
        at_top=True,
    ),
    Variable(
        "dwsv1_endpoint_override",
        ("OS_DWSV1_ENDPOINT_OVERRIDE", "OS_DWSV1_ENDPOINT"),
        "As `DWS_ENDPOINT`, which wins.",
        at_top=True,
    ),
    Variable("cacert", ("OS_CACERT",), "File with the certificates to trust in place of the usual ones.", at_top=True),
)


def _key(key: str, names: tuple[str, ...], meaning: str) -> Variable:
    return Variable(key, names, meaning, values.for_header, is_secret=True, at_top=True)


ACCESS_KEY: Final = _key(
    "access_key",
    ("OS_ACCESS_KEY", "OS_ACCESS_KEY_ID", "OS_AK", "HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY", "S3_ACCESS_KEY_ID"),
    "An access key in place of user and password.",
)
SECRET_KEY: Final = _key(
    "secret_key",
    ("OS_SECRET_KEY", "OS_ACCESS_KEY_SECRET", "OS_SK", "HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY", "S3_SECRET_ACCESS_KEY"),
    "Its secret key, in the same client's spelling.",
)
SECURITY_TOKEN: Final = _key(
    "security_token",
    (
        "OS_SECURITY_TOKEN",
        "OS_AKSK_SECURITY_TOKEN",
        "OS_ST",
        "HUAWEICLOUD_SDK_SECURITY_TOKEN",
        "HW_SECURITY_TOKEN",
        "S3_SECURITY_TOKEN",
    ),
    "The security token of temporary access keys, likewise.",
)
# The names in one place of each are one client's spelling; they are never mixed, since a key and another key's secret
# are no pair.
KEYS: Final = (ACCESS_KEY, SECRET_KEY, SECURITY_TOKEN)

CLOUD: Final = Variable(
    "", ("OS_CLOUD",), "The cloud's name in `clouds.yaml`; `envvars` is the one of these variables."
)
ENVIRONMENTS_NAME: Final = Variable("", ("OS_CLOUD_NAME",), "Another name for `envvars`.")
CLOUDS_FILE: Final = Variable("", ("OS_CLIENT_CONFIG_FILE",), "Where `clouds.yaml` is.")
SECURE_FILE: Final = Variable("", ("OS_CLIENT_SECURE_FILE",), "Where `secure.yaml` is, whose secrets lie over it.")
CONFIG_HOME: Final = Variable("", ("XDG_CONFIG_HOME",), "Folder in which `openstack/clouds.yaml` is looked for, too.")
CONFIG_DIRS: Final = Variable("", ("XDG_CONFIG_DIRS",), "The machine's such folder (default `/etc/xdg`), if it is one.")
PROFILE: Final = Variable("profile", ("OS_PROFILE",), "`otc`, `otc-swiss` or a profile in `clouds-public.yaml`.")
ENDPOINT: Final = Variable("", ("DWS_ENDPOINT",), "DWS's address, where region and service catalogue name another one.")
# What changes what openstacksdk sends, and isn't supported here: by its key, what to do about it.
# Of these, openstacksdk takes what is at the top before what is under `auth` (of all others that belong there, after),
# and what is written with - before what is written with _.
MOVED: Final = frozenset(
    {f"{whose}domain_{kind}" for whose in ("", "user_", "project_") for kind in ("id", "name")}
    | {"token", "project_id", "project_name"}
)
UNREAD: Final = ("auth-type", "endpoint-type", "dwsv1-endpoint-type")  # with `_` they are read
REFUSED: Final[Mapping[str, str]] = {
    "trust_id": "trusts aren't supported: remove it and name the project",
    "system_scope": "a token for the system has no clusters: remove it and name the project",
    "passcode": "logins that ask a person for a code aren't supported: use a user for the bot without them",
    "cert": "client certificates aren't supported: remove it, or use an address that doesn't ask for one",
    "dws_endpoint_override": "openstacksdk doesn't read it: call it `dwsv1_endpoint_override`, or set DWS_ENDPOINT",
    "dwsv1_service_type": "DWS is found under its own type: remove it, and set DWS_ENDPOINT if it isn't",
    "dwsv1_service_name": "DWS is found under its own type: remove it, and set DWS_ENDPOINT if it isn't",
    **dict.fromkeys(UNREAD, "openstacksdk doesn't read it with a hyphen: write it with `_`"),
}
OF_ENDPOINT: Final = frozenset({"dws_endpoint_override", "dwsv1_service_type", "dwsv1_service_name"})
AS_WRITTEN: Final = frozenset(  # keys in which - and _ aren't the same
    (*UNREAD, *(key.replace("_", "-") for variable in LOGIN if variable.key in MOVED for key in variable.spellings))
)
OF_TERRAFORM: Final = "HW_"
# What changes where and as whom Huawei's tools log in, and isn't supported here: what to do about it.
HUAWEI_REFUSED: Final[Mapping[str, str]] = {
    "HW_ASSUME_ROLE_AGENCY_NAME": "agencies aren't supported: unset it, and give the access keys of a user for the bot",
    "HW_SHARED_CONFIG_FILE": "that file isn't read: unset it, and set HW_ACCESS_KEY and HW_SECRET_KEY",
    "HW_PROFILE": "the file that it is about isn't read: unset it, and set HW_ACCESS_KEY and HW_SECRET_KEY",
    "HUAWEICLOUD_SDK_IDP_ID": "federated logins aren't supported: unset it, and set HUAWEICLOUD_SDK_AK and _SK",
    "HW_INSECURE": "certificates are always checked: unset it, and name your own with OS_CACERT",
    "HW_CLOUD": "only the clouds of known regions are found: unset it, and set DWS_ENDPOINT and HW_AUTH_URL",
}
CREDENTIALS_FILE: Final = Variable(
    "",
    ("HUAWEICLOUD_SDK_CREDENTIALS_FILE",),
    "File with access keys under `[basic]`; without any other login, `~/.huaweicloud/credentials` is read.",
)
IAM_ENDPOINT: Final = Variable("", ("HUAWEICLOUD_SDK_IAM_ENDPOINT",), "IAM's address for access keys.")
REGION_ENDPOINT: Final = Variable(
    "", ("HUAWEICLOUD_SDK_REGION_DWS_",), "DWS's address in the region that completes the name; it names the region."
)

VARIABLES: Final = (
    CLOUD,
    ENVIRONMENTS_NAME,
    CLOUDS_FILE,
    SECURE_FILE,
    CONFIG_HOME,
    CONFIG_DIRS,
    PROFILE,
    ENDPOINT,
    *LOGIN,
    *KEYS,
    CREDENTIALS_FILE,
    IAM_ENDPOINT,
    REGION_ENDPOINT,
)
SECRETS: Final = tuple(name for variable in VARIABLES if variable.is_secret for name in variable.names)


def table() -> str:
    """Return the variables as a Markdown table, for the README."""
    rows = ["| variable | or | meaning |", "|---|---|---|"]
    for variable in VARIABLES:
        names = sorted(variable.names, key=lambda name: name != variable.name)
        first, *others = (f"`{name}…`" if name.endswith("_") else f"`{name}`" for name in names)
        rows.append(f"| {first} | {', '.join(others)} | {variable.meaning} |")
    return "\n".join(rows)
