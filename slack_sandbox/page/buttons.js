// Elements that are pressed: buttons, and the menu behind three dots.

import { h, icon, visibleString } from "./dom.js";
import { ask } from "./layers.js";
import { openMenu } from "./menus.js";
import { plainNodes } from "./mrkdwn.js";

/** @import { Client } from "./client.js" */
/** @import { Button, Confirm, Field, Overflow } from "./types.d.ts" */

/** Whether an app may have *url* opened. @param {string | undefined} url */
const mayOpen = (url) => /^https?:\/\//i.test(url ?? "");

/**
 * Run *action* while *node* shows that it is busy; it can't be pressed twice.
 *
 * @param {HTMLElement} node
 * @param {() => Promise<unknown>} action
 */
async function busy(node, action) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try {
    await action();
  } finally {
    node.removeAttribute("aria-busy");
  }
}

/**
 * Return what a press of *node* does: it asks where the app wants that, opens *url*, and sends *value*.
 *
 * @param {HTMLElement} node
 * @param {{ confirm?: Confirm }} element
 * @param {Field} field
 * @param {Client} client
 */
const pressing =
  (node, element, field, client) =>
  /**
   * @param {string | undefined} url
   * @param {string | null} value
   */
  async (url, value) => {
    if (element.confirm && !(await ask(element.confirm, client))) return;
    if (mayOpen(url)) window.open(url, "_blank", "noopener,noreferrer");
    await busy(node, () => field.press(value));
  };

/**
 * Return a button.
 *
 * @param {Button} element
 * @param {Field} field
 * @param {Client} client
 */
export function button(element, field, client) {
  const look = element.style === "primary" || element.style === "danger" ? `btn btn-${element.style}` : "btn";
  const label = element.accessibility_label ? visibleString(element.accessibility_label) : null;
  const node = h(
    "button",
    { type: "button", class: look, "aria-label": label, "data-focus": field.focusKey },
    plainNodes(element.text),
    mayOpen(element.url) ? icon("send") : null,
  );
  const press = pressing(node, element, field, client);
  node.addEventListener("click", () => press(element.url, null));
  return node;
}

/**
 * Return an overflow menu.
 *
 * @param {Overflow} element
 * @param {Field} field
 * @param {Client} client
 */
export function overflow(element, field, client) {
  const node = h(
    "button",
    {
      type: "button",
      class: "btn btn-icon",
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-focus": field.focusKey,
    },
    icon("more"),
  );
  const press = pressing(node, element, field, client);
  const items = element.options.map((option) => ({
    label: plainNodes(option.text),
    detail: option.description ? plainNodes(option.description) : null,
    run: () => press(option.url, option.value),
  }));
  node.addEventListener("click", () => openMenu(node, items, "More actions"));
  return node;
}
