// Reactions: the emoji below a message, each a button that adds one's own or takes it back, and a form for another.

import { h, newId } from "./dom.js";
import { emojiOf } from "./emoji.js";

/** @import { Client } from "./client.js" */
/** @import { Message } from "./types.d.ts" */

/**
 * Return the row of reactions, or null where there is none.
 *
 * @param {Client} client
 * @param {string} channel
 * @param {Message} message
 */
export function reactions(client, channel, message) {
  if (!message.reactions?.length) return null;
  const { ts } = message;
  return h(
    "div",
    { class: "reactions" },
    message.reactions.map(({ name, users, count }) => {
      const mine = users.includes(client.state.me);
      const who = users.map((id) => client.nameOf(id)).join(", ");
      const toggle = () => client.act("react", { channel, ts, name, remove: mine });
      return h(
        "button",
        {
          type: "button",
          class: "reaction",
          "aria-pressed": String(mine),
          "aria-label": `${name}, ${count}: ${who}`,
          title: who,
          "data-focus": `${ts}/reaction/${name}`,
          on: { click: toggle },
        },
        emojiOf({ name }),
        ` ${count}`,
      );
    }),
  );
}

/**
 * Return a small form that puts an emoji below a message.
 *
 * @param {Client} client
 * @param {string} channel
 * @param {string} ts
 */
export function askForReaction(client, channel, ts) {
  const id = newId("reaction");
  const input = h("input", {
    id,
    class: "input",
    type: "text",
    placeholder: "eyes",
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = h(
    "form",
    { class: "menu-form" },
    h("label", { for: id }, "React with an emoji"),
    h("div", { class: "row" }, input, h("button", { type: "submit", class: "btn" }, "React")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = input.value.trim().replace(/^:|:$/g, "");
    if (name) client.act("react", { channel, ts, name });
  });
  return form;
}
