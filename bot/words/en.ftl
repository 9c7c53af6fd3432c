# What people read, in English. An entry is found by its code; what stands in braces comes with it, escaped already.
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
no-such-request = There is no such request. `/snapshot list` shows those that you may see.
request-changed = This request has changed in the meantime. Look at its card and try again.
name-asked-for = Another open request asks for a snapshot with this name (names ignore case). Choose another name.
too-slow = Slack or the cloud is slow just now. Send it once more: it will not be done twice.
too-late = That took too long; type `/snapshot` again.
click-too-late = That took too long; press the button again.
slack-silent = Slack isn't answering the bot properly just now; try again in a minute.
person-unanswered = Slack isn't answering the bot's question about who you are just now, so nothing was done. Try again in a minute.
person-refused = Slack refuses to tell the bot who you are, so nothing was done. An operator must fix that: `snapshot-bot doctor` says how.
database-busy = Nothing was saved: another program holds the bot's database. Try again in a minute.
database-closing = Nothing was saved: the bot is stopping. Try again in a minute.
database-lost = Nothing was saved: the bot's database was deleted or replaced while the bot ran. An operator must put it back and start the bot again (`snapshot-bot doctor`); until then nothing can be asked for or decided.
database-broken = Nothing was saved: the bot's database can't be used just now. An operator can see why in the bot's log; try again later.

cloud-silent = The cloud isn't answering properly just now.
cluster-busy = The cluster is busy with another task; waiting its turn.
cluster-gone = The cluster no longer exists in this cloud project. Choose another cluster and ask again.
cloud-rejected = The cloud refused the request as wrong: { $said }. Correct it and ask again.
cloud-rejected-silently = The cloud refused the request as wrong: no reason given. Correct it and ask again.
cloud-login-refused = The bot's login to the cloud was refused. An operator must renew it (`snapshot-bot doctor`); this request waits.
cloud-no-project = The bot's login to the cloud works, but not for a project with DWS in it. An operator must correct the project or the region (`snapshot-bot doctor`); this request waits.
cloud-wrong-address = The cloud has no DWS interface at the address that the bot uses. An operator must check the region and DWS_ENDPOINT (`snapshot-bot doctor`); this request waits.
cloud-gateway-refused = The cloud's gateway refused the call: { $code }. An operator must look; this request waits.
cloud-lacks-create = The bot's cloud account may not create snapshots here (needs { $permission }). An operator must fix that; this request waits.
cloud-lacks-look = The bot's cloud account may not look at clusters and snapshots here (needs { $permission }). An operator must fix that; this request waits.
cloud-says-no = The cloud says no: { $said }. An operator must look; this request waits.
cloud-says-no-silently = The cloud says no: without a reason. An operator must look; this request waits.

## What is wrong with a field of the form

choose-cluster = Choose a cluster.
choose-channel = Choose a channel for the card and the result.
name-hint = { $least }–{ $most } characters, starts with a letter; letters, digits, - and _
name-missing = A name is needed: { $hint }.
name-blank = There are only blanks in it: type a name, or clear the field.
name-character = { $character } isn't allowed: letters a–z, digits, - and _.
name-starts-with-digit = Starts with a digit; the first character must be a letter.
name-start = Starts with `{ $character }`; the first character must be a letter.
name-exists = A snapshot with this name exists (names ignore case): { $name }
name-exists-since = A snapshot with this name exists (names ignore case): { $name }, made on { DATE($made, pattern: "d MMMM") }
description-hint = Up to { $most } characters, none of { $forbidden }
description-character = `{ $character }` isn't allowed in descriptions.
reason-missing = Say why, so that the requester knows what to do next.
too-short = Too short: { $count ->
    [one] { $count } character
   *[other] { $count } characters
}, at least { $least }.
too-long = Too long: { $count ->
    [one] { $count } character
   *[other] { $count } characters
}, at most { $most }.
space = A space
character = `{ $character }`
character-called = `{ $character }` ({ $called })
invisible-character = An invisible character
invisible-character-called = An invisible character ({ $called })
several-clusters = Several clusters are called { $called }; say which: { $clusters }.
no-cluster-called = There is no cluster called { $called }. /snapshot help shows those you may use.
no-cluster-known = The bot knows no cluster called { $called }. { $ages } Try again in a minute.
cluster-unlisted = this cluster isn't in the cloud project (any more)
cluster-blocked = { $cluster } is { $situation } just now; snapshots need an available cluster.
cloud-removed = The cloud project { $cloud } is not among the bot's any more. Choose another cluster.
channel-invite = I'm not in { $channel }: invite me with /invite @{ $bot }, or choose another.
channel-invite-here = I'm not in this channel: invite me with /invite @{ $bot }, or choose another.
channel-refused = Slack refuses to let the bot look at this channel, so nothing was done. An operator must fix that (`snapshot-bot doctor` says how); a channel of another kind, public or private, may do meanwhile.
channel-unseen = Slack doesn't let me look at this channel. Choose another; an operator can see why in the bot's log.
channel-unanswered = Slack isn't answering the bot's question about this channel just now, so nothing was done. Try again in a minute.
channel-direct = Choose a channel: a direct message is no place for a request that others decide.
channel-archived = { $channel } is archived. Choose another channel.
channel-shared = { $channel } is shared with another company. Choose a channel of your own.
channel-read-only = In { $channel } nobody but its owners may post. Choose another channel.
