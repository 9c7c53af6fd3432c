// Input blocks: an element with a label, a hint and an error. One that changes keeps what was typed in it.

import { h, icon, newId, visible } from "./dom.js";
import { drawn } from "./fields.js";
import { plainNodes, plainString } from "./mrkdwn.js";
import { isTextInput } from "./textinput.js";

/** @import { Surface } from "./fields.js" */
/** @import { Block, BlockNode, InputBlock } from "./types.d.ts" */

/** What can change in a text input while somebody writes in it. */
const ADOPTED = ["placeholder", "min_length", "max_length"];

/**
 * Return what must be the same in an input's *block* for its node to stay: an initial value is for a new one only.
 *
 * @param {InputBlock} block
 */
function kept(block) {
  const typed = isTextInput(block.element);
  const element = Object.fromEntries(
    Object.entries(block.element).filter(
      ([name]) => !name.startsWith("initial_") && !(typed && ADOPTED.includes(name)),
    ),
  );
  const changing = typed ? { label: 0, optional: 0, hint: Boolean(block.hint) } : {};
  return JSON.stringify({ ...block, element, ...changing });
}

/**
 * Return an input block: its label, its element, its error and its hint.
 *
 * @param {InputBlock} block
 * @param {Surface} surface
 * @returns {BlockNode}
 */
export function input(block, surface) {
  const [labelId, hintId, errorId, inputId] = [newId("label"), newId("hint"), newId("error"), newId("input")];
  const optional = block.optional === true;
  const typed = isTextInput(block.element);
  const described = [block.hint ? hintId : "", errorId].filter(Boolean).join(" ");
  const control = drawn(block, block.element, surface, {
    label: plainString(block.label) + (optional ? " (optional)" : ""),
    labelledBy: typed,
    id: inputId,
    describedBy: described,
    optional,
  });
  const error = h("div", { id: errorId, class: "field-error", "aria-live": "polite" });
  const label = h(typed ? "label" : "div", { id: labelId, class: "input-label", for: typed ? inputId : null });
  const hint = block.hint ? h("div", { id: hintId, class: "hint" }) : null;
  /** @param {InputBlock} one */
  const say = (one) => {
    label.replaceChildren(
      ...plainNodes(one.label),
      ...(one.optional ? [h("span", { class: "optional" }, " (optional)")] : []),
    );
    hint?.replaceChildren(...plainNodes(one.hint));
  };
  say(block);
  const node = h("div", { class: "block block-input" }, label, control, error, hint);
  return Object.assign(node, {
    /** @param {Block} next */
    adopt: (next) => {
      if (next.type !== "input" || kept(next) !== kept(block)) return false;
      say(next);
      if (isTextInput(next.element)) control.adopt?.(next.element, next.optional === true);
      return true;
    },
    /** @param {string | undefined} words */
    showError: (words) => showError(node, error, words ?? ""),
  });
}

/**
 * Show *words* in *error*, the line below the input *node*.
 *
 * @param {HTMLElement} node
 * @param {HTMLElement} error
 * @param {string} words
 */
function showError(node, error, words) {
  if (error.dataset.words === words) return;
  error.dataset.words = words;
  error.replaceChildren(...(words ? [icon("warn"), h("span", null, visible(words))] : []));
  node.classList.toggle("has-error", Boolean(words));
  for (const one of node.querySelectorAll("input, textarea")) {
    if (words) one.setAttribute("aria-invalid", "true");
    else one.removeAttribute("aria-invalid");
  }
}
