// A channel or direct messages: the list, the day dividers, and the composer below.

import { h, sync, visible } from "./dom.js";
import { Composer } from "./composer.js";
import { dateOf, dayName, sameDay } from "./dates.js";
import { drawMessage } from "./messages.js";
import { inChannel, markRead } from "./unread.js";

/** @import { Client } from "./client.js" */
/** @import { Channel, Entry, Item } from "./types.d.ts" */

const TOGETHER = 5 * 60; // seconds between messages of one author that stand under one name
const NEAR_END = 80; // pixels from the end within which the list follows new messages

/** Draws one conversation in *root*; with a thread's time it is that thread. */
export class Conversation {
  #where = "";

  /**
   * @param {Client} client
   * @param {HTMLElement} root
   */
  constructor(client, root) {
    this.client = client;
    this.list = h("div", { class: "messages", role: "log", tabindex: "0", "aria-label": "Messages" });
    this.note = h("div", { class: "composer-note" });
    this.composer = new Composer(client);
    root.append(this.list, this.composer.node, this.note);
  }

  /**
   * Draw *channel*, or its thread *root* (a message time).
   *
   * @param {Channel | undefined} channel
   * @param {string | null} root
   */
  draw(channel, root) {
    this.composer.node.hidden = !channel;
    this.note.hidden = true;
    if (!channel) {
      const words = "Nothing here yet. Say something to the app with a command in a channel, or wait for it to write.";
      sync(this.list, [{ key: "none", sig: words, make: () => h("p", { class: "empty" }, words) }]);
      return;
    }
    const { client } = this;
    const where = `${channel.id}/${root ?? ""}`;
    const fresh = where !== this.#where;
    const follow = fresh || this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_END;
    this.#where = where;
    this.list.setAttribute("aria-label", root ? "Thread" : `Messages in ${client.channelName(channel)}`);
    sync(this.list, this.#items(channel, root));
    if (follow) this.list.scrollTop = this.list.scrollHeight;
    if (!root && !document.hidden) markRead(client, channel);
    this.composer.draw(channel, root);
    this.#drawNote(channel);
  }

  /** @param {Channel} channel */
  #drawNote(channel) {
    const { client } = this;
    const member = client.joined(channel);
    if (member && !channel.is_archived && !channel.only_app_writes) return;
    this.composer.node.hidden = true;
    this.note.hidden = false;
    const join = h(
      "button",
      {
        type: "button",
        class: "btn",
        on: { click: () => client.act("workspace", { do: "invite", channel: channel.id, person: client.me }) },
      },
      "Join the channel",
    );
    if (channel.only_app_writes) {
      this.note.replaceChildren("Only the app writes here.");
      return;
    }
    this.note.replaceChildren(
      ...(channel.is_archived
        ? ["This channel is archived; nobody can write here."]
        : [h("span", null, "You can read ", h("b", null, "#", visible(channel.name)), " but aren't a member. "), join]),
    );
  }

  /**
   * @param {Channel} channel
   * @param {string | null} root
   */
  #items(channel, root) {
    const { client } = this;
    const shown = channel.messages.filter(
      (m) =>
        !client.hidden.has(m.message.ts) &&
        (root ? m.message.thread_ts === root || m.message.ts === root : inChannel(m)),
    );
    /** @type {Item[]} */
    const items = root ? [] : [this.#beginning(channel)];
    /** @type {Entry | null} */
    let last = null;
    for (const entry of shown) {
      const { message } = entry;
      const date = dateOf(message.ts);
      const newDay = !last || !sameDay(date, dateOf(last.message.ts));
      if (newDay && !root) items.push(divider(`day-${message.ts}`, dayName(date, client.now())));
      const joined = !newDay && last !== null && follows(last, entry);
      items.push({
        key: message.ts,
        sig: [message, entry.ephemeral, joined, Boolean(root), client.nameOf(message.user)],
        make: () => drawMessage(client, channel, entry, { joined, inThread: Boolean(root) }),
      });
      if (root && message.ts === root)
        items.push(
          divider("replies", `${message.reply_count ?? 0} ${message.reply_count === 1 ? "reply" : "replies"}`),
        );
      last = root && message.ts === root ? null : entry;
    }
    return items;
  }

  /** @param {Channel} channel */
  #beginning(channel) {
    const { client } = this;
    const name = client.channelName(channel);
    const words = channel.is_im
      ? "This is the very beginning of your direct messages with"
      : "This is the very beginning of";
    return {
      key: "beginning",
      sig: name,
      make: () =>
        h("p", { class: "beginning" }, words, " ", h("b", null, channel.is_im ? "@" : "#", visible(name)), "."),
    };
  }
}

/**
 * Say whether a message stands under the same name as the *last* one before it.
 *
 * @param {Entry} last
 * @param {Entry} entry
 */
function follows(last, { message, ephemeral }) {
  const blocks = message.blocks?.length ?? 0;
  if (last.ephemeral || ephemeral || blocks > 1 || message.subtype || last.message.subtype) return false;
  return last.message.user === message.user && Number(message.ts) - Number(last.message.ts) < TOGETHER;
}

/** @type {(key: string, words: string) => Item} */
const divider = (key, words) => ({
  key,
  sig: words,
  make: () => h("div", { class: "day", role: "separator", "aria-label": words }, h("span", null, words)),
});
