"""Where a region's DWS and IAM answer, for logins without a service catalogue; and the normal form of such addresses.

Sources: Open Telekom Cloud, "Regions and Endpoints"; Huawei Cloud, "Regions and Endpoints" (as `huaweicloudsdkdws` has
them).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from bot import values

_OTC: Final = {"eu-de", "eu-nl"}
_OTC_SWISS: Final = {"eu-ch2"}
_HUAWEI_CN: Final = {"cn-south-4", "cn-north-12", "cn-east-4", "tr-west-1", "ap-southeast-4"}
_HUAWEI_EU: Final = {"eu-west-101"}
_HUAWEI: Final = re.compile(  # by name, since other companies call their regions likewise
    r"ae-ad-1|af-(north|south)-1|ap-southeast-[1235]|cn-east-[235]|cn-north-(1|11|2|4|9)|cn-south-1|cn-southwest-[23]|"
    r"la-(north|south)-2|me-east-1|my-kualalumpur-1|na-mexico-1|ru-moscow-1|sa-brazil-1"
)
# What a host looks like without a scheme before it; a password would be asked for in the DNS, and be named in errors.
_HOST: Final = re.compile(
    r"(localhost|\d+(\.\d+){3}|\[[^\]]*\]|[\w.-]*\.[a-z]{2,24}|[\w-]+(?=:\d))(:\d+)?(/|$)", re.IGNORECASE
)
_COMPANIES: Final = re.compile(r"\.(otc\.t-systems)\.com$|\.(myhuaweicloud)\.(com|cn|eu)$")


def dws_endpoint(region: str) -> str | None:
    """Return e.g. "https://dws.eu-de.otc.t-systems.com", or None for a region of neither cloud."""
    domain = _domain(region)
    return f"https://dws.{region}.{domain}" if domain else None


def iam_endpoint(region: str) -> str | None:
    """Return e.g. "https://iam.eu-de.otc.t-systems.com", or None for a region of neither cloud."""
    domain = _domain(region)
    if region in _HUAWEI_EU:
        return "https://iam.myhuaweicloud.eu"
    return f"https://{'iam-pub' if region in _OTC_SWISS else 'iam'}.{region}.{domain}" if domain else None


def region_of_project(project_name: str) -> str:
    """Return the region in a project's name ("eu-de", or "eu-de_analytics" for a sub-project), or ""."""
    region = project_name.partition("_")[0]
    return region if _domain(region) else ""


def same_company(url: str, other: str) -> bool:
    """Say whether two addresses are one company's: what is meant for one is sent to no address guessed of another."""
    return _company(url) == _company(other)


def root(url: str) -> str:
    """Return *url* without API version and what follows it: "https://iam.example/v3/" is "https://iam.example".

    An address without a scheme is taken for https. A path before the version stays, for what stands behind a proxy.

    Raises:
        ValueError: it isn't an http(s) address of a host, or carries a user, a query or a fragment.
    """
    text = url.strip()
    if "://" not in text and not _HOST.match(text):
        raise ValueError("not an http(s) address")
    parts = values.address(text if "://" in text else f"https://{text}")
    path = re.sub(r"/v\d+(\.\d+)?(/.*)?$", "", parts.path.rstrip("/"))
    if re.search(r"[{}]|[%$]\(", path):
        raise ValueError("there is a placeholder in it that isn't known")
    return f"{parts.scheme}://{parts.netloc}{path}"


def is_public(url: str) -> bool:
    """Say whether *url* is of one of the two companies, whose certificates are signed by CAs that all trust."""
    return _COMPANIES.search(urlsplit(url).hostname or "") is not None


def _company(url: str) -> str:
    host = urlsplit(url).hostname or ""
    found = _COMPANIES.search(host)
    return found.group(1) or found.group(2) if found else host


def _domain(region: str) -> str:
    if region in _OTC:
        return "otc.t-systems.com"
    if region in _OTC_SWISS:
        return "sc.otc.t-systems.com"
    if region in _HUAWEI_EU:
        return "myhuaweicloud.eu"
    if region in _HUAWEI_CN:
        return "myhuaweicloud.cn"
    return "myhuaweicloud.com" if _HUAWEI.fullmatch(region) else ""
