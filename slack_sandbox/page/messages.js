// One message: who, when, what, and what can be done with it.

import { blockItems } from "./blocks.js";
import { avatar, nameWithKind } from "./avatar.js";
import { ago, clockTime, dateOf, fullTime } from "./dates.js";
import { h, icon, sync, visible, visibleString } from "./dom.js";
import { showStates } from "./fields.js";
import { openMenu } from "./menus.js";
import { decode, mrkdwn, plainNodes } from "./mrkdwn.js";
import { picture } from "./pictures.js";
import { askForReaction, reactions } from "./reactions.js";
import { askForShortcut, shortcutsOf } from "./shortcuts.js";

/** @import { Client } from "./client.js" */
/** @import { Surface } from "./fields.js" */
/** @import { Attachment, Channel, Entry, Message } from "./types.d.ts" */

/** @type {(client: Client, channel: Channel, message: Message) => Surface} */
const surfaceOf = (client, channel, message) => ({
  client,
  where: { channel: channel.id, ts: message.ts },
  stateOf: (block, action) => client.chosenIn(channel.id, message.ts, block, action),
});

/**
 * @param {Attachment} one
 * @param {Surface} surface
 */
function attachment(one, surface) {
  const { client } = surface;
  const blocks = h("div", { class: "blocks" });
  if (one.blocks) sync(blocks, blockItems(one.blocks, surface));
  /** @param {string | undefined} words */
  const text = (words) => (words ? mrkdwn(words, client) : null);
  return h(
    "div",
    { class: "attachment" },
    text(one.pretext),
    one.title ? h("b", null, plainNodes(one.title)) : null,
    one.blocks ? blocks : text(one.text ?? one.fallback),
    (one.fields ?? []).map((f) => h("div", { class: "field" }, h("b", null, plainNodes(f.title)), text(f.value))),
  );
}

/**
 * @param {Message} message
 * @param {Surface} surface
 */
function content(message, surface) {
  const { client } = surface;
  const parts = [];
  if (message.blocks?.length) {
    const blocks = h("div", { class: "blocks" });
    sync(blocks, blockItems(message.blocks, surface));
    parts.push(blocks);
  } else if (message.text) parts.push(h("div", { class: "message-text" }, mrkdwn(message.text, client)));
  for (const { id, title } of message.files ?? []) parts.push(picture({ alt_text: title, slack_file: { id } }, "full"));
  for (const one of message.attachments ?? []) parts.push(attachment(one, surface));
  return parts;
}

/**
 * @param {Client} client
 * @param {Message} message
 */
function replies(client, message) {
  if (!message.reply_count) return null;
  const count = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  const open = () => client.openThread(message.ts);
  return h(
    "button",
    { type: "button", class: "replies", "data-focus": `${message.ts}/thread`, on: { click: open } },
    (message.reply_users ?? []).slice(0, 3).map((id) => avatar(client, id, "avatar-tiny")),
    h("b", null, count),
    h("span", { class: "dim" }, `Last reply ${ago(dateOf(message.latest_reply), client.now())}`),
  );
}

/**
 * Return the first line of a message, for a reference to it.
 *
 * @param {Message | undefined} message
 */
const firstLine = (message) => {
  const header = message?.blocks?.find((b) => b.type === "header");
  const [line = ""] = header ? [header.text.text] : (message?.text ?? "").split("\n");
  return visibleString(
    decode(line.replace(/<[^<>|]*\|([^<>]*)>/g, "$1").replace(/<[@#!]([^<>]*)>/g, "@…")).replace(/[*_`~]/g, ""),
  ).slice(0, 80);
};

/**
 * Return what can be done with a message; *inThread* says that it stands in its thread already.
 *
 * @param {Client} client
 * @param {Channel} channel
 * @param {Message} message
 * @param {boolean} inThread
 */
function tools(client, channel, message, inThread) {
  const more = h(
    "button",
    {
      type: "button",
      class: "btn-bare",
      "aria-label": "Message shortcuts",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    },
    icon("more"),
  );
  more.addEventListener("click", () => {
    const link = {
      label: "Copy the message's time (ts)",
      detail: message.ts,
      run: () => navigator.clipboard?.writeText(message.ts),
    };
    const where = { channel: channel.id, ts: message.ts };
    const react = askForReaction(client, channel.id, message.ts);
    openMenu(more, [link, ...shortcutsOf(client, where), react, askForShortcut(client, where)], "Message shortcuts");
  });
  const reply = h(
    "button",
    {
      type: "button",
      class: "btn-bare",
      "aria-label": "Reply in thread",
      on: { click: () => client.openThread(message.thread_ts ?? message.ts) },
    },
    icon("bubble"),
  );
  return h("div", { class: "message-tools" }, inThread ? null : reply, more);
}

/**
 * Return the marks that stand above a message: that nobody else sees it, that it stands in a thread, too.
 *
 * @param {Client} client
 * @param {Entry} entry
 * @param {boolean} inThread
 */
function marks(client, { message, ephemeral }, inThread) {
  const broadcast = message.subtype === "thread_broadcast";
  const open = () => client.openThread(message.thread_ts ?? null);
  return [
    ephemeral ? h("div", { class: "message-mark" }, icon("eye"), "Only visible to you") : null,
    broadcast && !inThread
      ? h(
          "button",
          { type: "button", class: "message-mark message-mark-link", on: { click: open } },
          icon("reply"),
          "replied to a thread: ",
          h("bdi", null, firstLine(message.root)),
        )
      : null,
    broadcast && inThread ? h("div", { class: "message-mark" }, icon("reply"), "also sent to the channel") : null,
  ];
}

/**
 * Return who wrote a message: by its own name, where the app gave it one.
 *
 * @param {Client} client
 * @param {Message} message
 */
const author = (client, message) =>
  message.username ? h("bdi", { class: "name" }, visible(message.username)) : nameWithKind(client, message.user);

/**
 * Return the button that takes a private answer away.
 *
 * @param {Client} client
 * @param {string} ts
 */
function dismissal(client, ts) {
  const hide = () => {
    client.hidden.add(ts);
    client.changed();
  };
  return h("button", { type: "button", class: "btn-link", on: { click: hide } }, "Dismiss");
}

/**
 * Return the message of *entry* drawn; *joined*: right below another of the same author; *inThread*: in its thread.
 *
 * @param {Client} client
 * @param {Channel} channel
 * @param {Entry} entry
 * @param {{ joined: boolean, inThread: boolean }} how
 */
export function drawMessage(client, channel, entry, { joined, inThread }) {
  const { message, ephemeral } = entry;
  const date = dateOf(message.ts);
  const time = h("time", { datetime: date.toISOString(), title: fullTime(date), class: "time" }, clockTime(date));
  const edited = message.edited ? h("span", { class: "edited dim" }, "(edited)") : null;
  const head = joined ? null : h("div", { class: "message-head" }, author(client, message), time, edited);
  const surface = surfaceOf(client, channel, message);
  const node = h(
    "article",
    {
      class: ["message", joined ? "joined" : "", ephemeral ? "ephemeral" : ""].join(" ").trim(),
      "aria-label": visibleString(`${client.nameOf(message.user)} at ${clockTime(date)}`),
    },
    h("div", { class: "message-side" }, joined ? time : avatar(client, message.user)),
    h(
      "div",
      { class: "message-main" },
      marks(client, entry, inThread),
      head,
      content(message, surface),
      joined ? edited : null,
      reactions(client, channel.id, message),
      inThread ? null : replies(client, message),
      ephemeral ? dismissal(client, message.ts) : null,
    ),
    ephemeral ? null : tools(client, channel, message, inThread),
  );
  showStates(node, surface);
  return node;
}
