// What can be chosen in each kind of select, and how a choice reads in Slack's state.

import { h } from "./dom.js";
import { avatar } from "./avatar.js";
import { Combobox, matching } from "./combobox.js";
import { plainString } from "./mrkdwn.js";

/** @import { Client } from "./client.js" */
/** @import { BlockElement, Channel, Choice, Control, ElementState, Field, Option, Select } from "./types.d.ts" */

/** Kinds of conversations, as a select's filter names them. @typedef {"im" | "mpim" | "private" | "public"} Kind */

/**
 * @param {BlockElement} element
 * @returns {element is Select}
 */
export const isSelect = (element) => element.type.endsWith("_select");

/** @type {(option: Option, group?: string) => Choice} */
const optionItem = (option, group) => ({
  value: option.value,
  text: plainString(option.text),
  detail: option.description ? plainString(option.description) : "",
  group,
});

/** @param {Select} element */
const allOptions = (element) => [
  ...(element.options ?? []).map((o) => optionItem(o)),
  ...(element.option_groups ?? []).flatMap((g) => g.options.map((o) => optionItem(o, plainString(g.label)))),
];

/** @type {(client: Client) => (id: string) => Choice} */
const personItem = (client) => (id) => ({
  value: id,
  text: client.nameOf(id),
  detail: client.person(id)?.profile.real_name ?? "",
  mark: () => avatar(client, id, "avatar-small"),
});

/** @type {(client: Client) => (id: string) => Choice} */
const channelItem = (client) => (id) => {
  const channel = client.channel(id);
  const sign = channel?.is_private ? "🔒" : "#";
  return {
    value: id,
    text: channel ? client.channelName(channel) : id,
    mark: () => h("span", { class: "combo-sign" }, channel?.is_im ? "@" : sign),
  };
};

/** @type {(channel: Channel) => Kind} */
const kindOf = (channel) =>
  channel.is_im ? "im" : channel.is_mpim ? "mpim" : channel.is_private ? "private" : "public";

/**
 * Return the conversations that *element* offers.
 *
 * @param {Select} element
 * @param {Client} client
 */
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

/**
 * Return the items that *state* (Slack's, of this element) says are chosen.
 *
 * @param {Select} element
 * @param {ElementState | undefined} state
 * @param {Client} client
 * @returns {Choice[]}
 */
function chosenItems(element, state, client) {
  /** @type {(string | Option)[]} */
  const chosen = Object.entries(state ?? {})
    .filter(([key, value]) => key.startsWith("selected_") && value)
    .flatMap(([, value]) => value);
  const item = element.type.includes("users_select") ? personItem(client) : channelItem(client);
  return chosen.map((one) => (typeof one === "string" ? item(one) : optionItem(one)));
}

/**
 * Return the first state of a select, from its `initial_…` field.
 *
 * @param {Select} element
 * @returns {ElementState}
 */
const firstState = (element) =>
  Object.fromEntries(
    Object.entries(element)
      .filter(([name]) => name.startsWith("initial_"))
      .map(([name, value]) => [name.replace("initial_", "selected_"), value]),
  );

/**
 * Return what *element* offers for *text*, without asking the app.
 *
 * @param {Select} element
 * @param {string} text
 * @param {Client} client
 */
function offered(element, text, client) {
  if (element.type.includes("static_select")) return matching(allOptions(element), text);
  if (!element.type.includes("users_select")) return matching(conversations(element, client), text);
  const people = client.state.people.filter((p) => !p.deleted);
  return matching(
    people.map((p) => personItem(client)(p.id)),
    text,
  );
}

/**
 * Return a select.
 *
 * @param {Select} element
 * @param {Field} field
 * @param {Client} client
 * @returns {Control}
 */
export function select(element, field, client) {
  const many = element.type.startsWith("multi_");
  const external = element.type.endsWith("external_select");
  const box = new Combobox({
    label: field.label,
    describedBy: field.describedBy,
    focusKey: field.focusKey,
    many,
    external,
    offer: async (text) =>
      external ? (await field.search(text)).map((o) => optionItem(o)) : offered(element, text, client),
    clearable: field.optional,
    least: element.min_query_length ?? 3,
    placeholder: plainString(element.placeholder ?? (many ? "Choose some" : "Choose one")),
    chosen: chosenItems(element, field.state ?? firstState(element), client),
    choose: (items) => field.choose(many ? items.map((i) => i.value) : (items[0]?.value ?? null)),
  });
  return Object.assign(box.root, {
    /** @param {ElementState | undefined} state */
    showState: (state) => box.show(chosenItems(element, state, client)),
  });
}
