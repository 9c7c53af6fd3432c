// Rich text blocks and the markdown block. Rich text parses nothing: each element says what it is.

import { h, visible } from "./dom.js";
import { emojiOf, emojize } from "./emoji.js";
import { channelPill, dateNode, everyonePill, groupPill, link, userPill } from "./mrkdwn.js";

function styled(nodes, style = {}) {
  let node = h("span", null, nodes);
  if (style.code) node = h("code", null, node);
  if (style.bold) node = h("strong", null, node);
  if (style.italic) node = h("em", null, node);
  if (style.strike) node = h("s", null, node);
  return node;
}

const broken = (text) =>
  String(text)
    .split("\n")
    .flatMap((line, i) => (i ? [h("br"), ...visible(line)] : visible(line)));

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

const leaves = (element, client) => element.elements.map((one) => leaf(one, client));

function list(element, client) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const props = { class: `rt-list rt-indent-${Math.min(element.indent ?? 0, 8)}` };
  if (tag === "ol" && element.offset) props.start = String(element.offset + 1);
  return h(
    tag,
    props,
    element.elements.map((item) => h("li", null, leaves(item, client))),
  );
}

/** Return a rich_text block's (or table cell's) content. */
export const richText = (block, client) =>
  block.elements.map((element) => {
    switch (element.type) {
      case "rich_text_list":
        return list(element, client);
      case "rich_text_quote":
        return h("blockquote", null, leaves(element, client));
      case "rich_text_preformatted":
        return h(
          "pre",
          { tabindex: "0" },
          element.elements.map((one) => visible(one.text ?? one.url ?? "")),
        );
      default:
        return h("div", { class: "rt-section" }, leaves(element, client));
    }
  });

// --- the markdown block: headings, lists, quotes, code, emphasis, links; tables stay as they were typed

const MARK =
  /`([^`\n]+)`|\*\*(?!\s)([^\n]+?)\*\*|~~([^\n]+?)~~|(?<![\w*])[*_](?!\s)([^*_\n]+?)[*_](?!\w)|\[([^\]\n]+)\]\(([^()\s]+)\)/g;

function marked(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    nodes.push(...visible(emojize(text.slice(end, match.index))));
    const [all, code, bold, strike, italic, label, url] = match;
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

function markdownLine(line) {
  let match;
  if ((match = line.match(/^(#{1,6})\s+(.*)$/)))
    return h("p", { class: "md-heading" }, h("strong", null, marked(match[2])));
  if ((match = line.match(/^>\s?(.*)$/))) return h("blockquote", null, marked(match[1]));
  if (/^\s*(?:---+|\*\*\*+)\s*$/.test(line)) return h("hr");
  if ((match = line.match(/^(\s*)(?:[-*+]|(\d+\.))\s+(.*)$/)))
    return h(
      "div",
      { class: match[1].length > 1 ? "mk-item mk-nested" : "mk-item" },
      h("span", { class: "mk-bullet" }, match[2] ?? "•"),
      h("div", null, marked(match[3])),
    );
  return line.trim() ? h("p", null, marked(line)) : null;
}

/** Return a markdown block's text as nodes. */
export const markdown = (text) =>
  text
    .split(/```[a-z]*\n?([\s\S]*?)```/)
    .map((part, i) =>
      i % 2 ? h("pre", { tabindex: "0" }, visible(part.replace(/\n$/, ""))) : part.split("\n").map(markdownLine),
    );
