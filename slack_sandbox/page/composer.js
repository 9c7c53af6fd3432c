// Where people write: messages, and slash commands with completion.

import { h, icon, newId, visibleString } from "./dom.js";
import { openMenu } from "./layers.js";
import { askForShortcut, namedShortcuts } from "./shortcuts.js";

const MOST_SUGGESTIONS = 8;
const escapeText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A text field that sends on Enter and breaks the line on Shift+Enter. */
export class Composer {
  constructor(client) {
    Object.assign(this, { client, channel: null, thread: null, found: [], active: 0, drafts: new Map(), start: 0 });
    const listId = newId("suggestions");
    this.text = h("textarea", {
      rows: "1",
      "aria-label": "Message",
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      "aria-controls": listId,
      autocomplete: "off",
      "data-focus": "composer",
    });
    this.list = h("div", {
      id: listId,
      class: "suggestions",
      role: "listbox",
      "aria-label": "Suggestions",
      hidden: true,
    });
    this.bolt = h(
      "button",
      {
        type: "button",
        class: "btn-bare",
        "aria-label": "Shortcuts and commands",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        on: { click: () => this.menu() },
      },
      icon("bolt"),
    );
    this.sendButton = h("button", { type: "submit", class: "btn-send", "aria-label": "Send" }, icon("send"));
    this.node = h(
      "form",
      { class: "composer" },
      this.list,
      h("div", { class: "composer-box" }, this.bolt, this.text, this.sendButton),
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("blur", () => this.suggest([]));
  }

  /** Write to *channel*, or to its thread *root*. */
  draw(channel, root) {
    const key = `${channel.id}/${root ?? ""}`;
    if (key !== this.conversation) {
      if (this.conversation) this.drafts.set(this.conversation, this.text.value);
      this.conversation = key;
      this.text.value = this.drafts.get(key) ?? "";
      this.resize();
    }
    this.channel = channel;
    this.thread = root;
    const name = (channel.is_im ? "@" : "#") + visibleString(this.client.channelName(channel));
    const words = root ? "Reply…" : `Message ${name}, or type / for a command`;
    this.text.placeholder = words;
    this.text.setAttribute("aria-label", root ? "Reply in thread" : `Message ${name}`);
    this.bolt.hidden = Boolean(root);
  }

  typed() {
    this.resize();
    this.sendButton.classList.toggle("ready", Boolean(this.text.value.trim()));
    const before = this.text.value.slice(0, this.text.selectionStart);
    const word = before.match(/(?:^|\s)([@#/][\w.-]*)$/)?.[1] ?? "";
    this.start = before.length - word.length;
    this.suggest(this.suggestions(word));
  }

  suggestions(word) {
    const { client } = this;
    const wanted = word.slice(1).toLowerCase();
    const fits = (name) => name.toLowerCase().startsWith(wanted);
    if (word[0] === "/" && this.start === 0 && !this.thread)
      return (client.state.app.commands ?? [])
        .filter((c) => fits(c.slice(1)))
        .map((c) => ({ text: c, detail: client.state.app.name }));
    if (word[0] === "@")
      return client.state.people
        .filter((p) => fits(p.name) && !p.deleted)
        .map((p) => ({ text: `@${p.name}`, detail: p.profile.real_name }));
    if (word[0] === "#")
      return client.namedChannels.filter((c) => fits(c.name)).map((c) => ({ text: `#${c.name}`, detail: "" }));
    return [];
  }

  suggest(found) {
    this.found = found.slice(0, MOST_SUGGESTIONS);
    this.active = 0;
    this.list.hidden = !this.found.length;
    this.drawSuggestions();
  }

  drawSuggestions() {
    this.list.replaceChildren(
      ...this.found.map((one, i) =>
        h(
          "div",
          {
            id: `${this.list.id}-${i}`,
            role: "option",
            class: i === this.active ? "suggestion active" : "suggestion",
            "aria-selected": String(i === this.active),
            on: {
              pointerdown: (event) => {
                event.preventDefault();
                this.accept(one);
              },
            },
          },
          h("b", null, visibleString(one.text)),
          h("span", { class: "dim" }, visibleString(one.detail)),
        ),
      ),
    );
    if (this.found.length) this.text.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
    else this.text.removeAttribute("aria-activedescendant");
  }

  accept({ text }) {
    const after = this.text.value.slice(this.text.selectionStart);
    const head = `${this.text.value.slice(0, this.start)}${text} `;
    this.text.value = head + after.replace(/^\s/, "");
    this.text.setSelectionRange(head.length, head.length);
    this.text.focus();
    this.typed();
  }

  key(event) {
    if (event.isComposing) return;
    const open = this.found.length > 0;
    const exact = open && this.text.value.slice(this.start) === this.found[this.active].text;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.active = (this.active + (event.key === "ArrowDown" ? 1 : -1) + this.found.length) % this.found.length;
      this.drawSuggestions();
    } else if (open && (event.key === "Tab" || (event.key === "Enter" && !exact)) && !event.shiftKey) {
      event.preventDefault();
      this.accept(this.found[this.active]);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      this.suggest([]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  menu() {
    const commands = (this.client.state.app.commands ?? []).map((c) => ({
      label: c,
      detail: "command",
      run: () => this.fill(`${c} `),
    }));
    openMenu(
      this.bolt,
      [...commands, ...namedShortcuts(this.client, "global"), askForShortcut(this.client, null)],
      "Shortcuts and commands",
    );
  }

  fill(text) {
    this.text.value = text;
    this.text.focus();
    this.typed();
  }

  async send() {
    const line = this.text.value.trim();
    if (!line) return;
    const { client, channel, thread } = this;
    this.text.value = "";
    this.typed();
    const command = line.startsWith("/") && !thread;
    const done = command
      ? await client.act("command", { channel: channel.id, text: line })
      : await client.act("say", {
          channel: channel.id,
          text: this.marked(line),
          ...(thread ? { thread_ts: thread } : {}),
        });
    if (!done && !this.text.value) this.fill(line);
  }

  /** Return *line* as Slack's client sends it: escaped, with names that somebody has as mentions. */
  marked(line) {
    const { state } = this.client;
    return escapeText(line)
      .replace(/(^|[\s(])@([\w.-]+)/g, (all, before, name) => {
        const person = state.people.find((p) => p.name === name);
        const group = state.groups.find((g) => g.handle === name);
        return person ? `${before}<@${person.id}>` : group ? `${before}<!subteam^${group.id}>` : all;
      })
      .replace(/(^|[\s(])#([\w-]+)/g, (all, before, name) => {
        const channel = this.client.namedChannels.find((c) => c.name === name);
        return channel ? `${before}<#${channel.id}>` : all;
      });
  }

  resize() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 180)}px`;
  }
}
