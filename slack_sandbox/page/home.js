// The app's own place: its Home tab, its messages, and what it is.

import { blockItems } from "./blocks.js";
import { avatar } from "./avatar.js";
import { h, sync, visible } from "./dom.js";
import { Conversation } from "./conversation.js";
import { showStates } from "./fields.js";

/** @import { Client } from "./client.js" */
/** @import { Surface } from "./fields.js" */
/** @import { App, Child, View } from "./types.d.ts" */

/** @type {[string, string][]} */
const TABS = [
  ["home", "Home"],
  ["messages", "Messages"],
  ["about", "About"],
];

/** @param {HTMLElement} tabs */
const buttonsOf = (tabs) => [...tabs.children].filter((tab) => tab instanceof HTMLElement);

/** Draws the place of the app in *root*. */
export class AppPlace {
  /**
   * @param {Client} client
   * @param {HTMLElement} root
   */
  constructor(client, root) {
    this.client = client;
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "The app's tabs" });
    this.home = h("div", { class: "blocks home-blocks" });
    this.homePanel = h("div", { class: "home", role: "tabpanel", tabindex: "0", "aria-label": "Home" }, this.home);
    this.messagesPanel = h("div", { class: "fill", role: "tabpanel", "aria-label": "Messages" });
    this.aboutPanel = h("div", { class: "home", role: "tabpanel", tabindex: "0", "aria-label": "About" });
    this.conversation = new Conversation(client, this.messagesPanel);
    this.title = h("h1", { class: "place-title", tabindex: "-1" });
    root.append(
      h("header", { class: "place-head" }, this.title),
      this.tabs,
      this.homePanel,
      this.messagesPanel,
      this.aboutPanel,
    );
    this.tabs.addEventListener("keydown", (event) => this.move(event));
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const all = buttonsOf(this.tabs);
    all.at((all.findIndex((tab) => tab === document.activeElement) + step) % all.length)?.click();
    buttonsOf(this.tabs)
      .find((tab) => tab.getAttribute("aria-selected") === "true")
      ?.focus();
  }

  /**
   * Tell the app that *tab* was opened, as Slack does each time.
   *
   * @param {string} tab
   */
  async open(tab) {
    if (tab !== "about") await this.client.act("home", { tab });
  }

  /**
   * Draw *tab*.
   *
   * @param {string} tab
   */
  draw(tab) {
    const { client } = this;
    const { app, home } = client.state;
    this.title.replaceChildren(
      avatar(client, client.bot, "avatar-small"),
      h("bdi", null, visible(app.name)),
      h("span", { class: "tag" }, "APP"),
    );
    this.drawTabs(
      TABS.filter(([name]) => name !== "home" || app.home_tab),
      tab,
    );
    this.homePanel.hidden = tab !== "home";
    this.messagesPanel.hidden = tab !== "messages";
    this.aboutPanel.hidden = tab !== "about";
    if (tab === "home") this.drawHome(home);
    if (tab === "messages") this.conversation.draw(client.appChannel, null);
    if (tab === "about") this.drawAbout(app);
  }

  /**
   * @param {[string, string][]} tabs
   * @param {string} tab
   */
  drawTabs(tabs, tab) {
    sync(
      this.tabs,
      tabs.map(([name, label]) => ({
        key: name,
        sig: [name === tab],
        make: () =>
          h(
            "button",
            {
              type: "button",
              role: "tab",
              "aria-selected": String(name === tab),
              tabindex: name === tab ? "0" : "-1",
              "data-focus": `tab/${name}`,
              on: {
                click: () => {
                  location.hash = name === "home" ? "#app" : `#app/${name}`;
                },
              },
            },
            label,
          ),
      })),
    );
  }

  /** @param {View | null} home */
  drawHome(home) {
    const { client } = this;
    if (!home) {
      const words = client.state.sockets
        ? "Waiting for the app to draw its Home tab…"
        : "The app has drawn no Home tab yet.";
      sync(this.home, [{ key: "none", sig: words, make: () => h("p", { class: "empty" }, words) }]);
      return;
    }
    /** @type {Surface} */
    const surface = {
      client,
      where: { view_id: home.id },
      stateOf: (block, action) => this.client.state.home?.state.values[block]?.[action],
    };
    sync(this.home, blockItems(home.blocks, surface));
    showStates(this.home, surface);
  }

  /** @param {App} app */
  drawAbout(app) {
    const commands = app.commands ?? [];
    /** @type {(name: string, value: Child) => HTMLElement[]} */
    const row = (name, value) => [h("dt", null, name), h("dd", null, value)];
    this.aboutPanel.replaceChildren(
      h(
        "dl",
        { class: "facts" },
        row("App", [visible(app.name), ` (${app.id})`]),
        row("Bot user", app.bot_user_id),
        row("Commands", commands.length ? commands.map((c) => h("code", null, c)) : "any that somebody types"),
        row(
          "Connected",
          this.client.state.sockets
            ? `by Socket Mode, ${this.client.state.sockets} open`
            : "no socket is open; requests go to its URL, if it has one",
        ),
      ),
    );
  }
}
