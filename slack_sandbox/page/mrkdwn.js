// Slack's mrkdwn as DOM. What an app should have escaped and didn't is meant to be seen: mentions become pills.

import { h, visible, visibleString } from "./dom.js";
import { emojize } from "./emoji.js";
import { dateOf, fillDate, fullTime } from "./dates.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** Return *text* with Slack's three entities decoded, once. */
export const decode = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

/** Return a plain_text object, or text of that kind, as nodes. */
export function plainNodes(text) {
  const words = decode(typeof text === "string" ? text : (text?.text ?? ""));
  return visible(text?.emoji === false ? words : emojize(words));
}

/** Return a plain_text object as a string, for an attribute. */
export const plainString = (text) =>
  visibleString(emojize(decode(typeof text === "string" ? text : (text?.text ?? ""))));

/** Return a text object of either kind as nodes. */
export const textNodes = (text, client) =>
  text.type === "mrkdwn" ? mrkdwn(text.text, client) : [h("span", { class: "plain" }, plainNodes(text))];

/** Return a link, or the text as it stands where the address isn't one that may be opened. */
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
  const other = posed && url.hostname && posed[1].toLowerCase() !== url.hostname;
  const where = other ? h("span", { class: "true-host" }, ` (leads to ${url.hostname})`) : null;
  return [h("a", props, h("bdi", null, visible(words))), where].filter(Boolean);
}

/** Return a person's mention. */
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

/** Return a user group's mention. */
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

/** Return a channel's mention; a channel that the viewer can't see has no name. */
export function channelPill(id, client) {
  const channel = client.channel(id);
  if (!channel) return h("span", { class: "mention" }, "🔒 private channel");
  return h(
    "a",
    { class: "mention", href: client.hashOf(id) },
    h("bdi", null, "#", visible(client.channelName(channel))),
  );
}

/** Return the mention of everybody, to be noticed. */
export const everyonePill = (range) => h("span", { class: "mention mention-all" }, `@${range}`);

/** Return a moment in the viewer's zone. */
export function dateNode(ts, template, fallback, client) {
  const date = dateOf(ts);
  if (Number.isNaN(date.getTime())) return h("span", null, visible(fallback));
  return h(
    "time",
    { datetime: date.toISOString(), title: fullTime(date) },
    visible(fillDate(template, date, client.now())),
  );
}

function sequence(raw, client) {
  const [, target, label = ""] = raw.match(/^<([^|]*)(?:\|([\s\S]*))?>$/);
  const words = decode(label);
  let match;
  if ((match = target.match(/^@([UW][A-Z0-9]+)$/))) return userPill(match[1], client);
  if ((match = target.match(/^#([CGD][A-Z0-9]+)$/))) return channelPill(match[1], client);
  if ((match = target.match(/^!subteam\^([A-Z0-9]+)$/))) return groupPill(match[1], words, client);
  if ((match = target.match(/^!(channel|here|everyone)$/))) return everyonePill(match[1]);
  if ((match = target.match(/^!date\^(-?\d+)\^([^^]*)(?:\^(.*))?$/))) {
    const time = dateNode(match[1], decode(match[2]), words, client);
    return match[3] ? [link(decode(match[3]), time.textContent, raw)] : time;
  }
  if (target.startsWith("!") && label) return visible(words);
  return link(decode(target), emojize(words), decode(raw));
}

// One alternative each: <sequence>, `code`, and the three kinds of emphasis, which start and end at the edge of words.
const TOKEN =
  /(<[^<>\n]+>)|`([^`\n]+)`|(?<![\w*])\*(?!\s)([^*\n]*[^*\s])\*(?![\w*])|(?<![A-Za-z0-9_])_(?!\s)([^_\n]*[^_\s])_(?![A-Za-z0-9_])|(?<![\w~])~(?!\s)([^~\n]*[^~\s])~(?![\w~])/g;

const plain = (text) => (text ? visible(emojize(decode(text))) : []);

function inline(text, client) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    nodes.push(...plain(text.slice(end, match.index)));
    const [all, sent, code, bold, italic, strike] = match;
    if (sent !== undefined) nodes.push(sequence(sent, client));
    else if (code !== undefined) nodes.push(h("code", null, codeNodes(code, client)));
    else if (bold !== undefined) nodes.push(h("strong", null, inline(bold, client)));
    else if (italic !== undefined) nodes.push(h("em", null, inline(italic, client)));
    else nodes.push(h("s", null, inline(strike, client)));
    end = match.index + all.length;
  }
  nodes.push(...plain(text.slice(end)));
  return nodes.flat(Infinity);
}

// Slack's sequences are read before code spans are: a mention inside backticks is still a mention.
const codeNodes = (text, client) =>
  text.split(/(<[^<>\n]+>)/).map((part) => (/^<.+>$/.test(part) ? sequence(part, client) : visible(decode(part))));

function lines(text, client) {
  const parts = [];
  for (const line of text.split("\n")) {
    const quote = line.match(/^(?:&gt;|>) ?(.*)$/);
    const item = line.match(/^(\s*)([•◦▪-]|\d{1,3}\.) (.*)$/);
    const kind = quote ? "quote" : item ? "item" : "line";
    const last = parts.at(-1);
    const content = inline(quote ? quote[1] : item ? item[3] : line, client);
    if (kind === "item")
      parts.push({
        kind,
        node: h(
          "div",
          { class: item[1].length > 1 ? "mk-item mk-nested" : "mk-item" },
          h("span", { class: "mk-bullet" }, item[2] === "-" ? "-" : item[2]),
          h("div", null, content),
        ),
      });
    else if (last?.kind === kind) last.node.append(h("br"), ...content);
    else parts.push({ kind, node: h(kind === "quote" ? "blockquote" : "div", null, content) });
  }
  return parts.map((part) => part.node);
}

/** Return mrkdwn *text* as nodes. */
export function mrkdwn(text, client) {
  const nodes = [];
  text.split(/```\n?([\s\S]*?)\n?```/).forEach((part, i) => {
    if (i % 2) nodes.push(h("pre", { tabindex: "0" }, codeNodes(part, client)));
    else if (part && (part.trim() || i === 0))
      nodes.push(...lines(part.replace(i ? /^\n/ : "", "").replace(/\n$/, ""), client));
  });
  return [h("div", { class: "mrkdwn" }, nodes)];
}
