// Puts the page together: who one is, where one is, and what is drawn where.

import { read } from "./api.js";
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
import { Client } from "./state.js";

const FIRST_CHANNEL = "dwh-ops";

/** Return the place that the address's *hash* names. */
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

function channelHead(client, channel) {
  const kinds = [
    channel.is_private && "private",
    channel.is_ext_shared && "shared with another company",
    channel.is_archived && "archived",
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
    kinds.map((kind) => h("span", { class: "tag tag-warn" }, kind)),
    channel.is_im ? null : h("span", { class: "dim members", title: names }, count),
  ];
}

function start(client, page) {
  const shell = new Shell(client);
  const sidebar = new Sidebar(client, shell.sidebar);
  const main = new Conversation(client, shell.channel);
  const thread = new Conversation(client, shell.threadBody);
  const app = new AppPlace(client, shell.app);
  const time = clock(client);
  const who = switcher(client);
  const drawer = new Drawer(shell.drawer, [new Inspector(client), new Faults(client, time, page)]);
  new Modals(client, shell.modals, shell.client);
  shell.tools.append(time.sign, ...drawer.buttons.values(), shell.themeButton);
  shell.who.append(who.button);

  const go = () => {
    const before = JSON.stringify(client.place);
    client.place = placeOf(client, location.hash);
    if (JSON.stringify(client.place) === before) return;
    client.thread = null;
    if (client.place.kind === "app") app.open(client.place.tab);
    shell.closeSidebar();
    client.changed();
  };

  const draw = () => {
    if (client.place.kind === "none") go();
    const { place } = client;
    const channel = place.kind === "channel" ? client.channel(place.id) : client.appChannel;
    shell.show(place.kind);
    if (place.kind === "channel" && !channel) {
      location.hash = "";
      client.place = { kind: "none" };
      client.changed();
      return;
    }
    if (place.kind === "channel") {
      shell.head.replaceChildren(...channelHead(client, channel).flat().filter(Boolean));
      main.draw(channel, null);
    } else app.draw();
    sidebar.draw();
    shell.threadPanel.hidden = !client.thread || !channel;
    if (client.thread && channel) thread.draw(channel, client.thread);
    drawNotices(client, shell.notices);
    shell.drawStatus();
    who.draw();
    time.draw();
    drawer.draw();
    document.title = `${titleOf(place, channel)} · ${client.nameOf(client.me)} · ${client.state.team.name}`;
  };
  const titleOf = (place, channel) =>
    place.kind === "channel" ? (channel.is_im ? "@" : "#") + client.channelName(channel) : client.state.app.name;

  client.listen(draw);
  window.addEventListener("hashchange", go);
  document.addEventListener("visibilitychange", () => client.changed());
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
if (me) start(new Client(me.id), page);
else document.body.append(chooser(people, page.team));
