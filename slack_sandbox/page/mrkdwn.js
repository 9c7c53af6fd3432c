// Slack's mrkdwn as DOM. What an app should have escaped and didn't is meant to be seen: mentions become pills.

import { h, visible, visibleString } from "./dom.js";
import { emojize } from "./emoji.js";
import { dateOf, fillDate, fullTime } from "./dates.js";

/** @import { Client } from "./client.js" */
/** @import { Child, Text } from "./types.d.ts" */

/** @type {Record<string, string>} */
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/**
 * Return *text* with Slack's three entities decoded, once.
 *
 * @param {string} text
 */
export const decode = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);

/** @param {Text | string | null | undefined} text */
const wordsOf = (text) => decode(typeof text === "string" ? text : (text?.text ?? ""));

/**
 * Return a plain_text object, or text of that kind, as nodes.
 *
 * @param {Text | string | null | undefined} text
 */
export function plainNodes(text) {
  const plain = typeof text === "object" && text?.emoji === false;
  return visible(plain ? wordsOf(text) : emojize(wordsOf(text)));
}

/**
 * Return a plain_text object as a string, for an attribute.
 *
 * @param {Text | string | null | undefined} text
 */
export const plainString = (text) => visibleString(emojize(wordsOf(text)));

/**
 * Return a text object of either kind as nodes.
 *
 * @param {Text} text
 * @param {Client} client
 */
export const textNodes = (text, client) =>
  text.type === "mrkdwn" ? mrkdwn(text.text, client) : [h("span", { class: "plain" }, plainNodes(text))];

/**
 * Return a link, or the text as it stands where the address isn't one that may be opened.
 *
 * @param {string} address
 * @param {string} label
 * @param {string} raw
 */
export function link(address, label, raw) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return visible(raw);
  }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return visible(raw);
  const words = label || address.replace(/^mailto:/, "");
  const props = { href: url.href, target: "_blank", rel: "noopener noreferrer", title: visibleString(address) };
  const posed = words.match(/^(?:https?:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/i);
  const other = posed?.[1] && url.hostname && posed[1].toLowerCase() !== url.hostname;
  const where = other ? h("span", { class: "true-host" }, ` (leads to ${url.hostname})`) : null;
  const shown = h("a", props, h("bdi", null, visible(words)));
  return where ? [shown, where] : [shown];
}

/**
 * Return a person's mention.
 *
 * @param {string} id
 * @param {Client} client
 */
export function userPill(id, client) {
  const person = client.person(id);
  const kind = id === client.me ? "mention mention-me" : "mention";
  const words = person ? visible(client.nameOf(id)) : [id];
  return h(
    "span",
    { class: kind, title: person ? visibleString(person.profile.real_name) : "unknown person" },
    h("bdi", null, "@", words),
  );
}

/**
 * Return a user group's mention.
 *
 * @param {string} id
 * @param {string} label
 * @param {Client} client
 */
export function groupPill(id, label, client) {
  const group = client.state.groups.find((g) => g.id === id);
  const kind = group?.users.includes(client.me) ? "mention mention-me" : "mention";
  const words = group ? `@${group.handle}` : label || `@${id}`;
  return h(
    "span",
    { class: kind, title: visibleString(group?.name ?? "unknown group") },
    h("bdi", null, visible(words)),
  );
}

/**
 * Return a channel's mention; a channel that the viewer can't see has no name.
 *
 * @param {string} id
 * @param {Client} client
 */
export function channelPill(id, client) {
  const channel = client.channel(id);
  if (!channel) return h("span", { class: "mention" }, "🔒 private channel");
  return h(
    "a",
    { class: "mention", href: client.hashOf(id) },
    h("bdi", null, "#", visible(client.channelName(channel))),
  );
}

/**
 * Return the mention of everybody, to be noticed.
 *
 * @param {string} range
 */
export const everyonePill = (range) => h("span", { class: "mention mention-all" }, `@${range}`);

/**
 * Return a moment in the viewer's zone.
 *
 * @param {string | number} ts
 * @param {string} template
 * @param {string} fallback
 * @param {Client} client
 */
export function dateNode(ts, template, fallback, client) {
  const date = dateOf(ts);
  if (Number.isNaN(date.getTime())) return h("span", null, visible(fallback));
  return h(
    "time",
    { datetime: date.toISOString(), title: fullTime(date) },
    visible(fillDate(template, date, client.now())),
  );
}

/**
 * Return what `<…>` stands for: a mention, a date or a link.
 *
 * @param {string} raw
 * @param {Client} client
 * @returns {Child}
 */
function sequence(raw, client) {
  const [, target = "", label = ""] = raw.match(/^<([^|]*)(?:\|([\s\S]*))?>$/) ?? [];
  const words = decode(label);
  const [, user] = target.match(/^@([UW][A-Z0-9]+)$/) ?? [];
  if (user) return userPill(user, client);
  const [, channel] = target.match(/^#([CGD][A-Z0-9]+)$/) ?? [];
  if (channel) return channelPill(channel, client);
  const [, group] = target.match(/^!subteam\^([A-Z0-9]+)$/) ?? [];
  if (group) return groupPill(group, words, client);
  const [, range] = target.match(/^!(channel|here|everyone)$/) ?? [];
  if (range) return everyonePill(range);
  const [, ts, template = "", address] = target.match(/^!date\^(-?\d+)\^([^^]*)(?:\^(.*))?$/) ?? [];
  if (ts) {
    const time = dateNode(ts, decode(template), words, client);
    return address ? link(decode(address), time.textContent, raw) : time;
  }
  if (target.startsWith("!") && label) return visible(words);
  return link(decode(target), emojize(words), decode(raw));
}

// One alternative each: <sequence>, `code`, and the three kinds of emphasis, which start and end at the edge of words.
const TOKEN =
  /(<[^<>\n]+>)|`([^`\n]+)`|(?<![\w*])\*(?!\s)([^*\n]*[^*\s])\*(?![\w*])|(?<![A-Za-z0-9_])_(?!\s)([^_\n]*[^_\s])_(?![A-Za-z0-9_])|(?<![\w~])~(?!\s)([^~\n]*[^~\s])~(?![\w~])/g;

/** @param {string} text */
const plain = (text) => (text ? visible(emojize(decode(text))) : []);

/**
 * @param {string} text
 * @param {Client} client
 */
function inline(text, client) {
  /** @type {Child[]} */
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    nodes.push(...plain(text.slice(end, match.index)));
    const [all, sent, code, bold, italic, strike = ""] = match;
    if (sent !== undefined) nodes.push(sequence(sent, client));
    else if (code !== undefined) nodes.push(h("code", null, codeNodes(code, client)));
    else if (bold !== undefined) nodes.push(h("strong", null, inline(bold, client)));
    else if (italic !== undefined) nodes.push(h("em", null, inline(italic, client)));
    else nodes.push(h("s", null, inline(strike, client)));
    end = match.index + all.length;
  }
  nodes.push(...plain(text.slice(end)));
  return nodes;
}

// Slack's sequences are read before code spans are: a mention inside backticks is still a mention.
/** @type {(text: string, client: Client) => Child[]} */
const codeNodes = (text, client) =>
  text.split(/(<[^<>\n]+>)/).map((part) => (/^<.+>$/.test(part) ? sequence(part, client) : visible(decode(part))));

/**
 * Return an item of a list.
 *
 * @param {string} indent
 * @param {string} bullet
 * @param {Child} content
 */
export const listItem = (indent, bullet, content) =>
  h(
    "div",
    { class: indent.length > 1 ? "mk-item mk-nested" : "mk-item" },
    h("span", { class: "mk-bullet" }, bullet),
    h("div", null, content),
  );

/**
 * Return the lines of *text*: items of lists, and the quotes and paragraphs between them, each a node of its own.
 *
 * @param {string} text
 * @param {Client} client
 */
function lines(text, client) {
  /** @type {{ kind: "item" | "div" | "blockquote", content: Child[] }[]} */
  const parts = [];
  for (const line of text.split("\n")) {
    const [, indent = "", bullet, item = ""] = line.match(/^(\s*)([•◦▪-]|\d{1,3}\.) (.*)$/) ?? [];
    const [, quote] = line.match(/^(?:&gt;|>) ?(.*)$/) ?? [];
    if (bullet !== undefined) {
      parts.push({ kind: "item", content: [listItem(indent, bullet, inline(item, client))] });
      continue;
    }
    const kind = quote === undefined ? "div" : "blockquote";
    const content = inline(quote ?? line, client);
    const last = parts.at(-1);
    if (last?.kind === kind) last.content.push(h("br"), content);
    else parts.push({ kind, content });
  }
  return parts.map(({ kind, content }) => (kind === "item" ? content : h(kind, null, content)));
}

/**
 * Return mrkdwn *text* as nodes.
 *
 * @param {string} text
 * @param {Client} client
 */
export function mrkdwn(text, client) {
  /** @type {Child[]} */
  const nodes = [];
  text.split(/```\n?([\s\S]*?)\n?```/).forEach((part, i) => {
    if (i % 2) nodes.push(h("pre", { tabindex: "0" }, codeNodes(part, client)));
    else if (part && (part.trim() || i === 0))
      nodes.push(...lines(part.replace(i ? /^\n/ : "", "").replace(/\n$/, ""), client));
  });
  return [h("div", { class: "mrkdwn" }, nodes)];
}
