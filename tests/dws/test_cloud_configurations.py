"""Every cloud configuration makes the request that openstacksdk makes, or is refused by the name of a key."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openstack.config.vendors
import pytest
import yaml

from bot.dws.clouds_yaml import OTHERS
from tests.harness.cloud_requests import plain, sent_by_openstacksdk, sent_by_the_bot

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "cases" / "clouds.json").read_text("utf-8"))
SAME = "same"


@dataclass(frozen=True)
class Works:
    """openstacksdk fails, or its request can't succeed; ours logs in *at* an address and asks *there* for clusters."""

    at: str
    there: str


OTC = "https://iam.eu-de.otc.t-systems.com/v3/auth/tokens"
FIRST = "https://dwsv1-public.eu-de.cat.example/v1.0/PID/clusters"
NOT_TEXT = "is not text to YAML: put it in quotes"
UNCHECKED = "certificates are always checked"

# What comes of the recorded cases that don't make openstacksdk's request: the key that is named, or why ours works.
RECORDED_OTHERWISE: dict[str, str | Works] = {
    "a09_otc_oidc_secure": "auth_type is 'v3oidcpassword', which isn't supported",
    "a10_otc_saml_tab": "clouds.yaml is not YAML: correct it in line 1",
    "a11_domain_scope": "auth.project_name is missing",
    "a12_otccli_ak_sk_in_auth": Works("", "https://dws.eu-nl.otc.t-systems.com/v1.0/pid-123/clusters"),
    "a13_otccli_region_sso": "my-cloud has no login",
    "a14_v3token": "dws_endpoint_override: openstacksdk doesn't read it",
    "a17_multifactor": "auth_type is 'v3multifactor', which isn't supported",
    "a18_totp": "auth_type is 'v3totp', which isn't supported",
    "a19_verify_false": f"verify: {UNCHECKED}",
    "a26_env_password_with_oscloud": "auth.password is missing",
    "a29_token_and_password": Works(OTC, FIRST),  # auth_type says which
    "a34_ostackrc_noauthurl": Works(OTC, FIRST),  # a project of a region that one company has
    "a35_huawei_env": "OS_PROJECT_ID is missing",
    "a36_huawei_tf_env": "IAM answered without projects",  # of the region's name: openstacksdk doesn't read HW_*
    "a40_utf16": "clouds.yaml is not YAML in UTF-8",
    "a41_tab_indent": "clouds.yaml is not YAML: correct it in line 5",
    "a42_empty_first_then_home": "clouds.yaml has no mapping `clouds:` at its top",
    "a46_config_missing_fallback": "OS_CLIENT_CONFIG_FILE names",
    "a48_verify_path_string": f"verify: {UNCHECKED}",
    "a52_otc_swiss": Works(
        "https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3/auth/tokens",
        "https://dws.eu-ch2.sc.otc.t-systems.com/v1.0/PID/clusters",
    ),
    "a54_int_password": f"auth.password {NOT_TEXT}",
    "a56_endpoint_override_v": "dws_endpoint_override: openstacksdk doesn't read it",
    "a59_trailing_newline_secret": Works(OTC, FIRST),
    "a60_quotes_envfile": "OS_AUTH_URL is in quotes",
    "a61_v2": "auth_type is 'v2password', which isn't supported",
    "a62_none_clouds_list": "clouds.yaml has no mapping `clouds:` at its top",
    "a63_only_one_cloud_no_oscloud_plus_env_region": Works(OTC, FIRST),
    "a67_project_as_list_id_unquoted": f"auth.project_id {NOT_TEXT}",
    "a68_unknown_vendor_with_url": "profile is 'vexxhost', a cloud without DWS",
}

LOGIN = (
    "auth: {auth_url: 'https://iam.example/v3', username: U, password: s3cret, user_domain_name: D, project_id: PID}"
)
NO_DOMAIN = "auth: {auth_url: 'https://iam.example/v3', username: U, password: s3cret, project_name: P"
TOKEN = "auth: {auth_url: 'https://iam.example/v3', token: s3cret"
CREDENTIAL = "auth: {auth_url: 'https://iam.example/v3', application_credential_secret: s3cret"
OF_OTC = "{username: U, password: s3cret, user_domain_name: D, project_id: PID}"
HERE = "https://iam.example/v3/auth/tokens"

# One cloud's entry in clouds.yaml, beside LOGIN where it has no `auth`.
ENTRIES: dict[str, tuple[str, str | Works]] = {
    # names and spellings
    "user-name": (LOGIN.replace("username", "user-name"), SAME),
    "hyphens everywhere": (LOGIN.replace("_", "-"), SAME),
    "hyphens at the top": ("region-name: eu-nl\ndwsv1-interface: internal", SAME),
    "a key in both spellings": (
        LOGIN.replace("username: U", "user-id: U, user_id: V"),
        "is given twice, with - and with _",
    ),
    "tenant_name": (NO_DOMAIN.replace("project_name", "tenant_name") + ", user_domain_name: D}", SAME),
    "tenant-id": (LOGIN.replace("project_id", "tenant-id"), SAME),
    "tenant_id beside project_id": (LOGIN.replace("project_id: PID", "tenant_id: A, project_id: B"), SAME),
    "project name and id": (LOGIN.replace("project_id", "project_name: P, project_id"), SAME),
    "user name and id": (LOGIN.replace("username: U", "username: U, user_id: I"), SAME),
    "user id alone": (NO_DOMAIN.replace("username", "user_id") + "}", SAME),
    # the same key in two places
    "username also at the top": ("username: TOP\n" + LOGIN, SAME),
    "password also at the top": ("password: s3cret-top\n" + LOGIN, SAME),
    "auth_url also at the top": ("auth_url: https://top.example/v3\n" + LOGIN, SAME),
    "auth_url at the top beside a profile": (f"profile: otc\nauth_url: https://top.example\nauth: {OF_OTC}", SAME),
    "project_id also at the top": ("project_id: TOP\n" + LOGIN, SAME),
    "project_name at the top beside an id": ("project_name: TOP\n" + LOGIN, SAME),
    "tenant_id at the top beside project_id": ("tenant_id: TOP\n" + LOGIN, SAME),
    "user_domain_name also at the top": ("user_domain_name: TOP\n" + LOGIN, SAME),
    "project_domain_name at the top": ("project_domain_name: TOP\n" + NO_DOMAIN + ", user_domain_name: D}", SAME),
    "everything at the top": (
        "auth_url: https://iam.example\nusername: U\npassword: s3cret\nuser_domain_id: D\nproject_name: P",
        SAME,
    ),
    "token at the top beside one under auth": (
        "auth_type: token\ntoken: s3cret-top\n" + TOKEN + ", project_id: PID}",
        SAME,
    ),
    "endpoint-type": ("endpoint-type: admin", "endpoint-type: openstacksdk doesn't read it with a hyphen"),
    "endpoint_type and interface": ("interface: internal\nendpoint_type: admin", SAME),
    # domains
    "domain_name alone": (NO_DOMAIN + ", domain_name: D}", SAME),
    "domain_id alone": (NO_DOMAIN + ", domain_id: D}", SAME),
    "domain_name at the top": ("domain_name: D\n" + NO_DOMAIN + "}", SAME),
    "domain_name beside user_domain_name": (NO_DOMAIN + ", user_domain_name: D, domain_name: E}", SAME),
    "domain_id beside user_domain_name": (NO_DOMAIN + ", user_domain_name: D, domain_id: E}", SAME),
    "domain_name beside project_domain_name": (NO_DOMAIN + ", project_domain_name: D, domain_name: E}", SAME),
    "default_domain_name": (NO_DOMAIN + ", default_domain_name: D}", SAME),
    "default_domain_id": (NO_DOMAIN + ", default_domain_id: default}", SAME),
    "default_domain_id at the top": ("default_domain_id: default\n" + NO_DOMAIN + "}", SAME),
    "default_domain_id beside user_domain_name": (NO_DOMAIN + ", user_domain_name: D, default_domain_id: E}", SAME),
    "default_domain, which nobody reads": ("default_domain: D\n" + NO_DOMAIN + "}", "auth.user_domain_name is missing"),
    "no domain at all": (NO_DOMAIN + "}", "auth.user_domain_name is missing"),
    "only the project's domain": (NO_DOMAIN + ", project_domain_name: D}", "auth.user_domain_name is missing"),
    "v3password knows no default domain": (
        "auth_type: v3password\ndefault_domain_id: D\n" + NO_DOMAIN + "}",
        "auth.user_domain_name is missing",
    ),
    # scopes
    "a domain's scope by id": (LOGIN.replace("project_id", "domain_id"), "auth.project_name is missing"),
    "no scope": (LOGIN.replace(", project_id: PID", ""), "auth.project_name is missing"),
    "the system's scope": ("system_scope: all", "system_scope: a token for the system has no clusters"),
    "the system's scope under auth": (
        LOGIN.replace("project_id: PID", "system_scope: all"),
        "auth.system_scope: a token",
    ),
    "a trust": ("trust_id: T", "trust_id: trusts aren't supported"),
    "a trust under auth": (LOGIN.replace("project_id: PID", "trust-id: T"), "auth.trust-id: trusts aren't supported"),
    # kinds of login
    "auth_type v3password": ("auth_type: v3password", SAME),
    "auth-type": ("auth-type: token", "auth-type: openstacksdk doesn't read it with a hyphen"),
    "auth_plugin, which nobody reads": ("auth_plugin: v3token", SAME),
    "an empty auth_type": ("auth_type: ''", Works(HERE, FIRST)),
    "a token and a project": ("auth_type: token\n" + TOKEN + ", project_id: PID}", SAME),
    "a token and a project's name": ("auth_type: v3token\n" + TOKEN + ", project_name: P, project_domain_id: D}", SAME),
    "auth_token": ("auth_type: token\n" + TOKEN.replace("token:", "auth_token:") + ", project_id: PID}", SAME),
    "a token and a default domain": ("auth_type: token\n" + TOKEN + ", project_name: P, default_domain_id: D}", SAME),
    "a token without auth_type": (TOKEN + ", project_id: PID}", Works(HERE, FIRST)),
    "a token without a project": ("auth_type: token\n" + TOKEN + "}", "auth.project_name is missing"),
    "a token beside a password": (
        LOGIN.replace("username", "token: s3cret, username"),
        "auth.token stands beside another",
    ),
    "a token beside a password at the top": (
        "auth_type: token\nusername: U\npassword: s3cret-pw\n" + TOKEN + ", project_id: PID}",
        SAME,
    ),
    "a password beside a token, by auth_type": (
        "auth_type: password\n" + LOGIN.replace("username", "token: s3cret-stale, username"),
        Works(HERE, FIRST),
    ),
    "an application credential": (
        "auth_type: v3applicationcredential\n" + CREDENTIAL + ", application_credential_id: A}",
        SAME,
    ),
    "an application credential at the top": (
        "auth_type: v3applicationcredential\nauth_url: https://iam.example\napplication_credential_id: A\n"
        "application_credential_secret: s3cret",
        SAME,
    ),
    "an application credential by name": (
        "auth_type: v3applicationcredential\n"
        + CREDENTIAL
        + ", application_credential_name: A, username: U, user_domain_name: D}",
        SAME,
    ),
    "an application credential by name and user id": (
        "auth_type: v3applicationcredential\n" + CREDENTIAL + ", application_credential_name: A, user_id: U}",
        SAME,
    ),
    "an application credential by name without a user": (
        "auth_type: v3applicationcredential\n" + CREDENTIAL + ", application_credential_name: A}",
        "auth.username is missing",
    ),
    "an application credential and a project": (
        "auth_type: v3applicationcredential\n" + CREDENTIAL + ", application_credential_id: A, project_id: PID}",
        SAME,
    ),
    "an application credential and a domain": (
        "auth_type: v3applicationcredential\n" + CREDENTIAL + ", application_credential_id: A, domain_id: D}",
        "auth.domain_id asks for a token of a domain",
    ),
    "an application credential without its secret": (
        "auth_type: v3applicationcredential\nauth: {auth_url: 'https://iam.example', application_credential_id: A}",
        "auth.application_credential_secret is missing",
    ),
    "an application credential without auth_type": (CREDENTIAL + ", application_credential_id: A}", Works(HERE, FIRST)),
    **{
        f"auth_type {kind}": (f"auth_type: {kind}", f"auth_type is '{kind}', which isn't supported")
        for kind in (
            "none",
            "noauth",
            "http_basic",
            "admin_token",
            "token_endpoint",
            "v2password",
            "v2token",
            "v3adfspassword",
            "v3kerberos",
            "v3multifactor",
            "v3oauth1",
            "v3oidcaccesstoken",
            "v3oidcauthcode",
            "v3oidcclientcredentials",
            "v3oidcdeviceauthz",
            "v3samlpassword",
            "v3tokenlessauth",
            "v3totp",
            "v3websso",
        )
    },
    "a passcode": (
        LOGIN.replace("project_id", "passcode: '123456', project_id"),
        "auth.passcode: logins that ask a person",
    ),
    # IAM's address
    **{
        f"auth_url {url}": (LOGIN.replace("https://iam.example/v3", url), SAME)
        for url in (
            "https://iam.example",
            "https://iam.example/",
            "https://iam.example/v3/",
            "http://iam.example:5000",
            "https://iam.example/identity",
            "https://iam.example:443/identity/v3",
        )
    },
    "auth_url of version 2": (LOGIN.replace("/v3", "/v2.0"), "auth.auth_url is of version 2"),
    "auth_url with the region": ("region_name: eu-nl\n" + LOGIN.replace("iam.ex", "iam.{region_name}.ex"), SAME),
    "auth_url with the region of a list": (
        "regions: [eu-nl]\n" + LOGIN.replace("iam.ex", "iam.{region_name}.ex"),
        SAME,
    ),
    "auth_url with the region, at the top": (
        f"region_name: eu-nl\nauth_url: 'https://iam.{{region_name}}.example'\nauth: {OF_OTC}",
        Works("https://iam.eu-nl.example/v3/auth/tokens", FIRST.replace("eu-de", "eu-nl")),
    ),
    "auth_url without a scheme": (LOGIN.replace("https://", ""), Works(HERE, FIRST)),
    "auth_url with a password": (LOGIN.replace("iam.ex", "me:s3cret@iam.ex"), "auth.auth_url is no usable address"),
    "auth_url with a region that isn't there": (
        LOGIN.replace("iam.ex", "iam.{region_name}.ex"),
        "auth_url is no usable",
    ),
    "auth_url with another placeholder": (LOGIN.replace("/v3", "/{project}/v3"), "auth.auth_url is no usable address"),
    "no auth_url": (LOGIN.replace("auth_url: 'https://iam.example/v3', ", ""), "auth.auth_url is missing"),
    "identity_api_version 2": ("identity_api_version: 2", SAME),
    "identity_endpoint_override": ("identity_endpoint_override: https://other.example/v3", SAME),
    # regions
    "region_name": ("region_name: eu-nl", SAME),
    "an empty region_name": ("region_name: ''", SAME),
    "region_name as a list of one": ("region_name: [eu-nl]", SAME),
    "region_name beside regions": ("region_name: eu-de\nregions: [eu-nl, eu-de]", SAME),
    "no regions": ("regions: []", SAME),
    "regions with values": (
        "regions: [{name: eu-nl, values: {interface: internal, auth: {username: V, auth_url: 'https://iam.nl.example'}}}]",
        SAME,
    ),
    "regions with hyphens in values": ("regions: [{name: eu-nl, values: {dwsv1-interface: admin}}, eu-de]", SAME),
    "regions without values": ("regions: [{name: eu-nl}]", SAME),
    "a region's empty value": ("interface: internal\nregions: [{name: eu-nl, values: {interface: null}}]", SAME),
    "a region's project": ("regions: [{name: eu-nl, values: {project_id: NL}}]", SAME),
    "a region's own region_name": ("regions: [{name: eu-nl, values: {region_name: eu-de}}]", SAME),
    "regions as text": ("regions: eu-nl", "regions must be a list"),
    "regions with something else": ("regions: [{name: eu-nl, zone: 1}]", "regions must be a list"),
    "a region without a name": ("regions: [{values: {}}]", "regions must be a list"),
    "a region of the profile's": (f"profile: otc\nregion_name: eu-nl\nauth: {OF_OTC}", SAME),
    "regions over the profile's": (f"profile: otc\nregions: [eu-nl]\nauth: {OF_OTC}", SAME),
    "region, which nobody reads": ("region: eu-nl", SAME),
    "a number for a region": ("region_name: 12", f"region_name {NOT_TEXT}"),
    # interfaces and endpoints
    "interface as a list": ("interface: [internal, public]", SAME),
    "interface with commas": ("interface: internal,public", Works(HERE, FIRST.replace("public", "internal"))),
    "interface adminURL": ("interface: adminURL", SAME),
    "an empty interface": ("interface: ''", SAME),
    "no interface": ("interface: null", SAME),
    "an unknown interface": ("interface: moon", "interface is 'moon': use public, internal or admin"),
    "dwsv1_interface": ("dwsv1_interface: internal", SAME),
    "dwsv1_endpoint_type": ("dwsv1_endpoint_type: internalURL\ninterface: admin", SAME),
    "dwsv1_region_name": ("dwsv1_region_name: eu-nl\nregion_name: eu-de", SAME),
    "dws_region_name, which nobody reads": ("dws_region_name: eu-nl", SAME),
    "identity_interface": ("identity_interface: internal", SAME),
    "dwsv1_endpoint_override": ("dwsv1_endpoint_override: https://dws.own.example/v1.0/PID", SAME),
    "dwsv1_endpoint_override with the project": (
        "dwsv1_endpoint_override: 'https://o.example/x/v1.0/%(project_id)s'",
        SAME,
    ),
    "dwsv1_endpoint_override with a path alone": (
        "dwsv1_endpoint_override: 'https://o.example/%(project_id)s'",
        "dwsv1_endpoint_override is no usable address",
    ),
    "dwsv1_endpoint_override without a path": (
        "dwsv1_endpoint_override: https://o.example",
        Works(HERE, "https://o.example/v1.0/PID/clusters"),
    ),
    "dwsv1_endpoint": ("dwsv1_endpoint: https://dws.own.example/v1.0/PID", SAME),
    "dwsv1-endpoint-override": ("dwsv1-endpoint-override: https://dws.own.example/v1.0/PID", SAME),
    "dwsv1_endpoint_override of a region": (
        "region_name: eu-nl\ndwsv1_endpoint_override: 'https://dws.{region_name}.example/v1.0/PID'",
        SAME,
    ),
    "dws_endpoint_override": ("dws_endpoint_override: https://o.example/v1.0/PID", "call it `dwsv1_endpoint_override`"),
    "dwsv1_service_type": ("dwsv1_service_type: dws", "dwsv1_service_type: DWS is found under its own type"),
    "dwsv1_service_name": ("dwsv1_service_name: dws", "dwsv1_service_name: DWS is found under its own type"),
    "other services' keys": ("compute_api_version: 2\nrds_endpoint_override: https://r.example", SAME),
    # certificates
    "verify false": ("verify: false", f"verify: {UNCHECKED}"),
    "verify null": ("verify: null", f"verify: {UNCHECKED}"),
    "verify true": ("verify: true", SAME),
    "verify as a path": ("verify: /etc/ssl/ca.pem", f"verify: {UNCHECKED}"),
    "insecure true": ("insecure: true", f"insecure: {UNCHECKED}"),
    "insecure as text": ("insecure: 'True'", f"insecure: {UNCHECKED}"),
    "insecure false": ("insecure: false", SAME),
    "a client's certificate": ("cert: ~/me.pem\nkey: ~/me.key", "cert: client certificates aren't supported"),
    "a client's certificate in one file": ("cert: /etc/me.pem", "cert: client certificates aren't supported"),
    "a cacert that isn't there": ("cacert: ~/none.pem", "cacert names"),
    # what YAML makes of it
    "a date as a password": (LOGIN.replace("s3cret", "2024-01-01"), f"auth.password {NOT_TEXT}"),
    "yes as a password": (LOGIN.replace("s3cret", "yes"), f"auth.password {NOT_TEXT}"),
    "a list as a user": (LOGIN.replace("username: U", "username: [U]"), f"auth.username {NOT_TEXT}"),
    "nothing for the user": (LOGIN.replace("username: U", "username: null, user_id: U"), SAME),
    "nothing for the project's id": (
        LOGIN.replace("project_id: PID", "project_name: P, project_id:"),
        "project_id is empty",
    ),
    "an empty project_id beside a name": (LOGIN.replace("project_id: PID", "project_name: P, project_id: ''"), SAME),
    "an empty project_id hides tenant_id": (
        LOGIN.replace("project_id: PID", "project_name: P, tenant_id: T, project_id: ''"),
        SAME,
    ),
    "an empty user_domain_name": (NO_DOMAIN + ", user_domain_name: '', domain_name: D}", SAME),
    "an empty password": (LOGIN.replace("s3cret", "''"), "auth.password is missing"),
    "auth is text": ("auth: text", "`auth` must be a mapping"),
    "auth is empty": ("auth:", "p has no login"),
    # other people's keys
    "networks": ("networks: [{name: n, nat_source: true}]", SAME),
    "force_ipv4": ("force_ipv4: true", SAME),
    "an unknown key": ("mood: good", SAME),
    "quota of a cloud": ("api_timeout: 30\nimage_format: qcow2\nfloating_ip_source: neutron", SAME),
    # profiles
    "profile otc": (f"profile: otc\nauth: {OF_OTC}", SAME),
    "the profile by its older word": (f"cloud: otc\nauth: {OF_OTC}", SAME),
    "profile before cloud": (f"profile: otc\ncloud: vexxhost\nauth: {OF_OTC}", SAME),
    "profile otc and an address": ("profile: otc", SAME),
    "profile otc-swiss and an address": ("profile: otc-swiss", "catalogue has no DWS in region 'eu-ch2'"),
    "an unknown profile and an address": ("profile: open telekom", SAME),
    "an unknown profile without an address": (
        f"profile: open-telekom\nregion_name: eu-de\nauth: {OF_OTC}",
        "profile is 'open-telekom', which brings no `auth_url`",
    ),
    "profile envvars": ("profile: envvars", SAME),
    "an empty profile": ("profile: ''", SAME),
    "a profile of another cloud": ("profile: ovh", "profile is 'ovh', a cloud without DWS"),
    "a profile from the network": (
        "profile: https://cloud.example",
        "profile is an address, from which nothing is fetched",
    ),
}

OS = {
    "OS_AUTH_URL": "https://iam.example/v3",
    "OS_USERNAME": "U",
    "OS_PASSWORD": "s3cret",
    "OS_USER_DOMAIN_NAME": "D",
    "OS_PROJECT_NAME": "P",
}
OS_BARE = {"OS_AUTH_URL": "https://iam.example", "OS_USERNAME": "U", "OS_PASSWORD": "s3cret"}

# The environment's variables, without files.
ENVIRONMENTS: dict[str, tuple[dict[str, str], str | Works]] = {
    "OS_*": (OS, SAME),
    "OS_CLOUD=envvars": ({**OS, "OS_CLOUD": "envvars"}, SAME),
    "OS_CLOUD_NAME": ({**OS, "OS_CLOUD_NAME": "mine", "OS_CLOUD": "mine"}, SAME),
    "OS_CLOUD=envvars and no login": ({"OS_CLOUD": "envvars", "OS_REGION_NAME": "eu-de"}, "OS_CLOUD names 'envvars'"),
    "OS_USER_NAME": ({**OS, "OS_USERNAME": "", "OS_USER_NAME": "V"}, Works(HERE, FIRST)),
    "OS_USER_NAME alone": ({**{k: v for k, v in OS.items() if k != "OS_USERNAME"}, "OS_USER_NAME": "V"}, SAME),
    "OS_TENANT_NAME": ({**OS_BARE, "OS_USER_DOMAIN_ID": "D", "OS_TENANT_NAME": "T"}, SAME),
    "OS_TENANT_NAME and OS_PROJECT_NAME": ({**OS, "OS_TENANT_NAME": "T"}, SAME),
    "OS_TENANT_ID": ({**OS, "OS_TENANT_ID": "I"}, SAME),
    "OS_PROJECT_ID that is empty": ({**OS, "OS_PROJECT_ID": "", "OS_TENANT_ID": "I"}, SAME),
    "empty domains": ({**OS, "OS_USER_DOMAIN_ID": "", "OS_PROJECT_DOMAIN_NAME": ""}, SAME),
    "OS_DOMAIN_NAME": ({**OS_BARE, "OS_PROJECT_NAME": "P", "OS_DOMAIN_NAME": "D"}, SAME),
    "OS_DOMAIN_ID": ({**OS_BARE, "OS_PROJECT_ID": "P", "OS_DOMAIN_ID": "D"}, SAME),
    "OS_DEFAULT_DOMAIN_NAME": ({**OS_BARE, "OS_PROJECT_NAME": "P", "OS_DEFAULT_DOMAIN_NAME": "D"}, SAME),
    "OS_DEFAULT_DOMAIN": (
        {**OS_BARE, "OS_PROJECT_NAME": "P", "OS_DEFAULT_DOMAIN": "D"},
        "OS_USER_DOMAIN_NAME is missing",
    ),
    "OS_PROJECT_DOMAIN_ID": ({**OS, "OS_PROJECT_DOMAIN_ID": "E", "OS_PROJECT_DOMAIN_NAME": "F"}, SAME),
    "OS_PROFILE": ({**{k: v for k, v in OS.items() if k != "OS_AUTH_URL"}, "OS_PROFILE": "otc"}, SAME),
    "OS_PROFILE beside OS_AUTH_URL": ({**OS, "OS_PROFILE": "otc"}, SAME),
    "OS_REGION_NAME with commas": ({**OS, "OS_REGION_NAME": "eu-nl,eu-de"}, SAME),
    "OS_INTERFACE": ({**OS, "OS_INTERFACE": "internal"}, SAME),
    "OS_INTERFACE and OS_ENDPOINT_TYPE": ({**OS, "OS_INTERFACE": "internal", "OS_ENDPOINT_TYPE": "adminURL"}, SAME),
    "OS_DWSV1_ENDPOINT_OVERRIDE": ({**OS, "OS_DWSV1_ENDPOINT_OVERRIDE": "https://o.example/v1.0/PID"}, SAME),
    "OS_DWS_ENDPOINT_OVERRIDE": (
        {**OS, "OS_DWS_ENDPOINT_OVERRIDE": "https://o.example"},
        "OS_DWS_ENDPOINT_OVERRIDE: openst",
    ),
    "OS_IDENTITY_API_VERSION": ({**OS, "OS_IDENTITY_API_VERSION": "2.0"}, SAME),
    "OS_AUTH_TYPE and a token": (
        {"OS_AUTH_TYPE": "token", "OS_AUTH_URL": "https://iam.example", "OS_TOKEN": "s3cret", "OS_PROJECT_ID": "P"},
        SAME,
    ),
    "OS_AUTH_TYPE=token beside a password": (
        {**OS, "OS_AUTH_TYPE": "v3token", "OS_TOKEN": "s3cret-t"},
        Works(HERE, FIRST),
    ),
    "OS_TOKEN beside a password": (
        {**OS, "OS_TOKEN": "s3cret-t"},
        "OS_TOKEN stands beside another login: say with OS_AUTH_TYPE",
    ),
    "OS_AUTH_TOKEN": (
        {"OS_AUTH_URL": "https://iam.example", "OS_AUTH_TOKEN": "s3cret", "OS_PROJECT_ID": "P"},
        Works(HERE, FIRST),
    ),
    "an application credential": (
        {
            "OS_AUTH_TYPE": "v3applicationcredential",
            "OS_AUTH_URL": "https://iam.example",
            "OS_REGION_NAME": "eu-nl",
            "OS_APPLICATION_CREDENTIAL_ID": "A",
            "OS_APPLICATION_CREDENTIAL_SECRET": "s3cret",
            "OS_IDENTITY_API_VERSION": "3",
            "OS_INTERFACE": "public",
        },
        SAME,
    ),
    "an application credential by name": (
        {
            "OS_AUTH_TYPE": "v3applicationcredential",
            "OS_AUTH_URL": "https://iam.example",
            "OS_USERNAME": "U",
            "OS_USER_DOMAIN_NAME": "D",
            "OS_APPLICATION_CREDENTIAL_NAME": "A",
            "OS_APPLICATION_CREDENTIAL_SECRET": "s3cret",
        },
        SAME,
    ),
    "an application credential beside a password": (
        {**OS, "OS_APPLICATION_CREDENTIAL_ID": "A", "OS_APPLICATION_CREDENTIAL_SECRET": "s3cret-a"},
        SAME,
    ),
    "OS_AUTH_TYPE v3totp": ({**OS, "OS_AUTH_TYPE": "v3totp", "OS_PASSCODE": "123456"}, "OS_PASSCODE: logins that ask"),
    "OS_TRUST_ID": ({**OS, "OS_TRUST_ID": "T"}, "OS_TRUST_ID: trusts aren't supported"),
    "OS_SYSTEM_SCOPE": ({**OS, "OS_SYSTEM_SCOPE": "all"}, "OS_SYSTEM_SCOPE: a token for the system"),
    "OS_INSECURE": ({**OS, "OS_INSECURE": "true"}, f"OS_INSECURE: {UNCHECKED}"),
    "OS_INSECURE=0": ({**OS, "OS_INSECURE": "0"}, SAME),
    "OS_VERIFY": ({**OS, "OS_VERIFY": "False"}, f"OS_VERIFY: {UNCHECKED}"),
    "OS_CERT": ({**OS, "OS_CERT": "/me.pem", "OS_KEY": "/me.key"}, "OS_CERT: client certificates aren't supported"),
    "Huawei's project beside OS_*": ({**OS, "HUAWEICLOUD_SDK_PROJECT_ID": "H"}, SAME),
    "Huawei's endpoint beside OS_*": (
        {**OS, "OS_REGION_NAME": "eu-nl", "HUAWEICLOUD_SDK_REGION_DWS_EU_NL": "https://h.example"},
        SAME,
    ),
    "Huawei's IAM beside OS_*": ({**OS, "HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://h.example"}, SAME),
    "access keys beside a password": ({**OS, "OS_ACCESS_KEY": "AK", "OS_SECRET_KEY": "s3cret-sk"}, SAME),
    "a region that no catalogue of ours has": ({**OS, "OS_REGION_NAME": "eu-ch2"}, "set DWS_ENDPOINT to its address"),
    "no address, a region of another company than DWS_ENDPOINT's": (
        {
            **{k: v for k, v in OS.items() if k != "OS_AUTH_URL"},
            "OS_REGION_NAME": "eu-de",
            "DWS_ENDPOINT": "https://d.example",
        },
        "OS_AUTH_URL is missing",
    ),
    "keys, and an IAM of another company than the region's": (
        {
            "OS_ACCESS_KEY": "AK",
            "OS_SECRET_KEY": "s3cret",
            "OS_PROJECT_ID": "P",
            "OS_REGION_NAME": "eu-de",
            "OS_AUTH_URL": "https://iam.private.example/v3",
        },
        "set DWS_ENDPOINT to its address",
    ),
    "keys, and a project's name at an endpoint of another company": (
        {
            "OS_ACCESS_KEY": "AK",
            "OS_SECRET_KEY": "s3cret",
            "OS_PROJECT_NAME": "P",
            "OS_REGION_NAME": "eu-de",
            "DWS_ENDPOINT": "https://dws.private.example",
        },
        "OS_PROJECT_ID is missing",
    ),
    "keys, and a region that other companies have, too": (
        {"OS_ACCESS_KEY": "AK", "OS_SECRET_KEY": "s3cret", "OS_PROJECT_ID": "P", "OS_REGION_NAME": "us-east-1"},
        "the region 'us-east-1' is unknown",
    ),
}

P = "clouds: {p: {" + LOGIN + "}}"
P_OTC = f"clouds: {{p: {{profile: otc, auth: {OF_OTC}}}}}"
OF_P = {"OS_CLOUD": "p"}
BROKEN = "clouds: {p: ["

# Where files are, and how they go together.
FILES: dict[str, tuple[dict[str, str], dict[str, str], str | Works]] = {
    "XDG_CONFIG_HOME": ({**OF_P, "XDG_CONFIG_HOME": "{}/xdg"}, {"xdg/openstack/clouds.yaml": P}, SAME),
    "XDG_CONFIG_HOME, and the file in ~/.config": (
        {**OF_P, "XDG_CONFIG_HOME": "{}/xdg"},
        {"home/.config/openstack/clouds.yaml": P},
        SAME,
    ),
    "XDG_CONFIG_DIRS": ({**OF_P, "XDG_CONFIG_DIRS": "{}/xdg"}, {"xdg/openstack/clouds.yaml": P}, SAME),
    "XDG_CONFIG_DIRS after ~/.config": (
        {**OF_P, "XDG_CONFIG_DIRS": "{}/xdg"},
        {"xdg/openstack/clouds.yaml": P.replace("U", "V"), "home/.config/openstack/clouds.yaml": P},
        SAME,
    ),
    "XDG_CONFIG_DIRS with several": (
        {**OF_P, "XDG_CONFIG_DIRS": "{}/xdg:{}/b"},
        {"xdg/openstack/clouds.yaml": P},
        "there is no clouds.yaml",
    ),
    "a part that contains itself": (OF_P, {"cwd/clouds.yaml": "clouds: &c {q: *c, p: {" + LOGIN + "}}"}, SAME),
    "both": (
        {**OF_P, "XDG_CONFIG_HOME": "{}/xdg"},
        {"xdg/openstack/clouds.yaml": P, "home/.config/openstack/clouds.yaml": P.replace("U", "V")},
        SAME,
    ),
    "the working directory first": (OF_P, {"cwd/clouds.yml": P, "home/.config/openstack/clouds.yaml": "x: 1"}, SAME),
    ".yaml before .yml before .json": (OF_P, {"cwd/clouds.yml": P, "cwd/clouds.json": "{}"}, SAME),
    "JSON with tabs": (OF_P, {"cwd/clouds.json": json.dumps(yaml.safe_load(P), indent="\t")}, SAME),
    "JSON that isn't": (OF_P, {"cwd/clouds.json": P}, "clouds.json is not JSON: correct it in line 1"),
    "the only cloud": ({}, {"cwd/clouds.yaml": P}, SAME),
    "the only cloud, in secure.yaml": (OF_P, {"cwd/secure.yaml": P}, SAME),
    "a broken file that isn't used": (OS, {"cwd/clouds.yaml": BROKEN}, SAME),
    "broken files that aren't used": (OS, {"cwd/secure.yaml": BROKEN, "cwd/clouds-public.yaml": BROKEN}, SAME),
    "a broken file, envvars": ({**OS, "OS_CLOUD": "envvars"}, {"cwd/clouds.yaml": BROKEN}, SAME),
    "a missing OS_CLIENT_CONFIG_FILE that isn't used": ({**OS, "OS_CLIENT_CONFIG_FILE": "nowhere"}, {}, SAME),
    "a broken file that is used": (
        OF_P,
        {"cwd/clouds.yaml": BROKEN, "home/.config/openstack/clouds.yaml": P},
        "clouds.yaml is not YAML",
    ),
    "a broken clouds-public.yaml that isn't used": (
        OF_P,
        {"cwd/clouds.yaml": P, "cwd/clouds-public.yaml": BROKEN},
        SAME,
    ),
    "a broken clouds-public.yaml that is used": (
        OF_P,
        {"cwd/clouds.yaml": P_OTC, "cwd/clouds-public.yaml": BROKEN},
        "clouds-public.yaml is not YAML",
    ),
    "a faulty entry that isn't used": (
        OF_P,
        {"cwd/clouds.yaml": P[:-1] + ", q: [], r: {auth: 1, verify: false}}"},
        SAME,
    ),
    "a faulty variable that isn't used": (
        {**OF_P, "OS_PASSWORD_FILE": "nowhere", "OS_VERIFY": "0"},
        {"cwd/clouds.yaml": P},
        SAME,
    ),
    "variables beside OS_CLOUD": ({**OS, **OF_P}, {"cwd/clouds.yaml": P_OTC}, SAME),
    "a cloud called envvars": (
        {**OS, "OS_CLOUD": "envvars"},
        {"cwd/clouds.yaml": P.replace("p:", "envvars:")},
        "which is the cloud of OS_*",
    ),
    "an unknown cloud": ({"OS_CLOUD": "q"}, {"cwd/clouds.yaml": P}, "OS_CLOUD names 'q', which"),
    "a slash in the name": (
        {"OS_CLOUD": "a/b"},
        {"cwd/clouds.yaml": P.replace("p:", "a/b:")},
        "names a cloud with a slash",
    ),
    "secure.yaml over auth": (
        OF_P,
        {"cwd/clouds.yaml": P, "cwd/secure.yaml": "clouds: {p: {auth: {password: s3cret-2}}}"},
        SAME,
    ),
    "secure.yaml at the top": (
        OF_P,
        {"cwd/clouds.yaml": P, "cwd/secure.yaml": "clouds: {p: {region_name: eu-nl}}"},
        SAME,
    ),
    "secure.yaml elsewhere": (
        {**OF_P, "OS_CLIENT_SECURE_FILE": "{}/s.yaml"},
        {"cwd/clouds.yaml": P, "s.yaml": "clouds: {p: {auth: {password: s3cret-2}}}", "cwd/secure.yaml": "clouds: {}"},
        SAME,
    ),
    "secure.yaml in JSON": (
        OF_P,
        {"cwd/clouds.yaml": P, "cwd/secure.json": '{"clouds": {"p": {"auth": {"username": "V"}}}}'},
        SAME,
    ),
    "secure.yaml over a region's values": (
        OF_P,
        {
            "cwd/clouds.yaml": P.replace(
                "p: {", "p: {regions: [{name: eu-nl, values: {auth: {password: s3cret-nl}}}], "
            ),
            "cwd/secure.yaml": "clouds: {p: {auth: {password: s3cret-2}}}",
        },
        SAME,
    ),
    "secure.yaml of a cloud that clouds.yaml hasn't": (
        OF_P,
        {"cwd/clouds.yaml": "clouds: {q: {}}", "cwd/secure.yaml": P},
        SAME,
    ),
    "a broken secure.yaml": (OF_P, {"cwd/clouds.yaml": P, "cwd/secure.yaml": BROKEN}, "secure.yaml is not YAML"),
    "clouds.yaml without clouds": (OF_P, {"cwd/clouds.yaml": "cloud: {}"}, "has no mapping `clouds:`"),
    "one's own profile": (
        OF_P,
        {
            "cwd/clouds.yaml": P_OTC.replace("otc", "mine"),
            "cwd/clouds-public.yaml": "public-clouds: {mine: {auth: {auth_url: 'https://iam.{region_name}.m.example'}, "
            "regions: [eu-nl, eu-de], interface: internal}}",
        },
        SAME,
    ),
    "one's own profile otc": (
        OF_P,
        {
            "cwd/clouds.yaml": P_OTC,
            "home/.config/openstack/clouds-public.yml": "public-clouds: {otc: {auth: {auth_url: 'https://iam.mine.example'}}}",
        },
        SAME,
    ),
    "one's own profile otc-swiss, from JSON": (
        OF_P,
        {
            "cwd/clouds.yaml": P_OTC.replace("otc", "otc-swiss"),
            "cwd/clouds-public.json": '{"public-clouds": {"otc-swiss": {"auth": {"auth-url": "https://i.example"}}}}',
        },
        SAME,
    ),
    "one's own profiles without this one": (
        OF_P,
        {"cwd/clouds.yaml": P_OTC, "cwd/clouds-public.yaml": "public-clouds: {mine: {}}"},
        SAME,
    ),
    "one's own profile that names another": (
        OF_P,
        {
            "cwd/clouds.yaml": P_OTC.replace("otc", "mine"),
            "cwd/clouds-public.yaml": "public-clouds: {mine: {profile: otc}}",
        },
        "profile is 'mine', which brings no `auth_url`",
    ),
    "one's own profile with a login": (
        OF_P,
        {
            "cwd/clouds.yaml": "clouds: {p: {profile: mine, auth: {password: s3cret}}}",
            "cwd/clouds-public.yaml": "public-clouds: {mine: {" + LOGIN + "}}",
        },
        SAME,
    ),
    "one's own profile with a client's certificate": (
        OF_P,
        {
            "cwd/clouds.yaml": P.replace("p: {", "p: {profile: mine, "),
            "cwd/clouds-public.yaml": "public-clouds: {mine: {cert: c}}",
        },
        "cert: client certificates aren't supported",
    ),
    "one's own profile of another cloud": (
        OF_P,
        {
            "cwd/clouds.yaml": P_OTC.replace("otc", "vexxhost"),
            "cwd/clouds-public.yaml": "public-clouds: {vexxhost: {auth: {auth_url: 'https://i.example'}}}",
        },
        SAME,
    ),
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep openstacksdk's warnings out of the log, and openstacksdk from the network."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


async def compare(environ: Mapping[str, str], files: Mapping[str, Any], expected: str | Works, folder: Path) -> None:
    """Hold what the bot sends beside what openstacksdk sends."""
    for name in ("cwd/x", "home/x", *files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(bytes.fromhex(text["hex"]) if isinstance(text, dict) else text.encode())
    environ = {name: value.replace("{}", str(folder)) for name, value in environ.items()}
    theirs = sent_by_openstacksdk(environ, folder)
    ours = await sent_by_the_bot(environ, folder)
    assert "s3cret" not in ours.error.lower()
    if expected == SAME:
        assert not theirs.error
        assert not ours.error
        assert (plain(ours.url), ours.body) == (plain(theirs.url), theirs.body)
        assert (plain(ours.clusters)) == plain(theirs.clusters)
        assert "x-auth-token" not in ours.headers
        assert (ours.headers["accept"], ours.headers["content-type"]) == ("application/json", "application/json")
    elif isinstance(expected, Works):
        assert not ours.error
        assert (ours.url, ours.clusters) == (expected.at, expected.there)
        assert (theirs.url, theirs.body, theirs.clusters) != (ours.url, ours.body, ours.clusters)
    else:
        assert expected in ours.error


@pytest.mark.parametrize("case", RECORDED, ids=[case["case"] for case in RECORDED])
async def test_a_recorded_configuration_is_read_as_openstacksdk_reads_it(case: dict[str, Any], tmp_path: Path) -> None:
    """Configurations that people have published: the same request, or the name of the key."""
    environ = {k: v.replace(f"case-dir/inputs/clouds/{case['case']}", "{}") for k, v in case["env"].items()}
    await compare(environ, case["files"], RECORDED_OTHERWISE.get(case["case"], SAME), tmp_path)


@pytest.mark.parametrize("name", ENTRIES)
async def test_an_entry_is_read_as_openstacksdk_reads_it(name: str, tmp_path: Path) -> None:
    """Each key and spelling, at each level: the same request, or the name of the key."""
    entry, expected = ENTRIES[name]
    has_login = any(line.startswith(("auth:", "auth_url:")) for line in entry.split("\n"))
    lines = (entry if has_login else f"{entry}\n{LOGIN}").split("\n")
    text = "clouds:\n  p:\n" + "".join(f"    {line}\n" for line in lines)
    await compare({"OS_CLOUD": "p"}, {"cwd/clouds.yaml": text}, expected, tmp_path)


@pytest.mark.parametrize("name", ENVIRONMENTS)
async def test_variables_are_read_as_openstacksdk_reads_them(name: str, tmp_path: Path) -> None:
    """Each variable and spelling: the same request, or its name."""
    environ, expected = ENVIRONMENTS[name]
    await compare(environ, {}, expected, tmp_path)


@pytest.mark.parametrize("name", FILES)
async def test_files_go_together_as_in_openstacksdk(name: str, tmp_path: Path) -> None:
    """Each place and each file over another: the same request, or the file's name."""
    environ, files, expected = FILES[name]
    await compare(environ, files, expected, tmp_path)


def test_every_profile_of_openstacksdk_is_known() -> None:
    """As ours, or as a cloud without DWS."""
    profiles = set(openstack.config.vendors.profiles())
    assert {name for name in profiles if not OTHERS.fullmatch(name)} == {"otc", "otc-swiss"}
    assert all(name in profiles for name in OTHERS.pattern.split("|"))
