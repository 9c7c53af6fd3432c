// What Slack's client makes of a line that somebody typed before it sends it.

/** @import { Client } from "./client.js" */

/** @param {string} text */
const escapeText = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * Return *line* as Slack's client sends it: escaped, with names that somebody has as mentions.
 *
 * @param {string} line
 * @param {Client} client
 */
export function outgoing(line, client) {
  const { people, groups } = client.state;
  return escapeText(line)
    .replace(/(^|[\s(])@([\w.-]+)/g, (all, before, name) => {
      const person = people.find((p) => p.name === name);
      const group = groups.find((g) => g.handle === name);
      return person ? `${before}<@${person.id}>` : group ? `${before}<!subteam^${group.id}>` : all;
    })
    .replace(/(^|[\s(])#([\w-]+)/g, (all, before, name) => {
      const channel = client.namedChannels.find((c) => c.name === name);
      return channel ? `${before}<#${channel.id}>` : all;
    });
}
