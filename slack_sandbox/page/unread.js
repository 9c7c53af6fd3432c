// What somebody hasn't read yet: a dot, or a number where they are called. Kept for as long as the tab lives.

/** @import { Client } from "./client.js" */
/** @import { Channel, Entry } from "./types.d.ts" */

/** @type {(client: Client, channel: Channel) => string} */
const storageKey = (client, channel) => `read/${client.me}/${channel.id}`;
/** @type {(client: Client, channel: Channel) => string} */
const lastRead = (client, channel) => sessionStorage.getItem(storageKey(client, channel)) ?? "0";

/**
 * Return whether a message stands in the channel itself, not in a thread only.
 *
 * @param {Entry} entry
 */
export const inChannel = ({ message }) =>
  !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";

/**
 * Return whether *message* calls this person: by name, by group, everybody, or in a direct conversation.
 *
 * @param {Client} client
 * @param {Channel} channel
 * @param {Entry} entry
 */
function calls(client, channel, { message, ephemeral }) {
  if (message.user === client.me) return false;
  if (channel.is_im || ephemeral) return true;
  const words = JSON.stringify([message.text, message.blocks ?? []]);
  const groups = client.state.groups.filter((g) => g.users.includes(client.me));
  return (
    words.includes(`<@${client.me}`) ||
    words.includes(`"user_id":"${client.me}"`) ||
    /<!(channel|here|everyone)/.test(words) ||
    groups.some((g) => words.includes(`<!subteam^${g.id}`))
  );
}

/**
 * Return `{unread, mentions}` of a channel: whether there is something new, and how many messages call this person.
 *
 * @param {Client} client
 * @param {Channel} channel
 */
export function unread(client, channel) {
  if (!client.joined(channel)) return { unread: false, mentions: 0 };
  const since = lastRead(client, channel);
  const fresh = channel.messages.filter((m) => m.message.ts > since && m.message.user !== client.me);
  const mentions = fresh.filter((m) => calls(client, channel, m)).length;
  return { unread: fresh.some(inChannel) || mentions > 0, mentions };
}

/**
 * Remember that everything in *channel* was seen.
 *
 * @param {Client} client
 * @param {Channel} channel
 */
export function markRead(client, channel) {
  const last = channel.messages.at(-1);
  if (last) sessionStorage.setItem(storageKey(client, channel), last.message.ts);
}
