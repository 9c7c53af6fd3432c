"""Rights and rules that don't do what their giver meant: on clusters that are gone, that end, that nobody can meet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.checks import Check
from bot.core.grants import Grant, Rights, Role
from bot.core.holdings import Holdings
from bot.core.ids import ClusterId, Principal, UserId
from bot.core.scope import Named, Scope
from bot.core.scoped_rules import ScopeRule, rule_of
from bot.core.snapshot import Cluster
from bot.core.text import canonical
from bot.words import text

_SOON: Final = timedelta(days=14)
_SHOWN: Final = 10  # of each kind
_NOBODY: Final = Principal("")  # whose request it would be: nobody's in particular


def gone_checks(grants: Iterable[Grant], rules: Iterable[Scope], seen: Mapping[str, Holdings]) -> list[Check]:
    """Say which grants and rules are for one cluster that its cloud no longer has, as far as it was *seen*.

    A cluster that came back has another id: what was given for the old one does nothing, until somebody gives it again.
    """
    checks = []
    for grant in grants:
        if (gone := _gone(grant.scope, seen)) is None:
            continue
        back = _called(grant.cluster_name, gone) if grant.cluster_name else None
        what = f"Grant {grant.id}: {_where(grant.scope, grant.cluster_name)} is gone"
        take = f"`snapshot-bot revoke {grant.id}`"
        if back is None:
            checks.append(Check("rights-gone", what, f"Take it back: {take}."))
            continue
        holder = "everyone" if grant.holder.kind == "everyone" else grant.holder.id
        again = f"snapshot-bot grant {holder} {back.ref} --role {grant.role}{' --deny' if grant.denies else ''}"
        said = f"{what}, and came back under another id ({back.ref.id}), where it doesn't hold"
        checks.append(
            Check("rights-gone", said, f"Give it again if it is meant (`{again}`), and take it back: {take}.")
        )
    for scope in rules:
        if _gone(scope, seen) is not None:
            fix = f"Remove it: `snapshot-bot rule {scope} --remove --offline`."
            checks.append(Check("rule-gone", f"Rule of {scope}: the cluster is gone", fix))
    return _some(checks)


def _gone(scope: Scope, seen: Mapping[str, Holdings]) -> Holdings | None:
    """Return what was seen of the cloud that no longer has the one cluster of *scope*."""
    holdings = seen.get(scope.cloud) if scope.beginning is None else None
    return None if holdings is None or ClusterId(scope.cluster) in holdings.clusters else holdings


def _called(name: str, holdings: Holdings) -> Cluster | None:
    return next((c for c in holdings.clusters.values() if c.name.casefold() == name.casefold()), None)


def _where(scope: Scope, name: str) -> str:
    return f"{canonical(name)} ({scope})" if name else str(scope)


def admin_checks(grants: Collection[Grant], admins: Collection[UserId], now: datetime) -> list[Check]:
    """Say whether all admins of every cluster are so by the setting, and whether the last one's right ends soon."""
    by_grant = Rights(tuple(g for g in grants if not g.has_ended(now))).admins_of()
    if admins and not by_grant:
        return [Check("admins-by-setting", "Admins of every cluster: only those of SNAPSHOT_BOT_ADMINS")]
    then = Rights(tuple(g for g in grants if not g.has_ended(now + _SOON))).admins_of()
    if admins or not by_grant or then:
        return []
    ends = max(g.terms.until for g in grants if g.role is Role.ADMIN and g.terms.until is not None)
    fix = (
        "Give somebody the right for longer: snapshot-bot grant U… '*' --role admin. Else nobody can give rights then."
    )
    return [Check("admins-end", f"Admins of every cluster: the last one's right ends {ends:%Y-%m-%d %H:%M} UTC", fix)]


def unmet_checks(
    rights: Rights, rules: Mapping[Scope, ScopeRule], clusters: Iterable[Named], members: Collection[UserId]
) -> list[Check]:
    """Say on which clusters nobody could approve a request by the rule that holds there.

    *members* are who can act, of those who were asked about; who wasn't counts. While Slack doesn't say who is in a
    group that matters, nothing is said.
    """
    checks: list[Check] = []
    for cluster in clusters:
        if not any(g.role is Role.REQUEST and g.scope.covers(cluster) for g in rights.grants):
            continue  # nobody asks there
        rule = rule_of(cluster, rules.items())
        able = [user for user in rule.approval.approvers(rights, cluster, [_NOBODY]) if user in members]
        stage = rule.approval.unmet(able, rights, anybody=rights.is_everyones(Role.APPROVE, cluster))
        if stage is None or not rights.groups.is_known:
            continue
        whose = f"the rule of {rule.scope}" if rule.scope else "without a rule it takes one approval"
        which = text("unmet-stage", stage=stage + 1 if len(rule.approval.stages) > 1 else 0)
        fix = f"Let somebody approve there (`snapshot-bot grant U… {cluster.ref} --role approve`), or change the rule."
        checks.append(Check("rule-unmet", f"{canonical(cluster.name)} ({cluster.ref}): {which} ({whose})", fix))
    return _some(checks)


def _some(checks: list[Check]) -> list[Check]:
    rest = len(checks) - _SHOWN
    if rest <= 0:
        return checks
    more = Check(checks[-1].code, f"and {rest} more of the kind", "Correct those above, then run `doctor` again.")
    return [*checks[:_SHOWN], more]
