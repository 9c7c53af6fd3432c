// The frame of the page: top bar, sidebar, the place, the thread beside it, the drawer, and the layers above.

import { h, icon } from "./dom.js";
import { focusable } from "./layers.js";

const STATUS = { connecting: "Connecting…", lost: "The sandbox is gone; trying again…" };

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
  constructor(client) {
    this.owner = client;
    this.sidebar = h("aside", { class: "sidebar", id: "sidebar", "aria-label": "Workspace" });
    this.burger = h(
      "button",
      {
        type: "button",
        class: "btn-bare burger",
        "aria-label": "Channels",
        "aria-controls": "sidebar",
        "aria-expanded": "false",
        on: { click: () => this.toggleSidebar() },
      },
      icon("menu"),
    );
    this.who = h("div", { class: "who" });
    this.status = h("div", { class: "connection", role: "status" });
    this.tools = h("div", { class: "tools", role: "group", "aria-label": "Sandbox tools" });
    this.themeButton = themeButton();
    this.head = h("header", { class: "place-head" });
    this.channel = h("div", { class: "fill" });
    this.channelPlace = h("div", { class: "fill" }, this.head, this.channel);
    this.app = h("div", { class: "fill" });
    this.main = h("main", { class: "main", id: "main" }, this.channelPlace, this.app);
    this.threadBody = h("div", { class: "fill" });
    const closeThread = h(
      "button",
      { type: "button", class: "btn-bare", "aria-label": "Close the thread", on: { click: () => this.closeThread() } },
      icon("close"),
    );
    this.threadPanel = h(
      "aside",
      {
        class: "thread",
        "aria-label": "Thread",
        hidden: true,
        on: { keydown: (e) => e.key === "Escape" && this.closeThread() },
      },
      h("header", { class: "place-head" }, h("h2", { class: "place-title" }, "Thread"), closeThread),
      this.threadBody,
    );
    this.veil = h("div", { class: "veil", on: { click: () => this.closeSidebar() } });
    this.client = h("div", { class: "client" }, this.sidebar, this.veil, this.main, this.threadPanel);
    this.modals = h("div", { class: "layer", hidden: true });
    this.drawer = h("aside", { class: "drawer", id: "drawer", "aria-label": "Sandbox tools", hidden: true });
    this.notices = h("div", { class: "notices" });
    const skip = h(
      "a",
      {
        class: "skip",
        href: "#main",
        on: {
          click: (e) => {
            e.preventDefault();
            this.main.querySelector("textarea:not([hidden])")?.focus();
          },
        },
      },
      "Skip to the messages",
    );
    const bar = h("header", { class: "topbar" }, this.burger, this.who, this.status, this.tools);
    document.body.replaceChildren(
      skip,
      bar,
      h("div", { class: "stage" }, h("div", { class: "pane" }, this.client, this.modals), this.drawer),
      this.notices,
    );
    document.addEventListener("keydown", (event) => this.key(event));
    this.show("nothing yet");
  }

  /** F6 goes round the regions of the page, as in Slack. */
  key(event) {
    if (event.key === "Escape" && document.body.classList.contains("with-sidebar")) this.closeSidebar();
    if (event.key !== "F6") return;
    event.preventDefault();
    const modal = !this.modals.hidden;
    const all = [
      this.who.parentElement,
      ...(modal ? [this.modals] : [this.sidebar, this.main, this.threadPanel]),
      this.drawer,
    ];
    const shown = all.filter((region) => focusable(region).length);
    const at = shown.findIndex((region) => region.contains(document.activeElement));
    const next = shown.at((at + (event.shiftKey ? -1 : 1) + shown.length) % shown.length);
    (next.querySelector("textarea") ?? focusable(next)[0])?.focus();
  }

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
