// The list below a combobox: what can be chosen, which of it the keys point at, and a line that says how it stands.

import { h, icon, newId, visibleString } from "./dom.js";
import { placeNear } from "./layers.js";

/** @import { Choice } from "./types.d.ts" */

/** A list of choices that floats below *anchor*. */
export class Listbox {
  /** @type {Choice[]} */
  #items = [];
  #active = -1;

  /**
   * @param {object} options
   * @param {string} options.label
   * @param {boolean} options.many
   * @param {HTMLElement} options.anchor
   * @param {HTMLElement} options.input the field that has the focus while one chooses here
   * @param {(item: Choice) => boolean} options.chosen says whether an item is chosen
   * @param {(item: Choice) => void} options.pick
   */
  constructor({ label, many, anchor, input, chosen, pick }) {
    this.anchor = anchor;
    this.input = input;
    this.chosen = chosen;
    this.pick = pick;
    this.list = h("div", {
      id: newId("list"),
      class: "combo-list",
      role: "listbox",
      "aria-label": label,
      "aria-multiselectable": many ? "true" : null,
    });
    this.status = h("div", { class: "combo-status", role: "status" });
    this.popup = h(
      "div",
      { class: "combo-popup", on: { pointerdown: (event) => event.preventDefault() } },
      this.status,
      this.list,
    );
    input.setAttribute("aria-controls", this.list.id);
  }

  get isOpen() {
    return this.popup.isConnected;
  }

  /** The item that the keys point at. */
  get active() {
    return this.#items[this.#active];
  }

  open() {
    document.body.append(this.popup);
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.popup.remove();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {string} words */
  say(words) {
    this.status.textContent = words;
    this.status.hidden = !words;
  }

  /**
   * Offer *items*, from the first one that is chosen on.
   *
   * @param {Choice[]} items
   */
  offer(items) {
    this.#items = items;
    this.#active = items.length ? Math.max(0, items.findIndex(this.chosen)) : -1;
    this.draw();
  }

  /**
   * Point at the next item, or at the one before (*step* -1).
   *
   * @param {number} step
   */
  move(step) {
    this.#point(this.#active + step);
  }

  /** @param {number} to */
  #point(to) {
    const { length } = this.#items;
    this.#active = length ? (to + length) % length : -1;
    this.draw();
  }

  draw() {
    let group = "";
    const nodes = this.#items.flatMap((item, i) => {
      const option = this.#option(item, i);
      if (!item.group || item.group === group) return [option];
      group = item.group;
      return [h("div", { class: "combo-group", role: "presentation" }, visibleString(group)), option];
    });
    this.list.replaceChildren(...nodes);
    if (this.active) this.input.setAttribute("aria-activedescendant", this.#idOf(this.#active));
    else this.input.removeAttribute("aria-activedescendant");
    this.list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
    if (this.isOpen) placeNear(this.popup, this.anchor, { width: 260 });
  }

  /** @param {number} i */
  #idOf(i) {
    return `${this.list.id}-${i}`;
  }

  /**
   * @param {Choice} item
   * @param {number} i
   */
  #option(item, i) {
    const chosen = this.chosen(item);
    const on = {
      click: () => this.pick(item),
      pointermove: () => {
        if (i !== this.#active) this.#point(i);
      },
    };
    return h(
      "div",
      {
        id: this.#idOf(i),
        role: "option",
        class: i === this.#active ? "combo-option active" : "combo-option",
        "aria-selected": String(chosen),
        on,
      },
      item.mark?.(),
      h(
        "span",
        { class: "combo-text" },
        h("bdi", null, visibleString(item.text)),
        item.detail ? h("small", null, visibleString(item.detail)) : null,
      ),
      chosen ? icon("check") : null,
    );
  }
}
