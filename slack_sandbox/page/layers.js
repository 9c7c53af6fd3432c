// What lies over the page: questions, and what they share with menus and modals. Focus stays inside, and goes back where
// it came from.

import { h, newId } from "./dom.js";
import { plainNodes, textNodes } from "./mrkdwn.js";

/** @import { Client } from "./client.js" */
/** @import { Confirm } from "./types.d.ts" */

const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex="0"]';

/**
 * Return what can take the focus inside *root*, in order.
 *
 * @param {HTMLElement} root
 */
export const focusable = (root) =>
  [...root.querySelectorAll(FOCUSABLE)]
    .filter((e) => e instanceof HTMLElement)
    .filter((e) => e.tabIndex >= 0 && e.getClientRects().length > 0);

/**
 * Keep Tab inside *root*.
 *
 * @param {KeyboardEvent} event
 * @param {HTMLElement} root
 */
export function trapTab(event, root) {
  if (event.key !== "Tab") return;
  const all = focusable(root);
  const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  if (to && (document.activeElement === from || !root.contains(document.activeElement))) {
    event.preventDefault();
    to.focus();
  }
}

/**
 * Put *panel* below (or above) *anchor*, inside the window, at least as wide as *width* where that is given.
 *
 * @param {HTMLElement} panel
 * @param {HTMLElement} anchor
 * @param {{ width?: number }} [size]
 */
export function placeNear(panel, anchor, { width } = {}) {
  const box = anchor.getBoundingClientRect();
  const phone = window.innerWidth < 480;
  if (width) panel.style.width = `${Math.min(Math.max(width, box.width), window.innerWidth - 16)}px`;
  const size = panel.getBoundingClientRect();
  const left = phone ? (window.innerWidth - size.width) / 2 : box.left;
  panel.style.left = `${Math.max(8, Math.min(left, window.innerWidth - size.width - 8))}px`;
  const below = window.innerHeight - box.bottom;
  const above = below < size.height + 12 && box.top > below;
  panel.style.top = `${Math.max(8, above ? box.top - size.height - 4 : Math.min(box.bottom + 4, window.innerHeight - size.height - 8))}px`;
}

/**
 * Ask Slack's confirm object *question*; return whether the answer was yes.
 *
 * @param {Confirm} question
 * @param {Client} client
 * @returns {Promise<boolean>}
 */
export function ask(question, client) {
  const before = document.activeElement;
  const [title, text] = [newId("confirm"), newId("confirm-text")];
  /** @type {PromiseWithResolvers<boolean>} */
  const { promise, resolve } = Promise.withResolvers();
  /** @param {boolean} yes */
  const answer = (yes) => {
    layer.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    resolve(yes);
  };
  const style = question.style === "danger" ? "btn btn-danger" : "btn btn-primary";
  /** @type {(look: string, yes: boolean, words: Confirm["deny"]) => HTMLElement} */
  const button = (look, yes, words) =>
    h("button", { type: "button", class: look, on: { click: () => answer(yes) } }, plainNodes(words));
  const no = button("btn", false, question.deny);
  const box = h(
    "div",
    { class: "dialog", role: "alertdialog", "aria-modal": "true", "aria-labelledby": title, "aria-describedby": text },
    h("h2", { id: title, class: "dialog-title" }, plainNodes(question.title)),
    h("div", { id: text, class: "dialog-text" }, textNodes(question.text, client)),
    h("div", { class: "dialog-buttons" }, no, button(style, true, question.confirm)),
  );
  const layer = h("div", { class: "layer layer-top" }, box);
  layer.addEventListener("keydown", (event) => {
    event.stopPropagation();
    trapTab(event, box);
    if (event.key === "Escape") answer(false);
  });
  layer.addEventListener("pointerdown", (event) => event.target === layer && answer(false));
  document.body.append(layer);
  no.focus();
  return promise;
}
