// Menus under a button. Arrow keys go through them; Escape closes them, and the focus goes back to the button.

import { h } from "./dom.js";
import { focusable, placeNear } from "./layers.js";

/** @import { MenuItem } from "./types.d.ts" */

/** The menus that are open, by their button. @type {WeakMap<HTMLElement, Menu>} */
const OPEN = new WeakMap();

class Menu {
  /**
   * @param {HTMLElement} anchor
   * @param {(MenuItem | HTMLElement)[]} items
   * @param {string} label
   */
  constructor(anchor, items, label) {
    this.anchor = anchor;
    this.node = h(
      "div",
      {
        class: "menu",
        role: "menu",
        "aria-label": label,
        on: {
          keydown: (event) => this.#key(event),
          click: (event) => event.target instanceof Element && event.target.closest("a") && this.close(true),
          submit: () => this.close(true),
        },
      },
      items.map((item) => (item instanceof HTMLElement ? item : this.#item(item))),
    );
  }

  open() {
    document.body.append(this.node);
    OPEN.set(this.anchor, this);
    placeNear(this.node, this.anchor);
    this.anchor.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.#outside, true);
    (this.#choices()[0] ?? focusable(this.node)[0])?.focus();
  }

  /** @param {boolean} focus whether the focus goes back to the button */
  close(focus) {
    this.node.remove();
    OPEN.delete(this.anchor);
    this.anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.#outside, true);
    if (focus && this.anchor.isConnected) this.anchor.focus();
  }

  /** @param {PointerEvent} event */
  #outside = ({ target }) => {
    if (target instanceof Node && !this.node.contains(target) && !this.anchor.contains(target)) this.close(false);
  };

  /** @param {MenuItem} item */
  #item({ label, detail, run }) {
    const click = () => {
      this.close(true);
      run();
    };
    return h(
      "button",
      { type: "button", class: "menu-item", role: "menuitem", tabindex: "-1", on: { click } },
      h("span", { class: "menu-label" }, label),
      detail ? h("span", { class: "menu-detail" }, detail) : null,
    );
  }

  #choices() {
    return [...this.node.querySelectorAll("[role=menuitem]")].filter((one) => one instanceof HTMLElement);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      this.close(true);
      return;
    }
    if (event.target instanceof HTMLInputElement) return;
    const all = this.#choices();
    const at = all.findIndex((one) => one === document.activeElement);
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length)?.focus();
  }
}

/**
 * Open a menu under *anchor*, or close the one that is open there; *items* may have nodes that aren't items.
 *
 * @param {HTMLElement} anchor
 * @param {(MenuItem | HTMLElement)[]} items
 * @param {string} label
 */
export function openMenu(anchor, items, label) {
  const open = OPEN.get(anchor);
  if (open) open.close(true);
  else new Menu(anchor, items, label).open();
}
