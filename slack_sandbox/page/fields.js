// The elements in blocks: what each is called, what it holds, and what the sandbox is told when somebody uses it.

import { drawElement } from "./elements.js";
import { plainString } from "./mrkdwn.js";
import { picture } from "./pictures.js";

/** @import { Client } from "./client.js" */
/** @import { BlockElement, Control, ControlBlock, ElementState, Field } from "./types.d.ts" */

/**
 * Where blocks stand, and what is called for them there. *where* is what the driver calls the place.
 *
 * @typedef {object} Surface
 * @property {Client} client
 * @property {{ view_id: string } | { channel: string, ts: string }} where
 * @property {(block: string, action: string) => ElementState | undefined} stateOf
 * @property {() => void} [enter] what Enter in a text field does
 */

/** @typedef {Exclude<BlockElement, { type: "image" }>} Interactive */

/**
 * Return the field of *element* in *block* on *surface*; *more* says what differs from the usual.
 *
 * @param {ControlBlock} block
 * @param {Interactive} element
 * @param {Surface} surface
 * @param {Partial<Field>} [more]
 * @returns {Field}
 */
function fieldOf(block, element, surface, more) {
  const { client, where } = surface;
  const inView = "view_id" in where;
  const ids = { ...where, block_id: block.block_id, action_id: element.action_id };
  const dispatch = block.type !== "input" || block.dispatch_action === true;
  /** @param {unknown} value */
  const click = (value) => client.act("click", { ...ids, value });
  const text = block.type === "section" ? block.text : undefined;
  return {
    label: plainString(element.accessibility_label ?? element.placeholder ?? text ?? element.action_id ?? element.type),
    focusKey: `${inView ? where.view_id : where.ts}/${block.block_id}/${element.action_id}`,
    optional: true,
    dispatch,
    state: surface.stateOf(block.block_id, element.action_id),
    press: click,
    choose: click,
    write: (value, enter) => {
      if (inView) return client.act("type", { ...ids, value, enter });
      return enter || !dispatch ? click(value) : undefined;
    },
    search: async (value) => (await client.act("search", { ...ids, value }))?.options ?? [],
    enter: surface.enter,
    ...more,
  };
}

/**
 * Return *element* of *block* drawn; *more* says what of its field differs from the usual.
 *
 * @param {ControlBlock} block
 * @param {BlockElement} element
 * @param {Surface} surface
 * @param {Partial<Field>} [more]
 * @returns {Control}
 */
export function drawn(block, element, surface, more) {
  if (element.type === "image") return picture(element, "thumb");
  /** @type {Control} */
  const node = drawElement(element, fieldOf(block, element, surface, more), surface.client);
  node.control = { block: block.block_id, action: element.action_id };
  node.classList.add("control");
  return node;
}

/**
 * @param {HTMLElement} root
 * @returns {Control[]}
 */
const controlsIn = (root) => [...root.querySelectorAll(".control")].filter((node) => node instanceof HTMLElement);

/**
 * Bring what stands in *root* to the state that the server has.
 *
 * @param {HTMLElement} root
 * @param {Surface} surface
 */
export function showStates(root, surface) {
  for (const { control, showState } of controlsIn(root))
    if (control) showState?.(surface.stateOf(control.block, control.action));
}

/**
 * Send what was typed in *root* and not sent yet.
 *
 * @param {HTMLElement} root
 */
export const flush = (root) => Promise.all(controlsIn(root).map((node) => node.flush?.()));
