// Controls that several panels of the drawer have.

import { h, icon, newId, sync, visible } from "./dom.js";

/** @import { Child } from "./types.d.ts" */

/**
 * Return *control*, a number or choice, with its label above it.
 *
 * @param {string} words
 * @param {HTMLElement} control
 */
export function labelled(words, control) {
  const id = newId("control");
  control.id = id;
  return h("div", { class: "labelled" }, h("label", { for: id }, words), control);
}

/**
 * Return a button that breaks something.
 *
 * @param {string} name
 * @param {string} line
 * @param {() => unknown} press
 */
export const faultButton = (name, line, press) =>
  h(
    "button",
    { type: "button", class: "fault", on: { click: press } },
    h("strong", null, visible(name)),
    h("span", null, visible(line)),
  );

/**
 * Return a part of the drawer that can be folded.
 *
 * @param {string} title
 * @param {Child[]} content
 */
export const toolSection = (title, ...content) =>
  h(
    "section",
    { class: "tool-section", "aria-label": title },
    h("details", { open: true }, h("summary", null, h("h3", null, title)), content),
  );

/**
 * Return a small button.
 *
 * @param {Child} words
 * @param {() => unknown} press
 */
export const smallButton = (words, press) =>
  h("button", { type: "button", class: "btn btn-small", on: { click: press } }, words);

/**
 * Show in *list* the faults that wait for their calls: each with its name and what it waits for, and at the end a button
 * that clears them all.
 *
 * @param {HTMLElement} list
 * @param {{ name: string, title: string, waitsFor: string }[]} faults
 * @param {() => unknown} clear
 */
export function showWaiting(list, faults, clear) {
  const rows = faults.map((fault, i) => ({
    key: `${fault.name}-${i}`,
    sig: fault,
    make: () => h("li", null, h("strong", null, fault.title), ` · ${fault.waitsFor}`),
  }));
  const last = { key: "clear", sig: null, make: () => h("li", null, smallButton([icon("close"), "Clear all"], clear)) };
  sync(list, rows.length ? [...rows, last] : []);
}
