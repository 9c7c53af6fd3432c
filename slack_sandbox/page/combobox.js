// One combobox for all ten kinds of select: a field that filters or searches, what is chosen, and a list below it.

import { debounced, h, icon, visibleString } from "./dom.js";
import { Listbox } from "./listbox.js";

/** @import { Choice } from "./types.d.ts" */

const SEARCH_PAUSE = 250;

/**
 * @typedef {object} Options
 * @property {string} label
 * @property {string} [describedBy]
 * @property {string} focusKey
 * @property {string} placeholder
 * @property {boolean} many whether several can be chosen
 * @property {boolean} clearable whether it may be left empty
 * @property {boolean} external whether *offer* asks the app
 * @property {number} least the characters that *offer* needs where it asks the app
 * @property {Choice[]} chosen the items that are chosen now
 * @property {(text: string) => Promise<Choice[]>} offer
 * @property {(items: Choice[]) => unknown} choose gets the items that are chosen from now on
 */

/** A combobox; *root* is its node. */
export class Combobox {
  #asked = 0; // how many lists were asked for: only the last one is shown
  #words = ""; // what was typed to filter

  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.chosen = options.chosen;
    this.chips = h("span", { class: "combo-chips" });
    this.input = this.#field();
    this.clear = h(
      "button",
      {
        type: "button",
        class: "combo-clear",
        "aria-label": `Clear ${options.label}`,
        on: { click: () => this.#take([]) },
      },
      icon("close"),
    );
    this.box = h(
      "div",
      {
        class: options.many ? "combo combo-many" : "combo",
        on: { pointerdown: (event) => this.#pressed(event) },
      },
      this.chips,
      this.input,
      options.clearable && !options.many ? this.clear : null,
      icon("down"),
    );
    this.root = h("div", { class: "combo-root" }, this.box);
    this.list = new Listbox({
      label: options.label,
      many: options.many,
      anchor: this.box,
      input: this.input,
      chosen: (item) => this.#has(item),
      pick: (item) => this.#pick(item),
    });
    this.search = debounced((/** @type {string} */ text) => this.#fill(text), options.external ? SEARCH_PAUSE : 0);
    this.#drawChosen();
  }

  /**
   * Show *next* as chosen, as the server has it, unless somebody is at it.
   *
   * @param {Choice[]} next
   */
  show(next) {
    if (this.root.contains(document.activeElement)) return;
    this.chosen = next;
    this.#drawChosen();
  }

  #field() {
    const { options } = this;
    return h("input", {
      type: "text",
      class: "combo-input",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": options.label,
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-describedby": options.describedBy,
      placeholder: visibleString(options.placeholder),
      "data-focus": options.focusKey,
      on: {
        input: () => this.#typed(),
        click: () => this.#open(),
        blur: () => this.#close(),
        keydown: (event) => this.#key(event),
      },
    });
  }

  /** @param {Choice} item */
  #has(item) {
    return this.chosen.some((c) => c.value === item.value);
  }

  #drawChosen() {
    const { chosen, options, input } = this;
    if (options.many) {
      const remove = (/** @type {Choice} */ item) => this.#take(this.chosen.filter((c) => c !== item));
      this.chips.replaceChildren(...chosen.map((item) => chip(item, remove)));
      input.placeholder = chosen.length ? "" : visibleString(options.placeholder);
      return;
    }
    if (!this.list.isOpen) input.value = visibleString(chosen[0]?.text);
    this.clear.hidden = chosen.length === 0;
  }

  /** @param {Choice[]} next */
  #take(next) {
    this.chosen = next;
    this.#drawChosen();
    this.options.choose(next);
    if (document.activeElement === document.body) this.input.focus();
  }

  /** @param {Choice} item */
  #pick(item) {
    if (!this.options.many) {
      this.#close();
      this.#take([item]);
      return;
    }
    this.input.value = "";
    this.#take(this.#has(item) ? this.chosen.filter((c) => c.value !== item.value) : [...this.chosen, item]);
    this.list.draw();
    if (this.#words) this.#fill((this.#words = ""));
  }

  /**
   * Offer what there is for *text*.
   *
   * @param {string} text
   */
  async #fill(text) {
    if (!this.list.isOpen) return; // somebody took one before the pause after their typing was over
    const { external, least, offer } = this.options;
    const number = ++this.#asked;
    if (external && text.length < least) {
      this.list.say(`Type ${least === 1 ? "a character" : `at least ${least} characters`} to search`);
      this.list.offer([]);
      return;
    }
    if (external) this.list.say("Loading…");
    const found = await offer(text);
    if (number !== this.#asked) return;
    this.list.say(found.length ? "" : "No results");
    this.list.offer(found);
  }

  #open() {
    if (this.list.isOpen) return;
    this.list.open();
    if (!this.options.many) this.input.select();
    this.#words = "";
    this.#fill("");
  }

  #close() {
    if (!this.list.isOpen) return;
    this.list.close();
    this.#asked += 1;
    this.#words = "";
    if (this.options.many) this.input.value = "";
    this.#drawChosen();
  }

  #typed() {
    if (!this.list.isOpen) this.list.open();
    this.#words = this.input.value;
    this.search(this.#words);
  }

  /**
   * A press beside the field opens or closes the list, too.
   *
   * @param {PointerEvent} event
   */
  #pressed(event) {
    if (event.target === this.input || !(event.target instanceof Element) || event.target.closest("button")) return;
    event.preventDefault();
    this.input.focus();
    if (this.list.isOpen) this.#close();
    else this.#open();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { isOpen, active } = this.list;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (isOpen) this.list.move(event.key === "ArrowDown" ? 1 : -1);
        else this.#open();
        break;
      case "Enter":
        event.preventDefault();
        event.stopPropagation();
        if (!isOpen) this.#open();
        else if (active) this.#pick(active);
        break;
      case "Escape":
        if (!isOpen) break;
        event.stopPropagation();
        this.#close();
        break;
      case "Backspace":
        if (this.options.many && !this.input.value && this.chosen.length) this.#take(this.chosen.slice(0, -1));
        break;
    }
  }
}

/**
 * Return one of several items that are chosen, with a button that takes it away.
 *
 * @param {Choice} item
 * @param {(item: Choice) => unknown} remove
 */
function chip(item, remove) {
  const words = visibleString(item.text);
  return h(
    "span",
    { class: "chip" },
    h("bdi", null, words),
    h("button", { type: "button", "aria-label": `Remove ${words}`, on: { click: () => remove(item) } }, icon("close")),
  );
}

/**
 * Return those of *items* that have *text* in their words.
 *
 * @param {Choice[]} items
 * @param {string} text
 */
export const matching = (items, text) => {
  const wanted = text.trim().toLowerCase().replace(/^[@#]/, "");
  return wanted ? items.filter((i) => `${i.text} ${i.detail ?? ""}`.toLowerCase().includes(wanted)) : items;
};
