// Blocks, wherever they stand.

import { h, visible, visibleString } from "./dom.js";
import { drawn } from "./fields.js";
import { input } from "./inputs.js";
import { plainNodes, plainString, textNodes } from "./mrkdwn.js";
import { picture } from "./pictures.js";
import { markdown, richText } from "./richtext.js";

/** @import { Client } from "./client.js" */
/** @import { Surface } from "./fields.js" */
/**
 * @import {
 *   ActionsBlock, AlertBlock, Block, BlockNode, CardBlock, ContainerBlock, ContextActionsBlock, ContextBlock, Item,
 *   SectionBlock, TableBlock, TableCell, Text,
 * } from "./types.d.ts"
 */

/**
 * @param {SectionBlock} block
 * @param {Surface} surface
 */
function section(block, surface) {
  const { client } = surface;
  const fields = (block.fields ?? []).map((field) => h("div", { class: "field" }, textNodes(field, client)));
  return h(
    "div",
    { class: "block block-section" },
    h(
      "div",
      { class: "section-main" },
      block.text ? h("div", { class: "section-text" }, textNodes(block.text, client)) : null,
      fields.length ? h("div", { class: "fields" }, fields) : null,
    ),
    block.accessory ? h("div", { class: "accessory" }, drawn(block, block.accessory, surface)) : null,
  );
}

/**
 * @param {ContextBlock} block
 * @param {Surface} surface
 */
function context(block, surface) {
  return h(
    "div",
    { class: "block block-context" },
    block.elements.map((one) =>
      one.type === "image"
        ? picture(one, "tiny")
        : h("span", { class: "context-text" }, textNodes(one, surface.client)),
    ),
  );
}

/**
 * @param {TableCell} one
 * @param {Client} client
 */
function cell(one, client) {
  if (one.type === "rich_text") return richText(one, client);
  return visible(String(one.text ?? one.value ?? ""));
}

/**
 * @param {TableBlock} block
 * @param {Surface} surface
 */
function table(block, surface) {
  /** @param {number} i */
  const align = (i) => {
    const wanted = block.column_settings?.[i]?.align;
    return `cell-${wanted === "center" || wanted === "right" ? wanted : "left"}`;
  };
  /** @type {(tag: "th" | "td") => (cells: TableCell[]) => HTMLElement} */
  const row = (tag) => (cells) =>
    h(
      "tr",
      null,
      cells.map((one, i) => h(tag, { class: align(i), scope: tag === "th" ? "col" : null }, cell(one, surface.client))),
    );
  const [head = [], ...rest] = block.rows;
  return h(
    "div",
    { class: "block block-table", tabindex: "0", role: "group", "aria-label": plainString(block.caption ?? "Table") },
    h("table", null, h("thead", null, row("th")(head)), h("tbody", null, rest.map(row("td")))),
  );
}

/**
 * @param {ContainerBlock} block
 * @param {Surface} surface
 */
function contained(block, surface) {
  const inner = (block.child_blocks ?? block.elements ?? []).map((one) => drawBlock(one, surface));
  const words = block.rich_text_title
    ? richText(block.rich_text_title, surface.client)
    : block.title && textNodes(block.title, surface.client);
  if (!words) return h("div", { class: "block block-container" }, inner);
  const title = h("strong", null, words);
  if (!block.is_collapsible) return h("div", { class: "block block-container" }, title, inner);
  return h(
    "details",
    { class: "block block-container", open: !block.default_collapsed },
    h("summary", null, title),
    inner,
  );
}

/**
 * @param {CardBlock} block
 * @param {Surface} surface
 */
function card(block, surface) {
  /** @type {(part: Text | undefined, kind: string) => HTMLElement | null} */
  const text = (part, kind) => (part ? h("div", { class: kind }, textNodes(part, surface.client)) : null);
  const buttons = (block.actions ?? []).map((one) => drawn(block, one, surface));
  return h(
    "div",
    { class: "block block-container" },
    text(block.title, "card-title"),
    text(block.subtitle, "hint"),
    text(block.body, "card-body"),
    text(block.subtext, "hint"),
    buttons.length ? h("div", { class: "block-actions" }, buttons) : null,
  );
}

/**
 * @param {ActionsBlock | ContextActionsBlock} block
 * @param {Surface} surface
 */
const actions = (block, surface) =>
  h(
    "div",
    { class: "block block-actions" },
    block.type === "actions"
      ? block.elements.map((one) => drawn(block, one, surface))
      : block.elements.map((one) => ("text" in one ? drawn(block, { ...one, type: "button" }, surface) : null)),
  );

/**
 * @param {AlertBlock} block
 * @param {Surface} surface
 */
const alert = (block, surface) =>
  h(
    "div",
    { class: `block block-alert alert-${block.level ?? "default"}`, role: "note" },
    textNodes(block.text, surface.client),
  );

/** @type {Record<1 | 2 | 3 | 4, "h3" | "h4" | "h5" | "h6">} */
const HEADINGS = { 1: "h3", 2: "h4", 3: "h5", 4: "h6" };

/** @param {Block} block */
const unsupported = (block) =>
  h(
    "details",
    { class: "block unsupported" },
    h("summary", null, `A ${visibleString(block.type)} block, not drawn here`),
    h("pre", { tabindex: "0" }, visible(JSON.stringify(block, null, 2))),
  );

/**
 * Return *block* drawn; of a kind that the page doesn't know, its JSON.
 *
 * @param {Block} block
 * @param {Surface} surface
 * @returns {BlockNode}
 */
export function drawBlock(block, surface) {
  switch (block.type) {
    case "section":
      return section(block, surface);
    case "input":
      return input(block, surface);
    case "context":
      return context(block, surface);
    case "table":
    case "data_table":
      return table(block, surface);
    case "card":
      return card(block, surface);
    case "container":
    case "carousel":
      return contained(block, surface);
    case "header":
      return h(HEADINGS[block.level ?? 1], { class: "block block-header" }, plainNodes(block.text));
    case "divider":
      return h("hr", { class: "block block-divider" });
    case "actions":
    case "context_actions":
      return actions(block, surface);
    case "image":
      return h(
        "figure",
        { class: "block block-image" },
        block.title ? h("figcaption", null, plainNodes(block.title)) : null,
        picture(block, "full"),
      );
    case "rich_text":
      return h("div", { class: "block block-rich" }, richText(block, surface.client));
    case "markdown":
      return h("div", { class: "block block-markdown" }, markdown(block.text));
    case "alert":
      return alert(block, surface);
    default:
      return unsupported(block);
  }
}

/**
 * Return the items of `sync` for *blocks*: a block that hasn't changed keeps its node and what was typed in it.
 *
 * @param {Block[]} blocks
 * @param {Surface} surface
 * @returns {Item<Block>[]}
 */
export const blockItems = (blocks, surface) =>
  blocks.map((block) => ({ key: block.block_id, sig: block, make: () => drawBlock(block, surface) }));
