// Where people write: messages, and slash commands with completion.

import { h, icon, visibleString } from "./dom.js";
import { openMenu } from "./menus.js";
import { outgoing } from "./outgoing.js";
import { askForShortcut, shortcutsOf } from "./shortcuts.js";
import { completions, Suggestions } from "./suggestions.js";

/** @import { Client } from "./client.js" */
/** @import { Channel } from "./types.d.ts" */

const TALLEST = 180; // pixels

/** A text field that sends on Enter and breaks the line on Shift+Enter. */
export class Composer {
  /** @type {Channel | null} */
  #channel = null;
  /** @type {string | null} */
  #thread = null;
  #conversation = "";
  /** What was typed and not sent, by conversation. @type {Map<string, string>} */
  #drafts = new Map();
  #start = 0; // where the word that is being typed begins

  /** @param {Client} client */
  constructor(client) {
    this.client = client;
    this.text = h("textarea", {
      rows: "1",
      "aria-label": "Message",
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      autocomplete: "off",
      "data-focus": "composer",
      on: {
        input: () => this.#typed(),
        keydown: (event) => this.#key(event),
        blur: () => this.suggestions.show([]),
      },
    });
    this.suggestions = new Suggestions(this.text, ({ text }) => this.#accept(text));
    this.bolt = h(
      "button",
      {
        type: "button",
        class: "btn-bare",
        "aria-label": "Shortcuts and commands",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        on: { click: () => this.#menu() },
      },
      icon("bolt"),
    );
    this.sendButton = h("button", { type: "submit", class: "btn-send", "aria-label": "Send" }, icon("send"));
    /** @param {SubmitEvent} event */
    const submit = (event) => {
      event.preventDefault();
      this.#send();
    };
    this.node = h(
      "form",
      { class: "composer", on: { submit } },
      this.suggestions.node,
      h("div", { class: "composer-box" }, this.bolt, this.text, this.sendButton),
    );
  }

  /**
   * Write to *channel*, or to its thread *root*.
   *
   * @param {Channel} channel
   * @param {string | null} root
   */
  draw(channel, root) {
    const key = `${channel.id}/${root ?? ""}`;
    if (key !== this.#conversation) {
      if (this.#conversation) this.#drafts.set(this.#conversation, this.text.value);
      this.#conversation = key;
      this.text.value = this.#drafts.get(key) ?? "";
      this.#resize();
    }
    this.#channel = channel;
    this.#thread = root;
    const name = (channel.is_im ? "@" : "#") + visibleString(this.client.channelName(channel));
    this.text.placeholder = root ? "Reply…" : `Message ${name}, or type / for a command`;
    this.text.setAttribute("aria-label", root ? "Reply in thread" : `Message ${name}`);
    this.bolt.hidden = Boolean(root);
  }

  #typed() {
    this.#resize();
    this.sendButton.classList.toggle("ready", Boolean(this.text.value.trim()));
    const before = this.text.value.slice(0, this.text.selectionStart);
    const word = before.match(/(?:^|\s)([@#/][\w.-]*)$/)?.[1] ?? "";
    this.#start = before.length - word.length;
    this.suggestions.show(completions(this.client, word, this.#start === 0 && !this.#thread));
  }

  /** @param {string} text */
  #accept(text) {
    const after = this.text.value.slice(this.text.selectionStart);
    const head = `${this.text.value.slice(0, this.#start)}${text} `;
    this.text.value = head + after.replace(/^\s/, "");
    this.text.setSelectionRange(head.length, head.length);
    this.text.focus();
    this.#typed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || this.suggestions.key(event, this.text.value.slice(this.#start))) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    }
  }

  #menu() {
    const channel = this.#channel?.id;
    const commands = (this.client.state.app.commands ?? []).map((c) => ({
      label: c,
      detail: "command",
      run: () => this.#fill(`${c} `),
    }));
    openMenu(
      this.bolt,
      [...commands, ...shortcutsOf(this.client, { channel }), askForShortcut(this.client, { channel })],
      "Shortcuts and commands",
    );
  }

  /** @param {string} text */
  #fill(text) {
    this.text.value = text;
    this.text.focus();
    this.#typed();
  }

  async #send() {
    const line = this.text.value.trim();
    const channel = this.#channel?.id;
    if (!line || !channel) return;
    const thread = this.#thread;
    this.text.value = "";
    this.#typed();
    const done =
      line.startsWith("/") && !thread
        ? await this.client.act("command", { channel, text: line })
        : await this.client.act("say", {
            channel,
            text: outgoing(line, this.client),
            ...(thread ? { thread_ts: thread } : {}),
          });
    if (!done && !this.text.value) this.#fill(line);
  }

  #resize() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, TALLEST)}px`;
  }
}
