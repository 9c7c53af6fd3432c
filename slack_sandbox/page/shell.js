// The frame of the page: top bar, sidebar, the place, the thread beside it, the drawer, and the layers above.

import { h, icon } from "./dom.js";
import { focusable } from "./layers.js";

/** @import { Client } from "./client.js" */
/** @import { IconName } from "./dom.js" */
/** @import { Place } from "./types.d.ts" */

/** @type {Record<string, string>} */
const STATUS = { connecting: "Connecting…", lost: "The sandbox is gone; trying again…" };

/**
 * Return a button that is a picture alone; *label* is what it is called.
 *
 * @param {IconName} picture
 * @param {string} label
 * @param {() => unknown} press
 */
const bareButton = (picture, label, press) =>
  h("button", { type: "button", class: "btn-bare", "aria-label": label, on: { click: press } }, icon(picture));

function themeButton() {
  const button = h("button", { type: "button", class: "tool tool-theme" });
  const isDark = () => {
    const { theme } = document.documentElement.dataset;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const draw = () => {
    button.replaceChildren(icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
    button.title = isDark() ? "Light colours" : "Dark colours";
  };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
  return button;
}

/** The frame; its fields are the places that others draw in. */
export class Shell {
  who = h("div", { class: "who" });
  status = h("div", { class: "connection", role: "status" });
  tools = h("div", { class: "tools", role: "group", "aria-label": "Sandbox tools" });
  themeButton = themeButton();
  sidebar = h("aside", { class: "sidebar", id: "sidebar", "aria-label": "Workspace" });
  head = h("header", { class: "place-head" });
  channel = h("div", { class: "fill" });
  channelPlace = h("div", { class: "fill" }, this.head, this.channel);
  app = h("div", { class: "fill" });
  main = h("main", { class: "main", id: "main" }, this.channelPlace, this.app);
  threadBody = h("div", { class: "fill" });
  modals = h("div", { class: "layer", hidden: true });
  drawer = h("aside", { class: "drawer", id: "drawer", "aria-label": "Sandbox tools", hidden: true });
  notices = h("div", { class: "notices" });

  /** @param {Client} client */
  constructor(client) {
    this.owner = client;
    this.burger = bareButton("menu", "Channels", () => this.toggleSidebar());
    this.burger.classList.add("burger");
    this.burger.setAttribute("aria-controls", "sidebar");
    this.burger.setAttribute("aria-expanded", "false");
    this.threadPanel = this.#thread();
    const veil = h("div", { class: "veil", on: { click: () => this.closeSidebar() } });
    this.client = h("div", { class: "client" }, this.sidebar, veil, this.main, this.threadPanel);
    this.bar = h("header", { class: "topbar" }, this.burger, this.who, this.status, this.tools);
    document.body.replaceChildren(
      this.#skip(),
      this.bar,
      h("div", { class: "stage" }, h("div", { class: "pane" }, this.client, this.modals), this.drawer),
      this.notices,
    );
    document.addEventListener("keydown", (event) => this.key(event));
    this.show("none");
  }

  #thread() {
    return h(
      "aside",
      {
        class: "thread",
        "aria-label": "Thread",
        hidden: true,
        on: { keydown: (e) => e.key === "Escape" && this.closeThread() },
      },
      h(
        "header",
        { class: "place-head" },
        h("h2", { class: "place-title" }, "Thread"),
        bareButton("close", "Close the thread", () => this.closeThread()),
      ),
      this.threadBody,
    );
  }

  #skip() {
    /** @param {Event} event */
    const click = (event) => {
      event.preventDefault();
      this.main.querySelector("textarea")?.focus();
    };
    return h("a", { class: "skip", href: "#main", on: { click } }, "Skip to the messages");
  }

  /**
   * F6 goes round the regions of the page, as in Slack.
   *
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (event.key === "Escape" && document.body.classList.contains("with-sidebar")) this.closeSidebar();
    if (event.key !== "F6") return;
    event.preventDefault();
    const modal = !this.modals.hidden;
    const all = [this.bar, ...(modal ? [this.modals] : [this.sidebar, this.main, this.threadPanel]), this.drawer];
    const shown = all.filter((region) => focusable(region).length);
    const at = shown.findIndex((region) => region.contains(document.activeElement));
    const next = shown.at((at + (event.shiftKey ? -1 : 1) + shown.length) % shown.length);
    if (next) (next.querySelector("textarea") ?? focusable(next)[0])?.focus();
  }

  /**
   * Show the place of a channel, or the app's.
   *
   * @param {Place["kind"]} kind
   */
  show(kind) {
    this.channelPlace.hidden = kind !== "channel";
    this.app.hidden = kind !== "app";
  }

  drawStatus() {
    const { status, state } = this.owner;
    const connected = state.sockets || state.app.http;
    const words = STATUS[status] ?? (connected ? "App connected" : "No socket open");
    const tone = status !== "open" ? "bad" : connected ? "good" : "busy";
    if (this.status.dataset.words === words) return;
    this.status.dataset.words = words;
    this.status.className = `connection connection-${tone}`;
    this.status.title = connected ? "" : "The app has neither a Socket Mode connection nor a request URL";
    this.status.replaceChildren(
      h("span", { class: "light", "aria-hidden": "true" }),
      h("span", { class: "connection-words" }, words),
    );
  }

  toggleSidebar() {
    const open = document.body.classList.toggle("with-sidebar");
    this.burger.setAttribute("aria-expanded", String(open));
    if (open) focusable(this.sidebar)[0]?.focus();
  }

  closeSidebar() {
    const was = document.body.classList.contains("with-sidebar");
    document.body.classList.remove("with-sidebar");
    this.burger.setAttribute("aria-expanded", "false");
    if (was) this.burger.focus();
  }

  closeThread() {
    this.owner.openThread(null);
    this.main.querySelector("textarea")?.focus();
  }
}
