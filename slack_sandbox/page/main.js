// Puts the page together: who one is, where one is, and what is drawn where.

import { read } from "./api.js";
import { Client } from "./client.js";
import { clock } from "./clock.js";
import { Conversation } from "./conversation.js";
import { debounced, h, visible } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Faults } from "./faults.js";
import { AppPlace } from "./home.js";
import { Inspector } from "./inspector.js";
import { follow } from "./live.js";
import { Modals } from "./modals.js";
import { drawNotices } from "./notices.js";
import { chooser, switcher } from "./people.js";
import { Shell } from "./shell.js";
import { Sidebar } from "./sidebar.js";

/** @import { Channel, PageFacts, Place } from "./types.d.ts" */

const FIRST_CHANNEL = "dwh-ops";

/**
 * Return the place that the address's *hash* names.
 *
 * @param {Client} client
 * @param {string} hash
 * @returns {Place}
 */
function placeOf(client, hash) {
  const name = decodeURIComponent(hash.replace(/^#/, ""));
  const app = name.match(/^app(?:\/(home|messages|about))?$/);
  if (app) return { kind: "app", tab: app[1] ?? (client.state.app.home_tab ? "home" : "messages") };
  const { channels } = client.state;
  const found = channels.find((c) => c.name === name || c.id === name);
  const usual =
    found ?? channels.find((c) => c.name === FIRST_CHANNEL) ?? channels.find((c) => client.joined(c)) ?? channels[0];
  if (usual && usual === client.appChannel) return { kind: "app", tab: "messages" };
  return usual ? { kind: "channel", id: usual.id } : { kind: "app", tab: "home" };
}

/**
 * Return what stands above a channel's messages: its name, what is special about it, who is in it.
 *
 * @param {Client} client
 * @param {Channel} channel
 */
function channelHead(client, channel) {
  const kinds = [
    channel.is_private ? "private" : "",
    channel.is_ext_shared ? "shared with another company" : "",
    channel.is_archived ? "archived" : "",
  ].filter(Boolean);
  const count = `${channel.members.length} member${channel.members.length === 1 ? "" : "s"}`;
  const names = channel.members.map((m) => client.nameOf(m)).join(", ");
  return [
    h(
      "h1",
      { class: "place-title", tabindex: "-1" },
      h("span", { class: "sign", "aria-hidden": "true" }, channel.is_im ? "@" : "#"),
      h("bdi", null, visible(client.channelName(channel))),
    ),
    ...kinds.map((kind) => h("span", { class: "tag tag-warn" }, kind)),
    ...(channel.is_im ? [] : [h("span", { class: "dim members", title: names }, count)]),
  ];
}

/** Draws everything, and goes where the address says. */
class Page {
  /**
   * @param {Client} client
   * @param {PageFacts} facts
   */
  constructor(client, facts) {
    this.client = client;
    this.shell = new Shell(client);
    this.sidebar = new Sidebar(client, this.shell.sidebar);
    this.channel = new Conversation(client, this.shell.channel);
    this.thread = new Conversation(client, this.shell.threadBody);
    this.app = new AppPlace(client, this.shell.app);
    this.clock = clock(client);
    this.who = switcher(client);
    this.drawer = new Drawer(this.shell.drawer, [new Inspector(client), new Faults(client, this.clock, facts)]);
    new Modals(client, this.shell.modals, this.shell.client);
    this.shell.tools.append(this.clock.sign, ...this.drawer.buttons.values(), this.shell.themeButton);
    this.shell.who.append(this.who.button);
    client.listen(() => this.draw());
    window.addEventListener("hashchange", () => this.go());
    document.addEventListener("visibilitychange", () => client.changed());
  }

  /** Go where the address says. */
  go() {
    const { client } = this;
    const before = JSON.stringify(client.place);
    client.place = placeOf(client, location.hash);
    if (JSON.stringify(client.place) === before) return;
    client.thread = null;
    if (client.place.kind === "app") this.app.open(client.place.tab);
    this.shell.closeSidebar();
    client.changed();
  }

  draw() {
    const { client, shell } = this;
    if (client.place.kind === "none") this.go();
    const { place } = client;
    const channel = place.kind === "channel" ? client.channel(place.id) : client.appChannel;
    shell.show(place.kind);
    if (place.kind === "channel" && !channel) {
      location.hash = "";
      client.place = { kind: "none" };
      client.changed();
      return;
    }
    if (place.kind === "app") this.app.draw(place.tab);
    else if (channel) {
      shell.head.replaceChildren(...channelHead(client, channel));
      this.channel.draw(channel, null);
    }
    this.sidebar.draw();
    shell.threadPanel.hidden = !client.thread || !channel;
    if (client.thread && channel) this.thread.draw(channel, client.thread);
    drawNotices(client, shell.notices);
    shell.drawStatus();
    this.who.draw();
    this.clock.draw();
    this.drawer.draw();
    const here =
      place.kind === "channel" && channel
        ? (channel.is_im ? "@" : "#") + client.channelName(channel)
        : client.state.app.name;
    document.title = `${here} · ${client.nameOf(client.me)} · ${client.state.team.name}`;
  }
}

/**
 * Show the page to the person *me* (an id).
 *
 * @param {string} me
 * @param {PageFacts} facts
 */
function start(me, facts) {
  const client = new Client(me);
  new Page(client, facts);
  const ask = follow(
    client.me,
    (change) => client.take(change),
    (status) => client.setStatus(status),
  );
  client.refetch = debounced(ask, 30);
}

const address = new URLSearchParams(location.search);
const [{ people }, page] = await Promise.all([read("people"), read("page")]);
const me = people.find((p) => p.name === address.get("as") || p.id === address.get("as"));
if (me) start(me.id, page);
else document.body.append(chooser(people, page.team));
