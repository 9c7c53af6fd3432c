// The workspace's places: channels, direct messages, the app.

import { avatar } from "./avatar.js";
import { h, icon, sync, visible } from "./dom.js";
import { unread } from "./unread.js";

/** @import { Client } from "./client.js" */
/** @import { IconName } from "./dom.js" */
/** @import { Channel, Item } from "./types.d.ts" */

/** @type {(channel: Channel) => IconName} */
const signOf = (channel) =>
  channel.is_archived ? "archive" : channel.is_ext_shared ? "shared" : channel.is_private ? "lock" : "hash";
/** @param {Channel} channel */
const kindOf = (channel) =>
  [
    channel.is_private ? "private" : "",
    channel.is_ext_shared ? "shared with another company" : "",
    channel.is_archived ? "archived" : "",
  ]
    .filter(Boolean)
    .join(", ");

/** Draws the sidebar in *root*. */
export class Sidebar {
  /**
   * @param {Client} client
   * @param {HTMLElement} root
   */
  constructor(client, root) {
    this.client = client;
    this.team = h("div", { class: "team" });
    this.nav = h("nav", { class: "places", "aria-label": "Channels and messages" });
    root.append(this.team, this.nav);
  }

  draw() {
    const { client } = this;
    const { team, sockets } = client.state;
    sync(this.team, [
      {
        key: "team",
        sig: [team, sockets, client.status],
        make: () =>
          h(
            "div",
            { class: "team-box" },
            h("span", { class: "team-mark", "aria-hidden": "true" }, team.name.slice(0, 1)),
            h(
              "div",
              null,
              h("strong", null, h("bdi", null, visible(team.name))),
              h("span", { class: "team-note" }, "sandbox workspace"),
            ),
          ),
      },
    ]);
    const named = client.namedChannels.filter((c) => client.joined(c) || !c.is_archived).sort(byName);
    const direct = client.state.channels.filter((c) => (c.is_im || c.is_mpim) && c !== client.appChannel);
    /** @type {[string, Item[]][]} */
    const sections = [
      ["Channels", named.map((c) => this.place(c, icon(signOf(c)), kindOf(c)))],
      ["Direct messages", direct.map((c) => this.place(c, avatar(client, client.otherIn(c), "avatar-tiny"), ""))],
      ["Apps", [this.app()]],
    ];
    sync(
      this.nav,
      sections
        .filter(([, places]) => places.length)
        .flatMap(([title, places]) => [
          { key: title, sig: 0, make: () => h("h2", { class: "places-title" }, title) },
          ...places,
        ]),
    );
  }

  /**
   * @param {Channel} channel
   * @param {Element} sign
   * @param {string} kind
   */
  place(channel, sign, kind) {
    const { client } = this;
    const { place } = client;
    const here = place.kind === "channel" && place.id === channel.id;
    return this.row({
      key: channel.id,
      href: client.hashOf(channel.id),
      name: client.channelName(channel),
      sign,
      kind,
      here,
      dim: channel.is_archived || !client.joined(channel),
      ...(here ? {} : unread(client, channel)),
    });
  }

  app() {
    const { client } = this;
    const here = client.place.kind === "app";
    const reading = client.place.kind === "app" && client.place.tab === "messages";
    const news = client.appChannel && !reading ? unread(client, client.appChannel) : {};
    return this.row({
      key: "app",
      href: client.state.app.home_tab ? "#app" : "#app/messages",
      name: client.state.app.name,
      sign: avatar(client, client.bot, "avatar-tiny"),
      kind: "app",
      here,
      ...news,
    });
  }

  /**
   * @param {object} place
   * @param {string} place.key
   * @param {string} place.href
   * @param {string} place.name
   * @param {Element} place.sign
   * @param {string} place.kind
   * @param {boolean} place.here
   * @param {boolean} [place.dim]
   * @param {boolean} [place.unread]
   * @param {number} [place.mentions]
   * @returns {Item}
   */
  row({ key, href, name, sign, kind, here, dim, unread: fresh, mentions }) {
    const marks = [
      kind && kind !== "app" ? h("span", { class: "sr" }, `, ${kind}`) : null,
      mentions ? h("span", { class: "badge" }, String(mentions), h("span", { class: "sr" }, " unread for you")) : null,
      fresh && !mentions ? h("span", { class: "dot" }, h("span", { class: "sr" }, "unread")) : null,
    ];
    return {
      key,
      sig: [href, name, kind, here, dim, fresh, mentions],
      make: () =>
        h(
          "a",
          {
            class: ["place", here ? "here" : "", dim ? "dimmed" : "", fresh ? "fresh" : ""].join(" "),
            href,
            "aria-current": here ? "page" : null,
            "data-focus": `place/${key}`,
            title: kind || null,
          },
          sign,
          h("bdi", { class: "place-name" }, visible(name)),
          marks,
        ),
    };
  }
}

/** @type {(a: Channel, b: Channel) => number} */
const byName = (a, b) => Number(a.is_archived) - Number(b.is_archived) || a.name.localeCompare(b.name);
