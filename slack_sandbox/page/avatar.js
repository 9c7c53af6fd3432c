// Who somebody is, at a glance: initials on a colour that belongs to their id, and what kind of account it is.

import { h, icon, visible } from "./dom.js";

/** @import { Client } from "./client.js" */
/** @import { Person } from "./types.d.ts" */

/** @typedef {Pick<Client, "person" | "bot">} Faces */

const COLOURS = 10;

/** @param {string} id */
function colourOf(id) {
  let sum = 7;
  for (const char of id) sum = (sum * 273 + (char.codePointAt(0) ?? 0)) % 9973;
  return sum % COLOURS;
}

/**
 * Return the picture of an account: its initials, or a bolt for an app.
 *
 * @param {Faces} client
 * @param {string} id
 * @param {string} size
 */
export function avatar(client, id, size = "") {
  const person = client.person(id);
  const app = id === client.bot;
  const [first = "", ...others] = (person?.profile.real_name ?? id).split(/\s+/);
  const last = others.at(-1);
  const initials = (last === undefined ? first.slice(0, 2) : first.slice(0, 1) + last.slice(0, 1)).toUpperCase();
  const look = app ? "avatar-app" : `avatar-${colourOf(id)}`;
  return h("span", { class: `avatar ${look} ${size}`, "aria-hidden": "true" }, app ? icon("bolt") : initials);
}

/**
 * Return the words for an account that isn't a full member's, or "".
 *
 * @param {Person | undefined} person
 * @param {string} team
 */
export function accountKind(person, team) {
  if (!person) return "";
  if (person.deleted) return "deactivated";
  if (person.is_bot) return "app";
  if (person.team_id !== team) return "other company";
  if (person.is_restricted) return "guest";
  return "";
}

/**
 * Return somebody's name with the mark of their kind of account.
 *
 * @param {Client} client
 * @param {string} id
 */
export function nameWithKind(client, id) {
  const kind = accountKind(client.person(id), client.state.team.id);
  return [
    h("bdi", { class: "name" }, visible(client.nameOf(id))),
    kind ? h("span", { class: kind === "app" ? "tag" : "tag tag-warn" }, kind.toUpperCase()) : null,
  ];
}
