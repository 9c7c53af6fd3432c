// One message: who, when, what, and what can be done with it.

import { blockItems, showStates } from "./blocks.js";
import { avatar, nameWithKind } from "./avatar.js";
import { ago, clockTime, dateOf, fullTime } from "./dates.js";
import { h, icon, sync, visibleString } from "./dom.js";
import { openMenu } from "./layers.js";
import { decode, mrkdwn, plainNodes } from "./mrkdwn.js";
import { askForShortcut } from "./shortcuts.js";

/** Return the surface (see blocks.js) of a message. */
const surfaceOf = (client, channel, message) => ({
  client,
  where: { channel: channel.id, ts: message.ts },
  stateOf: (block, action) => client.chosenIn(channel.id, message.ts, block, action),
});

function attachment(one, surface) {
  const { client } = surface;
  const blocks = h("div", { class: "blocks" });
  if (one.blocks) sync(blocks, blockItems(one.blocks, surface));
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

function content(client, channel, message) {
  const surface = surfaceOf(client, channel, message);
  const parts = [];
  if (message.blocks?.length) {
    const blocks = h("div", { class: "blocks" });
    sync(blocks, blockItems(message.blocks, surface));
    parts.push(blocks);
  } else if (message.text) parts.push(h("div", { class: "message-text" }, mrkdwn(message.text, client)));
  for (const one of message.attachments ?? []) parts.push(attachment(one, surface));
  return parts;
}

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

/** Return the first line of a message, for a reference to it. */
export const firstLine = (message) => {
  const header = message.blocks?.find((b) => b.type === "header");
  const line = header ? header.text.text : (message.text ?? "").split("\n")[0];
  return visibleString(
    decode(line.replace(/<[^<>|]*\|([^<>]*)>/g, "$1").replace(/<[@#!]([^<>]*)>/g, "@…")).replace(/[*_`~]/g, ""),
  ).slice(0, 80);
};

function tools(client, channel, message, ephemeral, root) {
  if (ephemeral) return null;
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
    openMenu(more, [link, askForShortcut(client, { channel: channel.id, ts: message.ts })], "Message shortcuts");
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
  return h("div", { class: "message-tools" }, root ? null : reply, more);
}

/** Return the message of *entry* drawn; *joined*: right below another of the same author; *root*: it stands in a thread. */
export function drawMessage(client, channel, entry, { joined, root }) {
  const { message, ephemeral } = entry;
  const date = dateOf(message.ts);
  const broadcast = message.subtype === "thread_broadcast";
  const time = h("time", { datetime: date.toISOString(), title: fullTime(date), class: "time" }, clockTime(date));
  const above = [
    ephemeral ? h("div", { class: "message-mark" }, icon("eye"), "Only visible to you") : null,
    broadcast && !root
      ? h(
          "button",
          {
            type: "button",
            class: "message-mark message-mark-link",
            on: { click: () => client.openThread(message.thread_ts) },
          },
          icon("reply"),
          "replied to a thread: ",
          h("bdi", null, firstLine(message.root ?? {})),
        )
      : null,
    broadcast && root ? h("div", { class: "message-mark" }, icon("reply"), "also sent to the channel") : null,
  ];
  const edited = message.edited ? h("span", { class: "edited dim" }, "(edited)") : null;
  const head = joined ? null : h("div", { class: "message-head" }, nameWithKind(client, message.user), time, edited);
  const hide = () => {
    client.hidden.add(message.ts);
    client.changed();
  };
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
      above,
      head,
      content(client, channel, message),
      joined ? edited : null,
      root ? null : replies(client, message),
      ephemeral ? h("button", { type: "button", class: "btn-link", on: { click: hide } }, "Dismiss") : null,
    ),
    tools(client, channel, message, ephemeral, root),
  );
  showStates(node, surfaceOf(client, channel, message));
  return node;
}
