// The workspace's places: channels, direct messages, the app.

import { avatar } from "./avatar.js";
import { h, icon, sync, visible } from "./dom.js";
import { unread } from "./unread.js";

const signOf = (channel) =>
  channel.is_archived ? "archive" : channel.is_ext_shared ? "shared" : channel.is_private ? "lock" : "hash";
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
  constructor(client, root) {
    Object.assign(this, { client });
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
            h("span", { class: "team-mark", "aria-hidden": "true" }, team.name[0]),
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
    const news =
      client.appChannel && !(here && client.place.tab === "messages") ? unread(client, client.appChannel) : {};
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

const byName = (a, b) => Number(a.is_archived) - Number(b.is_archived) || a.name.localeCompare(b.name);
