// What a word that somebody is typing could become: the list above the composer, and the keys that go through it.

import { h, newId, visibleString } from "./dom.js";

/** @import { Client } from "./client.js" */

/** @typedef {{ text: string, detail: string }} Suggestion */

const MOST = 8;

/**
 * Return what *word* could become: a command (where *commands* says that there can be one), a person or a channel.
 *
 * @param {Client} client
 * @param {string} word
 * @param {boolean} commands
 * @returns {Suggestion[]}
 */
export function completions(client, word, commands) {
  const { app, people } = client.state;
  const sign = word.slice(0, 1);
  const wanted = word.slice(1).toLowerCase();
  /** @param {string} name */
  const fits = (name) => name.toLowerCase().startsWith(wanted);
  if (sign === "/" && commands)
    return (app.commands ?? []).filter((c) => fits(c.slice(1))).map((c) => ({ text: c, detail: app.name }));
  if (sign === "@")
    return people
      .filter((p) => fits(p.name) && !p.deleted)
      .map((p) => ({ text: `@${p.name}`, detail: p.profile.real_name }));
  if (sign === "#")
    return client.namedChannels.filter((c) => fits(c.name)).map((c) => ({ text: `#${c.name}`, detail: "" }));
  return [];
}

/** The list of suggestions for *field*; *accept* gets the one that is taken. */
export class Suggestions {
  /** @type {Suggestion[]} */
  #found = [];
  #active = 0;

  /**
   * @param {HTMLTextAreaElement} field
   * @param {(suggestion: Suggestion) => void} accept
   */
  constructor(field, accept) {
    this.field = field;
    this.accept = accept;
    this.node = h("div", {
      id: newId("suggestions"),
      class: "suggestions",
      role: "listbox",
      "aria-label": "Suggestions",
      hidden: true,
    });
    field.setAttribute("aria-controls", this.node.id);
  }

  /** @param {Suggestion[]} found */
  show(found) {
    this.#found = found.slice(0, MOST);
    this.#active = 0;
    this.node.hidden = !this.#found.length;
    this.#draw();
  }

  /**
   * Do what *event* asks of the list, and say whether it asked anything; *typed* is the word that is being typed.
   *
   * @param {KeyboardEvent} event
   * @param {string} typed
   */
  key(event, typed) {
    const active = this.#found[this.#active];
    if (!active) return false;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const takes = event.key === "Tab" || (event.key === "Enter" && typed !== active.text);
    if (step) {
      event.preventDefault();
      this.#active = (this.#active + step + this.#found.length) % this.#found.length;
      this.#draw();
    } else if (takes && !event.shiftKey) {
      event.preventDefault();
      this.accept(active);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.show([]);
    } else return false;
    return true;
  }

  #draw() {
    this.node.replaceChildren(...this.#found.map((one, i) => this.#option(one, i)));
    if (this.#found.length) this.field.setAttribute("aria-activedescendant", this.#idOf(this.#active));
    else this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {number} i */
  #idOf(i) {
    return `${this.node.id}-${i}`;
  }

  /**
   * @param {Suggestion} one
   * @param {number} i
   */
  #option(one, i) {
    /** @param {PointerEvent} event */
    const press = (event) => {
      event.preventDefault(); // the field keeps the focus
      this.accept(one);
    };
    return h(
      "div",
      {
        id: this.#idOf(i),
        role: "option",
        class: i === this.#active ? "suggestion active" : "suggestion",
        "aria-selected": String(i === this.#active),
        on: { pointerdown: press },
      },
      h("b", null, visibleString(one.text)),
      h("span", { class: "dim" }, visibleString(one.detail)),
    );
  }
}
