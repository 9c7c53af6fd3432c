// Rich text blocks and the markdown block. Rich text parses nothing: each element says what it is.

import { h, visible } from "./dom.js";
import { emojiOf, emojize } from "./emoji.js";
import { channelPill, dateNode, everyonePill, groupPill, link, listItem, userPill } from "./mrkdwn.js";

/** @import { Client } from "./client.js" */
/** @import { Child, RichTextBlock, RichTextLeaf, RichTextList, RichTextPart, Style } from "./types.d.ts" */

/**
 * @param {Child} nodes
 * @param {Style} [style]
 * @returns {HTMLElement}
 */
function styled(nodes, style = {}) {
  /** @type {HTMLElement} */
  let node = h("span", null, nodes);
  if (style.code) node = h("code", null, node);
  if (style.bold) node = h("strong", null, node);
  if (style.italic) node = h("em", null, node);
  if (style.strike) node = h("s", null, node);
  return node;
}

/** @param {string} text */
const broken = (text) =>
  String(text)
    .split("\n")
    .flatMap((line, i) => (i ? [h("br"), ...visible(line)] : visible(line)));

/**
 * @param {RichTextLeaf} element
 * @param {Client} client
 */
function leaf(element, client) {
  switch (element.type) {
    case "text":
      return styled(broken(element.text), element.style);
    case "link":
      return styled(link(element.url, element.text ?? "", element.text ?? element.url), element.style);
    case "user":
      return userPill(element.user_id, client);
    case "usergroup":
      return groupPill(element.usergroup_id, "", client);
    case "channel":
      return channelPill(element.channel_id, client);
    case "broadcast":
      return everyonePill(element.range);
    case "emoji":
      return h("span", { role: "img", "aria-label": element.name }, emojiOf(element));
    case "date":
      return dateNode(element.timestamp, element.format, element.fallback ?? "", client);
    case "color":
      return h("code", null, visible(element.value));
    default:
      return h("span", null, visible(`[${element.type}]`));
  }
}

/** @type {(element: { elements: RichTextLeaf[] }, client: Client) => HTMLElement[]} */
const leaves = (element, client) => element.elements.map((one) => leaf(one, client));

/**
 * @param {RichTextList} element
 * @param {Client} client
 */
function list(element, client) {
  const ordered = element.style === "ordered";
  return h(
    ordered ? "ol" : "ul",
    {
      class: `rt-list rt-indent-${Math.min(element.indent ?? 0, 8)}`,
      start: ordered && element.offset ? String(element.offset + 1) : null,
    },
    element.elements.map((item) => h("li", null, leaves(item, client))),
  );
}

/**
 * @param {RichTextPart} element
 * @param {Client} client
 */
function part(element, client) {
  switch (element.type) {
    case "rich_text_list":
      return list(element, client);
    case "rich_text_quote":
      return h("blockquote", null, leaves(element, client));
    case "rich_text_preformatted":
      return h("pre", { tabindex: "0" }, element.elements.map(preformatted));
    default:
      return h("div", { class: "rt-section" }, leaves(element, client));
  }
}

/** @param {RichTextLeaf} one */
const preformatted = (one) =>
  visible(one.type === "text" ? one.text : one.type === "link" ? (one.text ?? one.url) : "");

/**
 * Return a rich_text block's (or table cell's) content.
 *
 * @param {RichTextBlock} block
 * @param {Client} client
 */
export const richText = (block, client) => block.elements.map((element) => part(element, client));

// --- the markdown block: headings, lists, quotes, code, emphasis, links; tables stay as they were typed

const MARK =
  /`([^`\n]+)`|\*\*(?!\s)([^\n]+?)\*\*|~~([^\n]+?)~~|(?<![\w*])[*_](?!\s)([^*_\n]+?)[*_](?!\w)|\[([^\]\n]+)\]\(([^()\s]+)\)/g;

/**
 * @param {string} text
 * @returns {Child[]}
 */
function marked(text) {
  /** @type {Child[]} */
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    nodes.push(...visible(emojize(text.slice(end, match.index))));
    const [all, code, bold, strike, italic, label = "", url = ""] = match;
    if (code) nodes.push(h("code", null, visible(code)));
    else if (bold) nodes.push(h("strong", null, marked(bold)));
    else if (strike) nodes.push(h("s", null, marked(strike)));
    else if (italic) nodes.push(h("em", null, marked(italic)));
    else nodes.push(...link(url, label, all));
    end = match.index + all.length;
  }
  nodes.push(...visible(emojize(text.slice(end))));
  return nodes;
}

/** @param {string} line */
function markdownLine(line) {
  const [, heading] = line.match(/^#{1,6}\s+(.*)$/) ?? [];
  if (heading !== undefined) return h("p", { class: "md-heading" }, h("strong", null, marked(heading)));
  const [, quote] = line.match(/^>\s?(.*)$/) ?? [];
  if (quote !== undefined) return h("blockquote", null, marked(quote));
  if (/^\s*(?:---+|\*\*\*+)\s*$/.test(line)) return h("hr");
  const [, indent = "", number, item] = line.match(/^(\s*)(?:[-*+]|(\d+\.))\s+(.*)$/) ?? [];
  if (item !== undefined) return listItem(indent, number ?? "•", marked(item));
  return line.trim() ? h("p", null, marked(line)) : null;
}

/**
 * Return a markdown block's text as nodes.
 *
 * @param {string} text
 */
export const markdown = (text) =>
  text
    .split(/```[a-z]*\n?([\s\S]*?)```/)
    .map((piece, i) =>
      i % 2 ? h("pre", { tabindex: "0" }, visible(piece.replace(/\n$/, ""))) : piece.split("\n").map(markdownLine),
    );
