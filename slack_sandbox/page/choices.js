// What can be chosen in each kind of select, and how a choice reads in Slack's state.

import { h } from "./dom.js";
import { avatar } from "./avatar.js";
import { combobox, matching } from "./select.js";
import { plainString } from "./mrkdwn.js";

const optionItem = (option, group) => ({
  value: option.value,
  text: plainString(option.text),
  detail: option.description ? plainString(option.description) : "",
  group,
});

const allOptions = (element) => [
  ...(element.options ?? []).map((o) => optionItem(o)),
  ...(element.option_groups ?? []).flatMap((g) => g.options.map((o) => optionItem(o, plainString(g.label)))),
];

const personItem = (client) => (id) => ({
  value: id,
  text: client.nameOf(id),
  detail: client.person(id)?.profile.real_name ?? "",
  mark: () => avatar(client, id, "avatar-small"),
});

const channelItem = (client) => (id) => {
  const channel = client.channel(id);
  const sign = channel?.is_private ? "🔒" : "#";
  return {
    value: id,
    text: channel ? client.channelName(channel) : id,
    mark: () => h("span", { class: "combo-sign" }, channel?.is_im ? "@" : sign),
  };
};

const kindOf = (channel) =>
  channel.is_im ? "im" : channel.is_mpim ? "mpim" : channel.is_private ? "private" : "public";

function conversations(element, client) {
  const filter = element.filter ?? {};
  const channels = client.state.channels.filter((c) => {
    if (c.is_archived || !(client.joined(c) || kindOf(c) === "public")) return false;
    if (element.type.endsWith("channels_select")) return kindOf(c) === "public";
    if (filter.include && !filter.include.includes(kindOf(c))) return false;
    if (filter.exclude_external_shared_channels && c.is_ext_shared) return false;
    return !(filter.exclude_bot_users && c.is_im && client.person(client.otherIn(c))?.is_bot);
  });
  return channels.map((c) => channelItem(client)(c.id));
}

/** Return the items that *state* (Slack's, of this element) says are chosen. */
export function chosenItems(element, state, client) {
  const value = Object.entries(state ?? {}).find(([key]) => key.startsWith("selected_"))?.[1];
  const list = Array.isArray(value) ? value : value ? [value] : [];
  if (element.type.includes("users_select")) return list.map(personItem(client));
  if (element.type.includes("conversations_select") || element.type.includes("channels_select"))
    return list.map(channelItem(client));
  return list.map((o) => optionItem(o));
}

/** Return the first state of a select, from its `initial_…` field. */
export function firstState(element) {
  const [key, value] = Object.entries(element).find(([name]) => name.startsWith("initial_")) ?? [];
  return key ? { [key.replace("initial_", "selected_")]: value } : {};
}

/** Return a select; *field* is as in elements.js. */
export function select(element, field, client) {
  const many = element.type.startsWith("multi_");
  const external = element.type.endsWith("external_select");
  const offer = (text) => {
    if (external) return field.search(text).then((found) => found.map((o) => optionItem(o)));
    const items = element.type.includes("users_select")
      ? client.state.people.filter((p) => !p.deleted).map((p) => personItem(client)(p.id))
      : element.type.includes("static_select")
        ? allOptions(element)
        : conversations(element, client);
    return matching(items, text);
  };
  const root = combobox({
    label: field.label,
    describedBy: field.describedBy,
    focusKey: field.focusKey,
    many,
    external,
    offer,
    clearable: field.optional,
    least: element.min_query_length ?? 3,
    placeholder: plainString(element.placeholder ?? (many ? "Choose some" : "Choose one")),
    chosen: chosenItems(element, field.state ?? firstState(element), client),
    choose: (items) => field.choose(many ? items.map((i) => i.value) : (items[0]?.value ?? null)),
  });
  root.showState = (state) => root.show(chosenItems(element, state, client));
  return root;
}
