// The drawer at the right: what goes on behind the screen, and what can be broken.

import { h, icon } from "./dom.js";

/** @import { Panel } from "./types.d.ts" */

/** A panel that one of several buttons opens; Escape closes it. */
export class Drawer {
  /** @type {Panel | null} */
  open = null;
  /** @type {Map<Panel, HTMLElement>} */
  buttons = new Map();

  /**
   * @param {HTMLElement} root
   * @param {Panel[]} panels
   */
  constructor(root, panels) {
    this.root = root;
    this.title = h("h2", { class: "drawer-title" });
    this.body = h("div", { class: "drawer-body" });
    const close = h(
      "button",
      { type: "button", class: "btn-bare", "aria-label": "Close the drawer", on: { click: () => this.toggle(null) } },
      icon("close"),
    );
    root.append(h("header", { class: "drawer-head" }, this.title, close), this.body);
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(null));
    for (const panel of panels) {
      const button = h(
        "button",
        {
          type: "button",
          class: "tool",
          "aria-label": panel.title,
          "aria-expanded": "false",
          "aria-controls": root.id,
          title: panel.hint,
          on: { click: () => this.toggle(this.open === panel ? null : panel) },
        },
        icon(panel.icon),
        h("span", { class: "tool-label" }, panel.title),
      );
      this.buttons.set(panel, button);
    }
  }

  /** @param {Panel | null} panel */
  toggle(panel) {
    const before = this.open;
    this.open = panel;
    this.root.hidden = !panel;
    for (const [one, button] of this.buttons) button.setAttribute("aria-expanded", String(one === panel));
    document.body.classList.toggle("with-drawer", Boolean(panel));
    if (panel) {
      this.title.textContent = panel.title;
      this.body.replaceChildren(panel.node);
      panel.opened();
      this.draw();
    } else if (before) this.buttons.get(before)?.focus();
  }

  draw() {
    this.open?.draw();
  }
}
