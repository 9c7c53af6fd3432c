// What a change that the live socket pushes makes of the state.

/** @import { Change, Entry, Person, State } from "./types.d.ts" */

/**
 * Bring *state* up to date; return false where the change doesn't say enough, and the whole state has to be asked for.
 *
 * @param {State} state
 * @param {Change} change
 */
export function apply(state, change) {
  switch (change.type) {
    case "message":
      return keepMessage(state, change.channel, { message: change.message, ephemeral: change.ephemeral });
    case "message_deleted":
      removeMessage(state, change.channel, change.ts);
      break;
    case "channel":
    case "group":
      return false;
    case "person":
      keepPerson(state, change.user);
      break;
    case "modals":
      state.modals = change.modals;
      break;
    case "home":
      state.home = change.home;
      break;
    case "notice":
      state.notices.push(change.notice);
      break;
    case "notices_dismissed":
      state.notices = [];
      break;
    case "sockets":
      state.sockets = change.open;
      break;
  }
  return true;
}

/**
 * @param {State} state
 * @param {string} id
 * @param {Entry} entry
 */
function keepMessage(state, id, entry) {
  const messages = state.channels.find((c) => c.id === id)?.messages;
  if (!messages) return false;
  const at = messages.findIndex((m) => m.message.ts === entry.message.ts);
  if (at >= 0) messages[at] = entry;
  else {
    messages.push(entry);
    messages.sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1));
  }
  return true;
}

/**
 * @param {State} state
 * @param {string} id
 * @param {string} ts
 */
function removeMessage(state, id, ts) {
  const channel = state.channels.find((c) => c.id === id);
  if (channel) channel.messages = channel.messages.filter((m) => m.message.ts !== ts);
}

/**
 * @param {State} state
 * @param {Person} person
 */
function keepPerson(state, person) {
  const at = state.people.findIndex((p) => p.id === person.id);
  if (at >= 0) state.people[at] = { ...state.people[at], ...person };
}
