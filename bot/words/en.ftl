# What people read, in English. An entry is found by its code; what stands in braces comes with it, escaped already.
# `$command`, the slash command, comes with every phrase.
# Another language is a file of this form beside this one; `snapshot-bot`'s own commands and settings stay English.
# Beside Fluent's NUMBER there are DATE($at, pattern: "d MMMM"), ORDINAL($n) and SENTENCE($words).

## Numbers, lists, times

duration = { $count } { $unit ->
    [days] d
    [hours] h
    [minutes] min
   *[seconds] s
}
size = { NUMBER($gigabytes, minimumFractionDigits: 1, maximumFractionDigits: 1) } GB
# "a, b and c": the last two, and what comes before them
list-last = { $first } { $joiner ->
    [or] or
   *[and] and
} { $last }
list-more = { $first }, { $next }
moment = { DATE($at, pattern: "d MMM HH:mm") } UTC
day-at-time = { $day } at { $time }
moment-today = { DATE($at, pattern: "HH:mm") } UTC
said = { SENTENCE($words) }
said-try-again = { SENTENCE($words) } Try again in a minute.
stop = { $words }.
ordinal = { $number }{ ORDINAL($number) ->
    [one] st
    [two] nd
    [few] rd
   *[other] th
}
account = { $standing ->
    [member] a member
    [guest] a guest's account, which the bot refuses
    [outsider] another company's account, which the bot refuses
    [bot] an app's account, which the bot refuses
    [deactivated] a deactivated account
   *[unknown] Slack knows of no such account here
}
user-group = { $group_state ->
    [gone] Slack has no such user group here
    [disabled] a disabled user group, which gives nobody anything
    [empty] a user group with nobody in it
    [unclear] Slack contradicts itself about who is in it
   *[well] a user group
}
group-risk = Slack can be set to let all members edit user groups: then anybody can give themselves { $role }. Give it to people by name, or make sure in Slack's settings who may edit user groups.
grants = { $count ->
    [one] { $count } grant
   *[other] { $count } grants
}
denials = { $count ->
    [one] { $count } denial
   *[other] { $count } denials
}
no-admin-left = Nobody would be left who is an admin of every cluster, so nothing was changed. Make somebody else an admin first (`snapshot-bot grant USER '*' --role admin`), or name one in SNAPSHOT_BOT_ADMINS.
entries = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}
clusters = { $count ->
    [one] { $count } cluster
   *[other] { $count } clusters
}
on-the-command-line = { $login } on the command line
somebody-on-the-command-line = somebody on the command line

## How old what is known of a cloud is

the-cloud = { $name ->
    [default] the cloud
   *[other] the cloud { $name }
}
age-as-of = as of { $when }
age-silent = { $cloud } hasn't answered since { $when }
age-silent-since-start = { $cloud } hasn't answered since the bot started ({ $when })
age-unseen-since-start = { $cloud } hasn't been seen since the bot started ({ $when })
aged-as-of = { $words }, { $age }
aged-since = { $words }; { $age }
clusters-as-of = { $cloud ->
    [default] the clusters are { $age }
   *[other] the clusters of { $cloud } are { $age }
}

## What goes wrong, by whose move it is

fault = Something went wrong on the bot's side. An operator can see it in the bot's log; try again later.
went-wrong = Something went wrong on the bot's side. An operator can see it in the bot's log; try again in a minute.
refused = You may not do that.
no-such-request = There is no such request that you may see.
no-such-request-but = There is no such request that you may see. `{ $command } list` shows those that you may.
request-changed = This request has changed in the meantime. Look at its card and try again.
request-sought = The bot's data was restored, and the bot must look into the cloud first: this request may have gone on. Nothing was done; try again in five minutes.
cluster-renamed = The cluster { $before } is called { $after } now. Rights and rules that go by the beginning of a name hold for it by the new name: `snapshot-bot grants` and `snapshot-bot rules` list them.
restored = The bot's data was restored: it is as of { $when }. Requests, votes and decisions since then are missing, and so are rights that were given or taken back since then: an operator should go through them (`snapshot-bot grants`). Requests that were open then are looked up in the cloud before anything is created for them.
too-many-open = { $count ->
    [one] You have an open request, and no more than one may be open at a time. Wait until it has ended, or withdraw it
   *[other] You have { $count } open requests, and no more may be open at a time. Wait until one has ended, or withdraw one
}: { $command } list mine shows them. Then send this again; it is still here.
name-asked-for = Another open request asks for a snapshot with this name (names ignore case). Choose another name.
too-slow = Slack or the cloud is slow just now. Send it once more: it will not be done twice.
too-late = That took too long; type `{ $command }` again.
click-too-late = That took too long; press the button again.
slack-silent = Slack isn't answering the bot properly just now; try again in a minute.
person-unanswered = Slack isn't answering the bot's question about who you are just now, so nothing was done. Try again in a minute.
person-refused = Slack refuses to tell the bot who you are, so nothing was done. An operator must fix that: `snapshot-bot doctor` says how.
database-busy = Nothing was saved: another program holds the bot's database. Try again in a minute.
database-unsure = The bot's database went away just now, and whether this was saved isn't known. Look at your requests (`{ $command } list`) before you try again.
database-closing = Nothing was saved: the bot is stopping. Try again in a minute.
database-lost = Nothing was saved: the bot's database was deleted or replaced while the bot ran. An operator must put it back and start the bot again (`snapshot-bot doctor`); until then nothing can be asked for or decided.
database-broken = Nothing was saved: the bot's database can't be used just now. An operator can see why in the bot's log; try again later.

## Why a request waits or has failed, and what to do about it (.advice), by core/why.py's codes

without-reason = without a reason
none-given = no reason given
another-task = another task
why-and-said = { $problem } The cloud says: { $said }.
why-no-answer = The cloud isn't answering properly just now; the bot tries again by itself.
why-no-answer-yet = The cloud isn't answering properly; checking whether the snapshot was made, then trying again.
why-throttled = The cloud wants to be asked less often; the bot waits and tries again by itself.
why-nobody-approves = { $stages ->
    [1] Nobody can approve this any more: too few people may. An admin must give somebody the right; it goes on waiting.
   *[other] Nobody can fill stage { $stage } of { $stages } any more. An admin must give somebody the right, or change the rule; it goes on waiting.
}
why-out-of-hours = Its rule lets it start later.
why-frozen = Nothing may start on the cluster: it is frozen.
why-window-closed = Nothing may start on the cluster just now: a closed window of its rule.
unmet-stage = { $stage ->
    [0] nobody could approve a request
   *[other] nobody could fill stage { $stage } of an approval
}
groups-unknown = Slack can't say just now who is in a group on which this depends; try again in a minute.
why-people-unknown = Slack can't say just now who asked and approved.
why-people-refused = Slack refuses to tell the bot who asked and approved. An operator must fix that (`snapshot-bot doctor`); this request waits.
why-cloud-not-set = The cloud project { $cloud } is not among the bot's clouds (SNAPSHOT_BOT_CLOUDS).
why-login-refused = The bot's login to the cloud was refused. An operator must renew it (`snapshot-bot doctor`); this request waits.
why-no-project = The bot's login to the cloud works, but not for a project with DWS in it. An operator must correct the project or the region (`snapshot-bot doctor`); this request waits.
why-wrong-address = The cloud has no DWS interface at the address that the bot uses. An operator must check the region and DWS_ENDPOINT (`snapshot-bot doctor`); this request waits.
why-permission-missing = { $call ->
    [create] The bot's cloud account may not create snapshots here (needs { $action }). An operator must fix that; this request waits.
    [delete] The bot's cloud account may not delete snapshots here (needs { $action }). An operator must fix that; this request waits.
   *[look] The bot's cloud account may not look at clusters and snapshots here (needs { $action }). An operator must fix that; this request waits.
}
why-gateway-refused = The cloud's gateway refused the call: { $said }. An operator must look; this request waits.
why-forbidden = The cloud says no: { $said }. An operator must look; this request waits.
why-not-found = The cluster no longer exists in this cloud project. Choose another cluster and ask again.
why-rejected = The cloud refused the request as wrong: { $said }. Correct it and ask again.
why-cluster-gone = The cluster no longer exists in { $cloud }.
    .advice = Choose another one.
why-snapshot-gone = The snapshot is gone from the cloud: somebody deleted it, or the cloud gave it up.
    .advice = Ask again.
why-name-taken = A snapshot with this name exists (names ignore case): { $name }; it isn't of this request.
    .advice = Ask again with another name.
why-name-taken-in-other-case = A snapshot with this name exists (names ignore case): { $name }, written differently; it isn't of this request.
    .advice = Ask again with another name.
why-not-a-member = The requester may no longer ask for snapshots of { $cluster }: only active members of the workspace can.
    .advice = Somebody else who has the right can ask for it.
why-right-lost = The requester may no longer ask for snapshots of { $cluster }: the right was taken back, has ended, or is denied.
    .advice = An admin can give the right back; then ask again.
why-approval-lost = The approval no longer counts: who approved may not approve { $cluster } any more.
    .advice = Ask again; somebody else can approve it.
why-glass-lost = Who started this without approval may not do that on { $cluster } any more.
    .advice = Ask again, and wait for the approval; or an admin gives the right back.
why-unfinished = The cloud started the snapshot but could not finish it.
    .advice = Ask again.
why-unfinished-reported = The cloud started the snapshot but could not finish it. The cluster reports: { $failure }.
why-endless = The cloud still says { $status } after { $length }; the bot has stopped watching.
    .advice = Look at the snapshot in the cloud's console; it may yet finish.
why-out-of-sight = The cloud began the snapshot, and can't be asked what became of it after { $length }.
    .advice = Look at the snapshot in the cloud's console; it may yet finish.
why-outcome-unknown = The cloud gave no answer for { $length }; whether the snapshot was made isn't known.
    .advice = Look in the cloud's console before you ask again.
why-deletion-unanswered = The cloud isn't answering properly; checking whether the snapshot was deleted, then trying again.
why-deletion-unknown = The cloud gave no answer for { $length }; whether the snapshot was deleted isn't known.
    .advice = Look in the cloud's console before you ask again.
why-deleting-is-off = The bot may not delete snapshots any more (SNAPSHOT_BOT_DELETE). The snapshot stays.
    .advice = Delete it in the cloud's console, or ask an operator.
why-not-ours = The bot has no record any more that it made this snapshot, so it wasn't deleted.
    .advice = Delete it in the cloud's console.
why-not-as-recorded = { $what ->
    [name] The snapshot has another name in the cloud than on record, so it wasn't deleted.
    [cluster] The snapshot is of another cluster in the cloud than on record, so it wasn't deleted.
    [time] The snapshot was begun at another time by the cloud than on record, or the cloud doesn't say when, so it wasn't deleted.
    [kind] The cloud calls the snapshot an automatic one, so it wasn't deleted.
   *[status] The snapshot can't be used in the cloud just now, so it wasn't deleted.
}
    .advice = Look at it in the cloud's console.
why-last-good = It is the last good snapshot of { $cluster } by now, which who asked wasn't told, so it wasn't deleted.
    .advice = Ask again; the form says so then.
why-kept-longer = Somebody has said meanwhile that it is kept longer, so it wasn't deleted.
why-deletion-restored = The bot's data was restored: whether this deletion is still wanted isn't known, so it wasn't done.
    .advice = Ask again.
# what kept it last: its own words say what happens next, and nothing does
why-not-started = { $hold ->
    [queue] It could not be started within { $length } after the approval: other snapshots of the cluster were before it.
    [busy] It could not be started within { $length } after the approval: the cluster was busy ({ $obstacle }).
    [blocked] It could not be started within { $length } after the approval: the cluster was { $obstacle }.
    [login] It could not be started within { $length } after the approval: the bot's login to the cloud was refused.
    [permission] It could not be started within { $length } after the approval: an operator had the bot's access to fix.
    [cloud] It could not be started within { $length } after the approval: the cloud or Slack gave no useful answer.
    [hours] It could not be started within { $length } after the approval: its rule let it start at other times.
    [frozen] It could not be started within { $length } after the approval, not counting the time in which it was frozen.
   *[none] It could not be started within { $length } after the approval.
}
    .advice = Ask again.

## How a cluster is, to follow "… is"

available = available
busy-with = busy ({ $task })
obstacle = { $code ->
    [read-only] read-only
    [redistributing] redistributing its data
    [redistribution-failed] left over from a failed redistribution
    [degraded] degraded
    [being-created] still being created
    [creation-failed] not created: its creation failed
    [unavailable] unavailable
    [being-deleted] being deleted
    [deletion-failed] left over from a failed deletion
    [frozen] frozen
    [unpaid] waiting for an order to be paid
    [snapshot] a snapshot is running
    [restore] a restore is running
    [scaling-out] it is being scaled out
    [restarting] it is restarting
   *[new-settings] its settings are being changed
}
other-status = { $status }
no-status = in an unknown state
other-task = { $task } is running

## What is no time that can be meant

no-span = '{ $written }' is no length of time. Write 30m, 8h or 2d, 90 days at most.
no-moment = '{ $written }' is no day and no moment. Write 2026-12-31, or '2026-12-31 18:00', 'mon 06:00', '18:00'.
moment-over = { $written } is over already, so nothing was changed.
start-over = { $written } is over already in { $zone }.
start-too-far = { $written } is too far ahead: 90 days at most.
no-start = '{ $written }' is no time at which something can start. Write 02:00, 'mon 06:00' or '2026-12-31 18:00'.
moment-skipped = '{ $written }' doesn't exist in { $zone }: the clock goes forward then.
never-open = By this rule nothing could ever start: its closed windows take all of the hours in which it may. Nothing was changed.

## What is wrong with a field of the form

choose-cluster = Choose a cluster.
choose-channel = Choose a channel for the card and the result.
name-hint = { $least }–{ $most } characters, starts with a letter; letters, digits, - and _
name-missing = A name is needed: { $hint }.
name-blank = There are only blanks in it: type a name, or clear the field.
name-character = { $count ->
    [one] { $characters } isn't allowed: letters a–z, digits, - and _.
   *[other] { $characters } aren't allowed: letters a–z, digits, - and _.
}
name-starts-with-digit = Starts with a digit; the first character must be a letter.
name-start = Starts with `{ $character }`; the first character must be a letter.
name-exists = A snapshot with this name exists (names ignore case): { $name }
name-exists-since = A snapshot with this name exists (names ignore case): { $name }, made on { DATE($made, pattern: "d MMMM") }
description-hint = Up to { $most } characters, none of { $forbidden }
description-character = { $count ->
    [one] { $characters } isn't allowed in descriptions.
   *[other] { $characters } aren't allowed in descriptions.
}
reason-missing = Say why, so that the requester knows what to do next.
too-short = Too short: { $count ->
    [one] { $count } character
   *[other] { $count } characters
}, at least { $least }.
too-long = Too long: { $count ->
    [one] { $count } character
   *[other] { $count } characters
}, at most { $most }.
space = { $at ->
    [start] A space
   *[within] a space
}
character = `{ $character }`
character-called = `{ $character }` ({ $called })
invisible-character = { $at ->
    [start] An invisible character ({ $called })
   *[within] an invisible character ({ $called })
} { $place }
at-the-start = at the start
after = after `{ $text }`
several-clusters = Several clusters are called { $called }; say which: { $clusters }.
no-cluster-called = There is no cluster called { $called } { $action ->
    [request] that you may ask for. { $command } help shows those that you may.
   *[view] whose requests you may see. { $command } list shows all that you may.
}
no-cluster-called-but = There is no cluster called { $called } { $action ->
    [request] that you may ask for. Did you mean { $near }? { $command } help shows those that you may.
   *[view] whose requests you may see. Did you mean { $near }? { $command } list shows all that you may.
}
no-cluster-known = { $action ->
    [request] The bot knows no cluster called { $called } that you may ask for. { $ages } Try again in a minute.
   *[view] The bot knows no cluster called { $called } whose requests you may see. { $ages } Try again in a minute.
}
cluster-unlisted = this cluster isn't in the cloud project (any more)
cluster-blocked = { $cluster } is { $situation } just now; snapshots need an available cluster.
cloud-removed = The cloud project { $cloud } is not among the bot's any more. Choose another cluster.
channel-invite-here = I'm not in this channel: invite me with /invite @{ $bot }, or choose another.
channel-refused = Slack refuses to let the bot look at this channel, so nothing was done. An operator must fix that (`snapshot-bot doctor` says how); a channel of another kind, public or private, may do meanwhile.
channel-unseen = Slack doesn't let me look at this channel. Choose another; an operator can see why in the bot's log.
channel-unanswered = Slack isn't answering the bot's question about this channel just now, so nothing was done. Try again in a minute.
type-in-channel = A direct message is no place for a request that others decide, and no channel that can be used is set for this cluster. Type `{ $line }` in a channel, or use the form: `{ $command }`.
channel-direct = Choose a channel: a direct message is no place for a request that others decide.
this-channel = This channel
channel-archived = { $channel } is archived. Choose another channel.
channel-shared = { $channel } is shared with another company. Choose a channel of your own.
channel-read-only = In { $channel } nobody but its owners may post. Choose another channel.

## Who may not, by which rule, and who can

any-cluster = any cluster
others-can = { $people } can.
admins-can = { $gift ->
    [right] { $people } can give you that right.
    [cluster] { $people } can give you one.
    [denial] { $people } can take that back.
   *[other-approver] { $people } can let somebody else approve it.
}
no-admin-but-operator-can = { $gift ->
    [right] No admin is set; the bot's operator can give you that right.
    [cluster] No admin is set; the bot's operator can give you one.
    [denial] No admin is set; the bot's operator can take that back.
   *[other-approver] No admin is set; the bot's operator can let somebody else approve it.
}
admin-can-themself = { $gift ->
    [right] You are an admin and can give yourself that right where the bot runs: `{ $grant }`.
    [cluster] You are an admin and can give yourself one where the bot runs: `{ $grant }`.
    [denial] You are an admin and can take that back where the bot runs: `{ $grant }`.
   *[other-approver] You are an admin and can let somebody else approve it where the bot runs: `{ $grant }`.
}
refused-action = { $action ->
    [request] You may not request snapshots of { $cluster }. { $next }
    [approve] You may not approve snapshots of { $cluster }. { $next }
    [decline] You may not decline snapshots of { $cluster }. { $next }
    [withdraw] You may not withdraw requests on { $cluster }. { $next }
    [join] You may not join requests on { $cluster }: that takes the right to ask for it. { $next }
    [change] You may not change what you asked for on { $cluster } any more: that takes the right to ask for it. { $next }
    [break-glass] You may not create snapshots of { $cluster } without approval. { $next }
    [keep] You may not say how long snapshots of { $cluster } are kept. { $next }
    [delete] You may not delete snapshots of { $cluster }: that takes the right to ask for them. { $next }
   *[view] You may not see requests on { $cluster }. { $next }
}
denied = That is denied to you. { $next }
denied-because = That is denied to you: { $reason }. { $next }
refused-view = You may not see requests on { $cluster }. { $people } can decide on them. { $next }
refused-own = Nobody approves their own request on { $cluster }. { $next }
refused-no-place = You may approve snapshots of { $cluster }, and its rule has no place for your approval just now: other people have to approve first, or it names others. { $next }
refused-nobody-approves = { $stage ->
    [0] Nobody could approve this: too few people may approve snapshots of { $cluster }. { $next }
   *[other] Nobody could approve this: too few people can fill stage { $stage } of the rule of { $cluster }. { $next }
}
refused-groups-unknown = Slack can't say just now who is in { $group }; try again in a minute.
a-group = the group that has this right
refused-not-the-requester = { $action ->
    [change] Only the person who asked can change a request; approvers decline it and say what would make them approve.
    [keep] Only the person who asked for a snapshot, or an admin of its cluster, can say how long it is kept.
    [delete] Only the person who asked for a snapshot, or an admin of its cluster, can ask for it to be deleted.
   *[withdraw] Only the person who asked can withdraw a request; approvers decline it instead.
}
refused-hidden = There is no such cluster that you may ask for. { $next }
refused-no-cluster = You have no cluster to ask for yet. { $next }
not-a-member = { $standing ->
    [outsider] Your account belongs to another company; { $only }
    [guest] Your account is a guest's; { $only } Ask one of them to do it.
    [bot] This account is an app's; { $only }
    [deactivated] Your account is deactivated; { $only }
   *[unknown] Slack knows of no such account as yours in this workspace; { $only }
}
only-members = { $action ->
    [request] only members of { $company } can ask here.
    [approve] only members of { $company } can decide here.
    [decline] only members of { $company } can decide here.
    [withdraw] only members of { $company } can withdraw here.
    [change] only members of { $company } can change requests here.
    [join] only members of { $company } can join requests here.
    [break-glass] only members of { $company } can do that here.
    [keep] only members of { $company } can do that here.
    [delete] only members of { $company } can ask for that here.
   *[view] only members of { $company } can look here.
}

## Who was first

the-rule = the cluster's rule
already-voted = You approved this already, { $when }; { $count } of { $need } approvals so far.
already-expired = This request expired { $when }; if it is still needed, ask again.
already-glass = Already started without approval by { $who } { $when }.
already-declined = Already declined by { $who } { $when }; nothing more to do.
already-withdrawn = Already withdrawn by { $who } { $when }; nothing more to do.
already-failed = Already approved by { $who } { $when }, and it failed.
already-approved = Already approved by { $who } { $when }; nothing more to do.
already-approved-as-is = Already approved by { $who } { $when }, as it is. To change it, withdraw it and ask again.
already-approved-for = Already approved by { $who } { $when }; only { $asker } can still withdraw it, until the cloud is asked.
too-late-sent = { $action ->
    [decline] Too late to decline: approved by { $who } { $when }, and the cloud has been asked already.
    [change] Too late to change: approved by { $who } { $when }, and the cloud has been asked already.
   *[withdraw] Too late to withdraw: approved by { $who } { $when }, and the cloud has been asked already.
}
too-late-console = Who may use the cloud's console can still stop it there: Snapshots, then Stop; it ends as failed.
too-late-made = { $action ->
    [decline] Already approved by { $who } { $when }, and the snapshot is made: too late to decline.
    [change] Already approved by { $who } { $when }, and the snapshot is made: too late to change.
   *[withdraw] Already approved by { $who } { $when }, and the snapshot is made: too late to withdraw.
}

## How a request stands

status = { $state ->
    [WAITING] Waiting for approval
    [APPROVED] Approved
    [SUBMITTING] Sent to the cloud
    [CREATING] Creating
    [AVAILABLE] Available
    [DELETED] Deleted
    [FAILED] Failed
    [DECLINED] Declined
    [WITHDRAWN] Withdrawn
   *[EXPIRED] Expired
}
# the same inside a sentence
state = { $state ->
    [WAITING] waiting for approval
    [APPROVED] approved
    [SUBMITTING] sent to the cloud
    [CREATING] creating
    [AVAILABLE] available
    [DELETED] deleted
    [FAILED] failed
    [DECLINED] declined
    [WITHDRAWN] withdrawn
   *[EXPIRED] expired
}
votes = { $count } of { $need }
percent = { $count } %
took = took { $length }
done-by = { $done } by { $people }
none-needed = No approval needed
glass-by = 🚨 Break-glass by { $who }
glass-said = { $by }: { $reason }
approved-before-restore = Who approved isn't known since the bot's data was restored
looked-for = *Looked up in the cloud*: the bot's data was restored, and this request may have gone on
found-after-restore = Found after a restore: the bot's data was put back to an earlier time, and the cloud has this snapshot.
decisions-before-restore = The bot's data was restored: what was decided on this request after the backup isn't known. If it was declined, decline it again; if it isn't needed any more, take it back under *Review…*.
decisions-unknown = restored from a backup: later decisions aren't known
too-few-approved = only { $count } of { $need } approved in { $length }
nobody-decided = nobody decided in { $length }
waits-for-answer = waiting for its answer
starting = starting
next = next
another-before = another request is before it
in-line = { $place } in line for { $cluster } ({ $why })
waits-turn = { $cluster } is busy; waiting its turn
waits-turn-with = { $cluster } is busy ({ $task }); waiting its turn
blocked = blocked
waits-until-available = { $cluster } is { $situation }; waiting until it is available
waits-for-operator = waiting for an operator
answer-lost = its answer is lost
delayed = delayed, trying again by itself
goes-on-unseen = The cloud isn't answering just now; the snapshot goes on being made there.
goes-on-unseen-since = The cloud isn't answering just now (since { $when }); the snapshot goes on being made there.
approvals = { $count ->
    [0] no approvals
    [1] one approval
    [2] two approvals
    [3] three approvals
    [4] four approvals
    [5] five approvals
    [6] six approvals
    [one] { $count } approval
   *[other] { $count } approvals
}
rule = { $approvals } by { $people }
rule-then = { $first }, then { $next }
rule-tier = after { $length } also { $people }
rule-needs-reason = each approval with a reason
rule-own = { $own ->
    [allowed] requesters may approve their own
   *[other] requesters may approve their own where nobody else can
}
rule-loud = { $loud ->
    [thread] results show in the thread alone
   *[failure] results show in the channel only where there is no snapshot
}
rule-none-needed = no approval
rule-waived = none for requests by { $people }
rule-waived-capped = { $waived }, { $limits }
rule-cap-person = at most { $count } a person and day
rule-cap-cluster = at most { $count } a cluster and day
rule-hours = starts { $hours }
rule-hours-on = { $days } { $start }–{ $end }
rule-closed = never { $hours } { $meanwhile ->
    [refuse] (requests are refused then)
   *[hold] (requests wait then)
}
rule-zone = times in { $zone }
rule-decide-within = to be decided within { $length }
rule-start-within = to be started within { $length }
rule-remind-after = reminders after { $length }, then twice as long each time
rule-no-reminders = no reminders
weekday = { $day ->
    [0] Mon
    [1] Tue
    [2] Wed
    [3] Thu
    [4] Fri
    [5] Sat
   *[6] Sun
}
anybody-who-may = anybody who may approve
stage-of = stage { $count } of { $need }
stage-line = { $progress ->
    [full] ✓ { $who }: { $count } of { $need } { $voted }
    [open] ⏳ { $who }: { $count } of { $need } { $voted }
   *[later] { $who }: { $count } of { $need }, once the stage before is done { $voted }
}
escalated = Nobody has decided in { $length }: { $people } may decide now, too (escalation of { $cluster }).
stage-voted = · { $people }
rule-changed = The rule of { $cluster } changed { $when } ({ $who }): { $approvals } now.
still-counts = { $count ->
    [one] The approval by { $people } counts.
   *[other] The approvals by { $people } count.
}
approved-by-change = Enough approvals since { $who } changed the rule
starts-at = starts { $when }
waits-for-hours = it starts { $when }, when its rule lets it
# as it stands after `until`
until-ended = somebody ends that
frozen = frozen by { $who } until { $when }: { $reason }
window-closed = closed by its rule until { $when }
closed-now = 🧊 { SENTENCE($closed) }
closed-meanwhile = { $meanwhile ->
    [refuse] Your request is refused until then.
   *[hold] Your request will wait until then.
}
waits-closed = { $closed } It starts then at the earliest, once it is approved.
cluster-frozen = { $cluster } is frozen by { $who }: { $reason }. Requests are refused { $ends ->
    [True] until { $when }.
   *[False] until somebody ends that.
}
cluster-closed = Nothing may start on { $cluster } now, by a closed window of its rule. Requests are refused until { $when }.
waits-for-approvers = nobody can approve it just now
anybody-else = anybody else
quiet-approvers = { $count ->
    [one] one person who is not pinged
   *[other] { $count } people who are not pinged
}
either = { $one } or { $other }
rule-none = no approval needed
rule-nobody = { $approvals } needed, and nobody may give it yet
not-known = not known
not-listed = not in the cloud's list
none-yet = none yet
no-work = none
ago = { $length } ago
no-cluster-seen = The cloud shows no cluster of yours just now.
name-of = { $name } of { $cluster }
about = { $request }, snapshot of { $cluster }
    .delete = { $request }, deletion of a snapshot of { $cluster }
listed = { $snapshot }
    .delete = 🗑️ deletion of { $snapshot }
more = { $count } more
more-than = more than { $count }

## The card and what is said in its thread

card-title = Snapshot of { $cluster }
    .delete = Deletion of a snapshot of { $cluster }
asks-for-another = { $by }, for { $who },
asks-with = { $who }, with { $people },
asks-for = { $who } asks for { $snapshot }
    .delete = { $who } asks to delete { $snapshot }
asks-for-snapshot = { $who } asks for a snapshot of { $cluster }
    .delete = { $who } asks to delete a snapshot of { $cluster }
can-approve = { $people } can approve it.
your-turn = { $people }, you can decide now.
stage-opens = Stage { $stage } of { $stages } has begun.
still-waiting = Still waiting for { $people }: { $length }.
waits-until = { $request }, { $snapshot }, waits until { $when }.
    .delete = { $request }, the deletion of { $snapshot }, waits until { $when }.
can-give-right = { $people } can give somebody the right
cluster = Cluster
last-snapshot = Last snapshot
in-the-console = open in the console
snapshot-id = Snapshot
said-by = { $who } said:
expires = expires { $when }
asked-when = asked { $when }
review = Review…
review-means = Review { $about }
approve = Approve
approve-means = Approve { $about }
approve-question-title = Create a snapshot?
    .delete = Delete a snapshot?
approve-question = Create { $snapshot } ({ $request })? It is a full backup and keeps the cluster busy (restart, scaling and VACUUM FULL must wait).
approve-question-of = Create { $snapshot }, asked by { $who } ({ $request })? It is a full backup and keeps the cluster busy (restart, scaling and VACUUM FULL must wait).
# a snapshot, and the time at which it is to start
to-start = { $snapshot }, to start { $when }
ask-again = Ask again
ask-again-means = Ask again for a snapshot of { $cluster }, as in { $request }
result-available = { $who } your snapshot { $snapshot } is available. { $approved }.
result-available-with = { $who } your snapshot { $snapshot } is available: { $facts }. { $approved }.
result-deleted = { $who } the snapshot { $snapshot }, { $what }, is deleted. { $approved }.
result-failed = { $who } your snapshot { $snapshot } failed. { $reasons }
    .delete = { $who } the snapshot { $snapshot } wasn't deleted. { $reasons }
no-reason = The cloud gave no reason.
result-declined = { $who } your request for { $snapshot } was declined by { $by }: { $reason }
    .delete = { $who } your request to delete { $snapshot } was declined by { $by }: { $reason }
no-reason-given = no reason given.
result-expired = { $who } your request for { $snapshot } expired: { $undecided }.
    .delete = { $who } your request to delete { $snapshot } expired: { $undecided }.
result-withdrawn = The request for { $snapshot } was taken back by who asked; no snapshot is created for it.
    .delete = The request to delete { $snapshot } was taken back by who asked; the snapshot stays.
result-withdrawn-to = { $who } the request for { $snapshot } was taken back by { $by }; no snapshot is created for it. Ask again if you still need one.
result-open = { $who } your request for { $snapshot }: { $status }
    .delete = { $who } your request to delete { $snapshot }: { $status }
operators = Operators
access-broken = The bot's access to the cloud must be fixed.
goes-on-by-itself = { $request }, a snapshot of { $cluster }, then goes on by itself.
    .delete = { $request }, the deletion of a snapshot of { $cluster }, then goes on by itself.

## The form

take-a-snapshot = Take a snapshot
unusable = ⛔ { $situation }: no snapshot just now
first-clusters = The first { $count } of { $all }: type a part of the name
cluster-placeholder = Choose a cluster
choose-to-see = Choose a cluster to see how it is and who approves.
name = Name
description = Description
when = When
when-choice = { $choice ->
    [later] at another time
   *[now] now
}
day = Day
time = Time
time-hint = { $whose ->
    [theirs] In { $zone }, your time zone in Slack
    [its] In { $zone }, the time zone in which it was asked for
   *[bots] In { $zone }: Slack names no time zone of yours
}
starts = Starts
starts-once-approved = It starts { $when } if it is approved by then.
zone-unknown = Slack names no time zone of yours, so the time is one of { $zone }.
tell-this-channel = Tell this channel
channel-placeholder = Choose a channel
channel-hint = The card and the result appear there.
request = Request
create = Create
cancel = Cancel
close = Close
form = Form
if-left-empty = If it is left empty: { $channel }
will-be = It will be { $what }. Press { $button } again to send it so.
will-be-called = called { $name }
will-be-told-in = told in { $channel }
not-sent = What you typed was not sent; it stays here for you to copy.
yours-waits = { $state }: yours waits its turn
last-snapshot-was = last snapshot { $last }
no-snapshot-yet = no snapshot yet
rule-needed = { $rule } needed
one-moment = One moment… If nothing more comes within half a minute, close this and try again.
asked = { $request } is { $snapshot }. The card and the result appear in { $channel }.
    .delete = { $request } is the deletion of { $snapshot }. The card and the result appear in { $channel }.
asked-and-waits = { $request } asks for { $snapshot }. It waits for { $needs } until { $until }. The card and the result appear in { $channel }.
    .delete = { $request } asks to delete { $snapshot }. It waits for { $needs } until { $until }. The card and the result appear in { $channel }.

## How long a snapshot is kept

keep-field = Keep it
keep-hint = Counted from when it is available. Then you are asked what is next; nothing is deleted by itself.
keep-days = { $count ->
    [0] until I say
    [one] { $count } day
   *[other] { $count } days
}
keep-too-long = A snapshot is kept for { $most } days at most, or until you say: choose that in the form.
keep-wanted = to be kept for { $length }
keep-until = kept until { $day }
keep-until-was = was to be kept until { $day }
keep-for-good = kept until somebody deletes it
keep-said = { $by ->
    [nobody] { $snapshot } is { $length }
   *[somebody] { $snapshot } is { $length }, as { $who } said
}
keep-asks = { $snapshot } was to be kept until { $day }: { $size }.
keep-asks-others = { $people }: { $who } can't be asked any more, so it is up to you. { $asks }
keep-is-last = ⚠️ It is the last good snapshot of { $cluster }: without it there are only automatic ones, or none.
keep-console = To delete it, use the cloud's console: Snapshots, then Delete. The bot doesn't.
keep-longer = Keep { $length } more
keep-until-told = Keep until I say
keep-means = { $what }: { $about }
keep-usage = Say for how many days, such as keep 30d.
delete-question = Delete { $snapshot }, { $what } ({ $request })? It can't be brought back.
delete-question-of = Delete { $snapshot }, { $what }, asked by { $who } ({ $request })? It can't be brought back.
delete-withdrawn = { $who } the request to delete { $snapshot } was withdrawn by { $by }; the snapshot stays.
delete-ask = Delete…
delete-means = Delete the snapshot: { $about }
delete-title = Delete a snapshot
delete-asks = Delete { $snapshot }, { $what } ({ $id })?
delete-for-good = It can't be brought back.
delete-needs = It takes: { $needs }.
delete-now = Delete it
delete-last = The last one
delete-last-box = I know that { $cluster } has no other good snapshot then
delete-last-tick = Tick the box: it is the last good snapshot.
delete-knows-last = ⚠️ It is the last good snapshot of { $cluster }: who asks knows that.
delete-asked = { $request } asks for it to be deleted.
delete-asked-name = Another open request is about a snapshot of this name. Wait until it has ended.
deletes-what = The snapshot: { $what } ({ $snapshot }).
made = made { $when }
made-unknown = made at a time that isn't on record
being-deleted = *Being deleted* · the cloud is at it
deleting-is-off = The bot may not delete snapshots (SNAPSHOT_BOT_DELETE), so nothing was done. Use the cloud's console: Snapshots, then Delete.
kept-too-late = Too late to keep it: the cloud is being asked to delete it ({ $request }).
glass-deletes-nothing = Nothing is deleted without its approvals. Break-glass is for snapshots.
size-not-known = its size isn't known
gone = Not in the cloud any more (since { $when })
not-there-to-keep = The cloud has no such snapshot (any more), so nothing was changed.

## Break-glass: without approval, in an emergency

glass = Create now without approval…
glass-means = Create { $about } now, without approval
glass-who-waits = Nobody can wait?
glass-title = Create without approval
glass-asks = Create { $snapshot } now, without the approvals and hours that the rule of { $cluster } wants? Everybody who may approve it, and its admins, read your name and your reason at once.
glass-changed = { $request } has changed since you looked. Look at it once more, then press { $button } again.
glass-reason-hint = Why it can't wait. Up to { $most } characters; the card and the record show it.
glass-aware = What comes of it
glass-aware-of = I know that every approver of { $cluster } is told at once
glass-now = Create now
glass-not-aware = Tick the box: every approver is told at once.
glass-reason-missing = Say why nobody can wait: every approver reads it.
glass-alarm = 🚨 { $who } started { $snapshot } without approval: { $reason }
glass-alarm-to = { $people }: { $alarm }
glass-next = { $request } needs no approval any more. If it shouldn't have started so, talk to { $who }.
glass-begun = { $request } starts now without approval: { $snapshot }. { $told ->
    [0] Nobody else may approve it, so nobody had to be told.
    [one] The one person who may approve it, or is its admin, is being told.
   *[other] The { $told } people who may approve it, or are its admins, are being told.
} The card and the result appear in { $channel }.
glass-ordinary = { $request } needed nothing but what it has: it is created as any other, and nobody is alarmed.
glass-sent-before = This was sent before, and nothing more was started.

## The review

review-title = Review { $request }
running-work = Running work
asked-at = Asked
expires-at = Expires
approved-so-far = Approved so far by { $people }.
had-approved = { $people } had approved.
cluster-id = cluster { $cluster }
waits-for-another = You approved this already; it waits for somebody else's approval.
can-decide = You can decide because: { $because }.
may-approve = you may approve { $cluster }
granted = { $may } (granted by { $who }, { $day })
approve-with = Approve…
decline-with = Decline…
decline-means = Decline { $about }
withdraw = Withdraw
withdraw-means = Withdraw { $about }
withdraw-title = Withdraw the request?
withdraw-question = Take { $request } back? No snapshot of { $cluster } will be created.
    .delete = Take { $request } back? The snapshot of { $cluster } stays.
keep-it = Keep it
approve-title = Approve { $request }
comment = Comment
approval-needs-reason = The rule wants a reason: say why you approve.
decline = Decline
decline-title = Decline { $request }
reason = Reason
reason-hint = The requester reads it: say what would make you approve.

## A change by who asked

change = Change…
change-means = Change { $about }
change-title = Change { $request }
change-now = Change
move = Move…
move-means = Move { $about } to another time
move-title = Move { $request }
move-now = Move
starts-now-at = It starts { $when } now.
you-moved = You moved { $request }: it starts { $when }.
you-moved-and-waits = You moved { $request }: it starts { $when } if it is approved by then. It waits for approval as it is now.
nothing-moved = { $request } starts then already; nothing was changed.
request-part = { $part ->
    [start] time
   *[description] description
}
changed = ✏️ Changed by { $who } { $when }: { $what }.
must-look-again = { $people } must look again.
revised-since = { $request } was changed after you had it before you, so nothing was done. Look at it as it is now.
no-description = It has no description now.
look-again = { $who } changed the { $what } of { $request } after you approved it. { $people }, look again: your approval doesn't count for it any more.
approvals-fall = { $count ->
    [one] { $people } approved it as it is: that approval falls, and they are asked again.
   *[other] { $people } approved it as it is: these approvals fall, and they are asked again.
}
you-changed = You changed { $request }. It waits for approval as it is now.
nothing-changed = { $request } says that already; nothing was changed.

## Join what somebody else has asked for

join-offer = { $who } asked for a snapshot of { $cluster } { $when } ({ $request }, { $status }). Who joins is told together how it ends.
join = Join it
join-means = Join { $about }
join-title = Join the request?
join-question = Join { $request }?
join-loses = You may approve snapshots of { $cluster }, but nobody approves what they asked for: if you join, then you can't approve it, and an approval that you gave falls.
join-loses-approval = You may approve this request, but nobody approves what they asked for: if you join it, then you can't approve it, and an approval that you gave falls. Press the button to join all the same.
join-instead = Join it instead
join-instead-question = Take { $own } back and join { $request } instead?
join-ended = { $request } has ended already, so there is nothing to join.
join-being-sent = It is just being sent to the cloud. Try again in a minute, or ask for your own.
join-approved = You approved it, so you can't join it: nobody approves what they asked for. Its card shows how it ends.
join-full = { $most } people have joined it already, and no more can. Its card shows how it ends; or ask for your own.
join-only-approver = Nobody else could approve it: if you join it, it waits for nothing. Approve it instead; its card shows how it ends.
joined = You joined { $request }: you are told with { $people } how it ends, in { $channel }.
joined-directly = You joined { $request }: when { $people } are told how it ends, you are told by direct message.
own-goes-on = Your own request couldn't be taken back any more: it goes on.
join-own = { $request } is your own request: you are told how it ends.
leave = Leave it
leave-means = Leave { $about }
left = { $request } goes on without you: you aren't told how it ends.
my-own = Ask for my own
my-own-means = Ask for a snapshot of your own: the offer to join goes

## For somebody else

behalf = For
behalf-placeholder = me
behalf-hint = As an admin of the cluster you can ask for somebody else, who needs the right to ask as well. Neither of you can approve it.
behalf-not-an-admin = Only admins of { $cluster } can ask for somebody else. Clear the field to ask for yourself.
behalf-not-a-member = { $who } is no active member of this workspace. Choose somebody else, or clear the field.
behalf-no-right = { $who } may not ask for snapshots of { $cluster }. Give them that right first, or clear the field to ask for yourself.
behalf-no-glass = Without approval you can only ask for yourself. Clear the field, or send the form to wait for an approval.

## App Home

home-title = Snapshots of GaussDB(DWS) clusters
take-a-snapshot-means = Take a snapshot: opens the form
home-waiting = Waiting for you
home-none-waiting = Nothing waits for your decision.
home-more-waiting = and { $count } more that expire later
home-yours = Your open requests
home-none-yours = You have no open requests.
home-more-yours = and { $count } more, older
before-message = Before { $link }
home-clusters = Clusters you may ask for
home-take = Take…
home-take-means = Take a snapshot of { $cluster }
home-ended = Ended lately
home-none-ended = Nothing has ended yet.
home-more-ended = and older ones
home-instead = Meanwhile, in any channel: { $help } says what waits for you, { $list } shows the newest requests.
home-rights = Your rights
own-right = { $role } on { $scope }
own-right-denied = not { $role } on { $scope }
own-right-through = through { $holder }
own-right-with = { $right } ({ $terms })
own-right-by-setting = admin of every cluster, by the bot's settings
home-rights-means = Why you have your rights
home-help = { $command } shows what you can do in a channel.

## Why somebody may or may not, check by check

explain = Why?
explain-title = Why
explain-means = Why you may or may not: { $about }
explain-can = { $action ->
    [request] You can ask for snapshots of { $what }.
    [approve] You can approve { $what }.
    [decline] You can decline { $what }.
    [withdraw] You can withdraw { $what }.
    [change] You can change { $what }.
    [join] You can join { $what }.
    [break-glass] You can start without approval: { $what }.
    [keep] You can say how long it is kept: { $what }.
    [delete] You can ask for the deletion: { $what }.
   *[view] You can see { $what }.
}
explain-cannot = { $action ->
    [request] You can't ask for snapshots of { $what }.
    [approve] You can't approve { $what }.
    [decline] You can't decline { $what }.
    [withdraw] You can't withdraw { $what }.
    [change] You can't change { $what }.
    [join] You can't join { $what }.
    [break-glass] You can't start without approval: { $what }.
    [keep] You can't say how long it is kept: { $what }.
    [delete] You can't ask for the deletion: { $what }.
   *[view] You can't see { $what }.
}
explain-roles = What you may do on { $cluster }
explain-roles-of = What { $who } may do on { $cluster }
explain-usage = Say which cluster, e.g. { $example }. Of a cluster of which you are an admin you may ask for others: put `@` and their name before it.
explain-others = Others who can: { $people }
explain-rule = Rule of { $scope }: { $rule }.
explain-rule-by = Rule of { $scope } ({ $by }): { $rule }.
explain-rule-then = Decided by the rule that { $cluster } had then: { $rule }.
explain-rule-unset = No rule is set for { $cluster }, so it takes { $rule }.
check-member = you are an active member of { $company }
check-own = your own request
check-own-let = your own request, and its rule lets you approve it
check-own-not-let = your own request: others decide on it
check-not-own = not your own request
right-granted = grant: { $role } on { $scope } for { $holder } ({ $terms })
right-denied = denied: { $role } on { $scope } for { $holder } ({ $terms })
right-none = no grant: { $role } on { $cluster }
right-unclear = { $role }: Slack can't say just now who is in { $group }
right-admin = admin of { $cluster } by the bot's settings
right-of-admin = { $role }: as an admin
given-by = by { $who }, { $day }
given-until = until { $when }
given-because = “{ $reason }”
not-pinged = not pinged
quietly = { $who } (quiet)
every-member = every member
any-member = any member for whom the rule has a place
and-any-member = { $people }, and any other member for whom the rule has a place
place = rule of { $cluster }: { $place ->
    [open] { $where }
    [voted] { $where }; you approved it
    [full] { $where }, and no place is left
   *[later] { $where }, once the stage before is done
}
place-none = rule of { $cluster }: { $place ->
    [voted] you approved it, but it has no place for that now
   *[none] it wants others, { $rule }
}
place-of = { $votes } by { $people }
place-in-stage = { $stage }, { $where }

## Whole lists, ten a page

list-called = { $what ->
    [waiting] Waiting for you
    [mine] Your open requests
    [own] What you asked for
    [open] Open requests
    [ended] Ended lately
    [clusters] Clusters to ask for
    [record] The record
    [snapshots] Snapshots
    [rights] Your rights
   *[all] Requests
}
last-days = { $count ->
    [one] the last day
   *[other] the last { $count } days
}
list-of-days = { $list } ({ $count ->
    [one] the last day
   *[other] the last { $count } days
})
list-empty = There is nothing here any more.
list-rest = and { $count } more
show-all = Show all
show-all-means = Show all: { $list }
all-waiting = All that waits for you
all-clusters = All clusters
page-of = { $first }–{ $last } of { $total }
page-before = { $what ->
    [waiting] ‹ Sooner
    [clusters] ‹ Before
   *[all] ‹ Newer
}
page-before-means = The page before: { $list }
page-after = { $what ->
    [waiting] Later ›
    [clusters] After ›
   *[all] Older ›
}
page-after-means = The page after: { $list }

## Answers to clicks and forms

you-approved = You approved { $request }, a snapshot of { $cluster }. Its card shows what becomes of it.
    .delete = You approved { $request }, the deletion of a snapshot of { $cluster }. Its card shows what becomes of it.
you-voted = You approved { $request }, a snapshot of { $cluster }: { $count } of { $need } approvals; it waits for the next.
    .delete = You approved { $request }, the deletion of a snapshot of { $cluster }: { $count } of { $need } approvals; it waits for the next.
you-withdrew = You withdrew { $request }. No snapshot will be created.
    .delete = You withdrew { $request }. The snapshot stays.
you-declined = You declined { $request }. The requester reads your reason.
sent-before = This form was sent before, and its request was kept.
try-again = { $why } Try again in a minute.
not-ours = This bot serves another workspace. Ask your own workspace's administrators for one.
another-app = This belongs to another app, and nothing was done. Ask who runs that app.
not-for-this-bot = Not for this bot
no-such-button = The bot doesn't know this button (any more), and nothing was done. `{ $command } help` shows what you can do.
no-such-form = The bot doesn't know this form (any more), and nothing was done. `{ $command } help` shows what you can do.

## What is wrong with the record

record-changed = Entry { $number } was changed: it isn't what was recorded.
record-shown = Entry { $number } was changed beside its text ({ $columns }): queries show what wasn't recorded.
record-moved = Entry { $number } has the text of entry { $was }: they were swapped or renumbered.
record-out-of-order = Entry { $number } stands in another place than it was recorded in.
record-twice = There are two entries { $number }: one was put in.
record-gap = Entries are missing, from { $number } up to { $last }.
record-cut = Entries are missing at the end, from { $number } up to { $last }.
record-uncounted = Entry { $number } was put in at the end: the record ended at { $counted }.
record-fork = Entry { $number } follows the same entry as entry { $other } does: two copies were written to, or one was put in.
record-replaced = Entry { $number } isn't the one that the record went on from: it was put in with a hash of its own.
record-half = The file ends too early, in line { $line }, before entry { $number } is whole: it wasn't written to its end, or was cut.
record-line = Line { $line } of the file isn't as it was written.
record-miscounted = The file has { $there } entries, and its last line says { $counted }.
record-older = The record ends before entry { $noted }, which was noted elsewhere: { $number } is the first that is missing. This is an older copy, or the end was cut together with its count.
record-rewritten = Entry { $number } has another hash than was noted elsewhere: the record was rewritten at it or before.
record-restored = Entry { $number } has another hash than was noted elsewhere. A backup was put in place at entry { $mark }: if the head was noted before that, this is why; if after, the record was rewritten.
record-elsewhere = Entry { $number } was pruned: compare its head with the export that was made then.

## Private answers to commands

command-form = ask for a snapshot with a form
command-create = ask without the form
command-list = the newest requests
command-snapshots = what the cloud has of a cluster, those made elsewhere as well
command-status = how one stands; yours by default
command-withdraw = take your request back
command-audit = what is on record: who did what, when, by which rule
command-why = what you may do on a cluster, and why
command-freeze = let no snapshot start, for a while or until it is ended
command-unfreeze = end the freezes of a cluster
command-notify = which channels hear of a cluster's snapshots; `off` ends that
command-admin = who may do what, and the rules: look and change, for admins
command-help = this
example-description = Before the customer migration
create-usage = Say which cluster and a name for the snapshot, e.g. { $example }.
is-reference = { $reference } is a person, a group or a channel. Type it like this: { $usage }.
unread-reference = Slack sent { $reference } to the bot as mere text. The bot looks nobody up by name: an operator can install the app again from the manifest (`snapshot-bot manifest`), or use the form: { $form }.
withdraw-usage = Say which of your requests, e.g. { $example }.
field = { $field ->
    [cluster] Cluster
    [name] Name
    [description] Description
    [keep] Keep it
    [day] Day
    [time] Time
   *[channel] Channel
}

help-head = What you can do now:
help-no-such-command = There is no { $command }.
type-as-command = The bot acts on its command alone. Type it so: { $line }
help-no-such-command-hiding = There is no { $command }: an invisible character ({ $called }) is in what was typed.
help-decide = Decide on { $requests }: on the card, or in the bot's Home
help-see = See how { $request } stands: { $command }
help-ask = Ask for a snapshot of { $clusters }: { $command }
help-nothing = Nothing waits for you. { $clusters }
commands = Commands
for-example = { $what }, e.g. { $example }
snapshots = snapshots
snapshots-of = snapshots of { $cluster }
list-none-such = No such request for { $snapshots } that you may see: { $which }.
list-title-of = { $which }, for { $snapshots } that you may see:
list-none = No requests for { $snapshots } that you may see.
list-none-yet = No requests for { $snapshots } that you may see. { $command } asks for one.
list-newest = The { $count } newest requests
list-requests = Requests
list-title = { $which } for { $snapshots } that you may see:
list-foot = { $command } shows one of them in full.
snapshots-usage = Say of which cluster, e.g. { $example }.
snapshots-of-means = Snapshots of { $cluster }
snapshots-title = { $count ->
    [one] { $cluster } has one snapshot: { $size }
   *[other] { $cluster } has { $count } snapshots: { $size } together
}
storage-told = The cloud says: { $used } used, { $free } free
storage-told-paid = The cloud says: { $used } used, { $free } free, { $paid } to be paid for
snapshots-none = The cloud has no snapshot of { $cluster }.
snapshots-not-known = Which snapshots of { $cluster } there are isn't known yet.
snapshot-of-request = by { $who } ({ $request })
snapshot-kind = { $kind ->
    [automated] automatic
   *[manual] made elsewhere
}
snapshot-failed = failed
snapshot-running = being created
audit-nothing = Nothing is on record that you may read.
audit-title = { $count ->
    [one] The newest entry of the record:
   *[other] The { $count } newest entries of the record:
}
audit-title-of = { $count ->
    [one] The newest entry of the record about { $cluster }:
   *[other] The { $count } newest entries of the record about { $cluster }:
}
audit-rule = by the rule { $rule }
freeze-usage = Say which cluster and why, e.g. { $example }. With { $until } or { $span } before the reason it ends by itself.
unfreeze-usage = Say which cluster, e.g. { $example }.
freeze-reason-missing = Say why: those whose requests wait read it. `{ $command } freeze dwh-prod until mon 06:00 quarter end`
no-such-freeze = There is no such freeze of yours.
freeze-set = 🧊 { $cluster } is frozen until { $when }: { $reason }.
freeze-holds = { $count ->
    [0] It holds no request now.
    [one] It holds one request: { $requests }.
   *[other] It holds { $count } requests: { $requests }.
}
freeze-runs = { $count ->
    [one] { $requests } runs and is followed to its end.
   *[other] { $requests } run and are followed to their end.
}
moment-in-zone = { $when } ({ $wall } { $zone })
undo = Undo
freeze-undo-means = End this freeze of { $cluster } again
freeze-ended = { $cluster } isn't frozen any more ({ $reason }).
freeze-ended-one = { $count ->
    [one] One freeze is ended.
   *[other] { $count } freezes are ended.
}
freeze-over = That freeze of { $cluster } is over already.
freeze-none = No freeze of { $cluster } alone is on.
notify-usage = Say which channel hears of which cluster, e.g. { $example }. What it can hear of: { $events }, or all.
notify-channel-unread = Slack sent { $channel } to the bot as mere text, so the bot can't tell which channel that is. Choose it from the list that Slack offers after the #; an archived one goes by its id, which { $list } shows.
notify-too-many = This channel hears of { $count } clusters or patterns already. End some of these first.
notify-set = 📣 { $channel } hears of snapshots of { $cluster } from now on: { $events }. What the requests' own cards there show isn't told twice.
heard = { $event ->
    [made] made
    [failed] failed
    [deleted] deleted
   *[asked] asked for
}
notify-end = Stop
notify-end-means = Tell nothing more of { $cluster } there
notify-title = 📣 Who hears of what:
notify-none = No channel hears of a cluster that you may see. { $example } sets that up.
notify-line = { $channel } hears of { $cluster }: { $events } ({ $who })
notify-line-paused = ⏸️ { $channel } (`{ $id }`) hears nothing of { $cluster } any more: { $why ->
    [archived] it is archived
    [private] it has become private
    [shared] another company reads it
    [rights] who set that up may not see it any more
   *[closed] the bot can't write there any more
} ({ $who })
notify-rest = And { $count } more: `{ $command } notify off` with a channel or a cluster ends those of it.
notify-ended = { $count ->
    [0] Nothing like that was set up that you may end.
    [one] { $what } is ended.
   *[other] { $what } are ended.
}
notify-ended-line = { $cluster } in { $channel }
news = { $event ->
    [made] ✅ { $snapshot } is available.
    [failed] ❌ { $snapshot } failed.
   *[deleted] 🗑️ { $snapshot } is gone from the cloud.
}
news-outside = { $event ->
    [schedule] The cluster's own schedule made it.
    [made] It was made outside the bot.
    [failed] The cloud can't use it any more.
   *[deleted] Somebody deleted it outside the bot.
}
news-of-request = { $who } asked for it ({ $request }).
news-asked = 🙋 { $who } asks for { $snapshot } ({ $request }).
news-more = And { $count } more.
news-paused = ⏸️ { $channel } hears nothing of { $scopes } any more: { $why ->
    [archived] it is archived
    [private] it has become private
    [shared] another company reads it
    [rights] who set that up may not see it any more
   *[closed] the bot can't write there any more, since it was removed or the channel is private now
}. `/snapshot notify` lists what is set up, and sets it up again.
not-asked-yet = You have not asked for a snapshot yet. { $command } does; { $list } shows what others did.

## What a change of rights or rules would do, before it is saved

preview-gains = { $count ->
    [one] { $people } gains { $role } on { $clusters }.
   *[other] { $people } gain { $role } on { $clusters }.
}
preview-loses = { $count ->
    [one] { $people } loses { $role } on { $clusters }.
   *[other] { $people } lose { $role } on { $clusters }.
}
preview-people = { $count ->
    [one] { $people }
   *[other] { $count } people ({ $people })
}
preview-group = those in { $group } (Slack doesn't say who they are)
preview-everyone = everyone
preview-everyone-else = everyone else
preview-clusters = { $count ->
    [one] { $names }
   *[other] { $count } clusters ({ $names })
}
preview-some-of = some of { $clusters }
preview-nobody = Nobody gains or loses a right.
preview-unclear = Who else gains or loses { $role } depends on { $groups }, and Slack doesn't say who that is.
preview-no-admin = You lose admin.
preview-starts = { $count ->
    [one] { $requests } starts at once: its approvals are enough.
   *[other] { $requests } start at once: their approvals are enough.
}
preview-stuck = { $count ->
    [one] Nobody can approve { $requests } any more.
   *[other] Nobody can approve any of { $requests } any more.
}
preview-waits = Waiting for other approvals than before: { $requests }.
preview-missing = { $request } ({ $approvals })
preview-missing-before = { $request } ({ $approvals } instead of { $before })
preview-unclear-requests = What becomes of { $requests } depends on who is in a group, and Slack doesn't say that.
preview-no-request = No request that waits changes.
preview-closed = Nobody can approve a request on { $clusters } any more.
preview-empty = { $count ->
    [one] { $scopes } covers no cluster that is known now.
   *[other] { $scopes } cover no cluster that is known now.
}
preview-pings = { $count ->
    [0] A request there pings nobody.
    [one] A request there pings one person.
   *[other] A request there pings { $count } people at most.
}
preview-unclear-pings = How many people a request there pings depends on who is in a group, and Slack doesn't say that.
preview-unsaved = Nothing was saved.
preview-as-seen = The clusters are those that were seen last, and those of rights.

## Changes of rights and rules, a line each

every-cluster = every cluster
every-cluster-of = every cluster of { $cloud }
right = { $denies ->
    [True] { $who } may not { $role } on { $scope }
   *[False] { $who } may { $role } on { $scope }
}
right-with-terms = { $right }, { $terms }
right-changes = { $right }: { $before } → { $after }
for-good = for good
quiet = quiet
rule-of = rule of { $scope }: { $rule }
rule-changes = rule of { $scope }: { $before } → { $after }
cards-go-to = cards go to { $channel }
nothing-to-undo = There is no change of rights or rules on record that could be undone.
undo-not-recorded = The last change was recorded by a version that didn't keep all of it, so it can't be undone. Change it by hand: the record has what is known.
changed-since = What was to be undone isn't as that change left it any more, so nothing was undone. Look at the record for what came after it.
undone-twice = The last change was undone and done again already, so it isn't undone once more. Change it by hand.

## Administration

administration = Administration
admin-search = Search a group or cluster
admin-search-person = Or a person
admin-only = Only what is about { $what }.
admin-everything = Show everything
admin-rights = Rights · { $count }
admin-rules = Rules and channels · { $count }
admin-grant = Grant…
admin-grant-means = Grant a right
admin-rule = Set a rule…
admin-rule-means = Set the rule of some clusters
admin-channel = Set a channel…
admin-channel-means = Set the channel for cards of some clusters
admin-change = Change…
admin-change-means = Change { $what }
admin-before = ‹ Before
admin-after = After ›
admin-ended = ended
admin-last = Last change: { $who }, { $when }
admin-undo = Undo
admin-undo-means = Undo the last change
admin-saved = Saved.
admin-save = Save
admin-what-if = What it changes
admin-choose = Choose, and it is said here before anything is saved.
admin-look-again = Look at what it changes, and press the button again.
admin-covers = { $count ->
    [0] It covers no cluster that is known now.
    [one] It covers one cluster now.
   *[other] It covers { $count } clusters now.
}
admin-field = { $field ->
    [people] People
    [group] Group, or everyone
    [role] May
    [on] On
    [until] Until the end of
    [ends] Until
    [meanwhile] Requests meanwhile
    [reason] Reason
    [more] Besides
    [own] One's own request
    [loud] Results show
    [hours] Starts only at these hours
   *[channel] Cards go to
}
admin-until-hint = That day is over at midnight in { $zone }. Without one it is for good.
admin-quiet = They may, and aren't pinged
admin-deny = They may not: this wins over whatever gives it
admin-box = { $box ->
    [side-by-side] All stages at once, in any order
    [reason] Each approval says why
   *[nobody] No request needs an approval
}
admin-own = { $own ->
    [allowed] may be approved by who asked
    [if-nobody-else] may be approved by who asked, where nobody else can
   *[never] is approved by somebody else
}
admin-loud = { $loud ->
    [thread] in the thread alone
    [failure] in the channel, too, where there is no snapshot
   *[channel] in the channel, too
}
admin-stage = Stage { $number }
admin-stage-people = Stage { $number }: by these people
admin-stage-groups = Stage { $number }: by these groups
admin-no-stage = no such stage
admin-hours-hint = A line each, such as mon-fri 08:00-18:00 or sat,sun 22:00-04:00. Empty: at any time.
admin-channel-hint = Empty: as for a wider rule, or the default channel.
admin-for = For which clusters? A cluster, or the beginning of names.
admin-rule-of = { $scope }: { $rule }
admin-no-rule = no rule of its own: a wider one holds, or one approval
admin-unrule = Remove the rule
role = { $role ->
    [request] request: ask for snapshots
    [approve] approve: decide on requests
    [admin] admin: change rights and rules
    [audit] audit: read requests and the record
   *[break-glass] break-glass: start without approval
}
admin-freezes = Freezes · { $count }
admin-freeze = Freeze…
admin-freeze-means = Let no snapshot of some clusters start
admin-freeze-line = { $scope } until { $when }: { $reason } ({ $who }; { $meanwhile ->
    [refuse] requests are refused
   *[hold] requests wait
}{ $passes ->
    [True] ; break-glass passes it
   *[False] {""}
})
admin-freeze-end = End
admin-freeze-end-means = End the freeze of { $scope }
admin-freeze-end-question = End the freeze of { $scope }? What it holds may start at once.
admin-freeze-ended = The freeze of { $scope } is ended.
admin-freeze-over = The freeze of { $scope } was over already{ $who ->
    [none] {""}
   *[other] : { $who } ended it { $when }
}.
admin-freeze-hint = Such as mon 06:00, 2026-12-31 18:00, 18:00 or 3h, in { $zone }. Empty: until somebody ends it.
admin-freeze-meanwhile = { $meanwhile ->
    [refuse] are refused
   *[hold] wait, and start afterwards
}
admin-freeze-passes = Break-glass passes it
admin-freeze-why = Say why: those whose requests wait read it.
freeze-title = Freeze
take-back = Take it back
grant-title = Grant a right
rule-title = Rule
channel-title = Channel
type-more = and { $count } more: type a part of the name
until = until { $when }
changed-meanwhile = Somebody has changed that meanwhile, so nothing was saved. Close this and look again.
not-yours-to-change = There are no such clusters of which you are an admin.
no-clusters-chosen = Choose for which clusters.
nobody-chosen = Choose people or a group.
not-everyones = Name who gets { $role } one by one: not everyone can have it.
cannot-act = Only active members of the workspace can act: { $people } can't.
no-such-group = There is no such group any more.
no-such-day = That is no day.
no-such-role = Choose what they may do.
no-such-hours = Write a line such as mon-fri 08:00-18:00 or sat,sun 22:00-04:00.
no-stage-chosen = A rule has a stage at least. Where nobody needs an approval, tick that.
over-already = That day is over already.
