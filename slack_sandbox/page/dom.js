// Building DOM. Text only ever becomes text nodes: nothing here, and nothing that uses it, parses HTML.

/** @import { Child, Item, Props } from "./types.d.ts" */

const SVG = "http://www.w3.org/2000/svg";

// Invisible characters that reorder or hide text; U+200D joins emoji and U+FE0F colours them, so those two stay.
const HIDDEN =
  // oxlint-disable-next-line no-control-regex -- control characters are among what it looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** @param {string} char */
const codePoint = (char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/**
 * Return *text* as nodes in which every hidden character is a visible mark.
 *
 * @param {string} text
 */
export function visible(text) {
  /** @type {(Node | string)[]} */
  const nodes = [];
  let end = 0;
  for (const match of String(text).matchAll(HIDDEN)) {
    if (match.index > end) nodes.push(text.slice(end, match.index));
    nodes.push(h("span", { class: "hidden-char", title: "a hidden character" }, codePoint(match[0])));
    end = match.index + match[0].length;
  }
  nodes.push(String(text).slice(end));
  return nodes.filter((node) => node !== "");
}

/**
 * Return *text* for an attribute (a label, a placeholder), with hidden characters spelt out.
 *
 * @param {string | null | undefined} text
 */
export const visibleString = (text) => String(text ?? "").replace(HIDDEN, (char) => `⟨${codePoint(char)}⟩`);

/**
 * Return a new element. *props*: `on` (event -> listener); where the value is a boolean, an attribute that is there or
 * not; attributes otherwise; null and undefined are left out. *children*: nodes, strings, arrays of those.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props | null} [props]
 * @param {Child[]} children
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  const { on = {}, ...attributes } = props ?? {};
  for (const [event, listener] of Object.entries(on))
    element.addEventListener(event, /** @type {EventListener} */ (listener));
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || typeof value === "object") continue;
    if (name === "value" && "value" in element) element.value = value;
    else if (typeof value === "boolean" && !name.startsWith("aria-")) element.toggleAttribute(name, value);
    else element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {Child[]} children
 */
function append(element, children) {
  for (const child of children)
    if (Array.isArray(child)) append(element, child);
    else if (child !== null && child !== undefined && child !== false) element.append(child);
}

const ICONS = {
  hash: "M7 3 5.5 17M14.5 3 13 17M3.5 7.5h13.5M3 12.5h13.5",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  shared: "M10 3 3 10l3.5 3.5L10 10M10 17l7-7-3.5-3.5L10 10",
  archive: "M3 4h14v4H3zM4.5 8v8h11V8M8 11.5h4",
  home: "M3.5 9.5 10 4l6.5 5.5V16.5h-4.5v-4.5h-4v4.5h-4.5z",
  bubble: "M3.5 4.5h13v9h-7l-3.5 3v-3h-2.5z",
  close: "M5 5l10 10M15 5 5 15",
  menu: "M3 6h14M3 10h14M3 14h14",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 1 0 0-7M10 2v2M10 16v2M2 10h2M16 10h2M4.5 4.5l1.4 1.4M14.1 14.1l1.4 1.4M15.5 4.5l-1.4 1.4M5.9 14.1l-1.4 1.4",
  moon: "M16 12.2A6.8 6.8 0 0 1 7.8 4 6.8 6.8 0 1 0 16 12.2z",
  bolt: "M11 2.5 4.5 11.5h4.5l-.5 6 6.5-9H10.5z",
  exchange: "M3 7h12M12 4l3 3-3 3M17 13H5M8 10l-3 3 3 3",
  flask: "M8 3h4M8.7 3v5L4.2 15.5c-.5 1 .1 1.5 1 1.5h9.6c.9 0 1.5-.5 1-1.5L11.3 8V3M6.5 13h7",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 1 0 0-14M10 6v4l2.8 1.8",
  back: "M12.5 4.5 7 10l5.5 5.5",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  check: "M4 10.5 8 14.5 16 5.5",
  down: "M5 7.5 10 12.5 15 7.5",
  eye: "M2 10c2.5-4 5-5.5 8-5.5s5.5 1.5 8 5.5c-2.5 4-5 5.5-8 5.5S4.5 14 2 10zM10 7.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 1 0 0-4.6",
  send: "M3.5 4 17 10 3.5 16l2-6zM5.5 10H11",
  search: "M8.5 3.5a5 5 0 1 0 0 10 5 5 0 1 0 0-10M12.2 12.2 16.5 16.5",
  reply: "M8 5 3.5 9.5 8 14M4 9.5h7c3 0 5 1.7 5.5 5.5",
  warn: "M10 3 2.5 16.5h15zM10 8v4M10 14.3v.01",
  copy: "M7 7h9v9H7zM4 13V4h9",
  image: "M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 3.5M13 7.5h.01",
};

/** @typedef {keyof typeof ICONS} IconName */

/**
 * Return a small line drawing that says nothing to screen readers.
 *
 * @param {IconName} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({
    viewBox: "0 0 20 20",
    "aria-hidden": "true",
    class: `icon icon-${name}`,
  }))
    svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const FOCUS = "data-focus";

/**
 * What `sync` remembers of a child.
 *
 * @typedef {HTMLElement & { syncKey?: string, syncSig?: string, adopt?(sig: unknown): boolean }} Kept
 */

/**
 * Make *parent*'s children those of *items*, in order. A child whose key and signature are the same stays the very same
 * node, with its focus and what was typed in it; so does one whose `adopt(sig)` takes the new signature on. The others are
 * made again, and focus goes back to the element with the same `data-focus`.
 *
 * @template Sig
 * @param {HTMLElement} parent
 * @param {Item<Sig>[]} items
 */
export function sync(parent, items) {
  const putBack = focusIn(parent);
  const children = /** @type {Kept[]} */ ([...parent.children]);
  const wanted = new Set(items.map((item) => item.key));
  for (const child of children) if (!wanted.has(child.syncKey ?? "")) child.remove();
  const old = new Map(children.map((child) => [child.syncKey, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const before = old.get(item.key);
    const node = current(before, item);
    if (before && node !== before) {
      if (next === before) next = node;
      before.replaceWith(node);
    }
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
  putBack();
}

/**
 * Return the node of *item*: *node*, the one that it has, where that can stay; else a new one.
 *
 * @template Sig
 * @param {Kept | undefined} node
 * @param {Item<Sig>} item
 * @returns {Kept}
 */
function current(node, { key, sig, make }) {
  const syncSig = JSON.stringify(sig);
  if (node && node.syncSig !== syncSig && node.adopt?.(sig)) node.syncSig = syncSig;
  return node?.syncSig === syncSig ? node : Object.assign(make(), { syncKey: key, syncSig });
}

/**
 * Return what gives the focus back to the element of *parent* that has it now, or to the one drawn in its place.
 *
 * @param {HTMLElement} parent
 */
function focusIn(parent) {
  const active = parent.contains(document.activeElement) ? document.activeElement : null;
  const focus = active?.getAttribute(FOCUS);
  const typing = active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement;
  const [start, end] = typing ? [active.selectionStart, active.selectionEnd] : [null, null];
  return () => {
    if (!focus || active?.isConnected) return;
    const target = parent.querySelector(`[${FOCUS}=${CSS.escape(focus)}]`);
    if (!(target instanceof HTMLElement)) return;
    target.focus({ preventScroll: true });
    if (start !== null && (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement))
      target.setSelectionRange(start, end);
  };
}

/**
 * Return a function that calls *task* after *ms* of quiet, with `due()`, and `flush()` to call it now if it is due.
 *
 * @template {unknown[]} Args
 * @template Result
 * @param {(...args: Args) => Result} task
 * @param {number} ms
 */
export function debounced(task, ms) {
  let timer = 0;
  /** @type {Args | null} */
  let waiting = null;
  const run = () => {
    clearTimeout(timer);
    timer = 0;
    const args = waiting;
    waiting = null;
    return args ? task(...args) : undefined;
  };
  /** @param {Args} args */
  const later = (...args) => {
    clearTimeout(timer);
    waiting = args;
    timer = setTimeout(run, ms);
  };
  return Object.assign(later, { due: () => waiting !== null, flush: run });
}

let lastId = 0;

/**
 * Return an id that no other element has.
 *
 * @param {string} prefix
 */
export const newId = (prefix) => `${prefix}-${++lastId}`;
