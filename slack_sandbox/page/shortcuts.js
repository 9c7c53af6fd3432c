// The app's shortcuts: global ones from the composer, a message's from its own menu.

import { h, newId } from "./dom.js";
import { plainString } from "./mrkdwn.js";

/** @import { Client } from "./client.js" */

/** @typedef {{ channel?: string, ts?: string }} Where a message, or the conversation where one is */

/**
 * Return a small form that runs the shortcut with a callback id on *where*.
 *
 * @param {Client} client
 * @param {Where} where
 */
export function askForShortcut(client, where) {
  const id = newId("shortcut");
  const input = h("input", {
    id,
    class: "input",
    type: "text",
    placeholder: "callback_id",
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = h(
    "form",
    { class: "menu-form" },
    h("label", { for: id }, where.ts ? "Run a message shortcut" : "Run a shortcut"),
    h("div", { class: "row" }, input, h("button", { type: "submit", class: "btn" }, "Run")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) client.act("shortcut", { callback_id: input.value.trim(), ...where });
  });
  return form;
}

/**
 * Return the menu items of the shortcuts that the app names for a message, or for everywhere.
 *
 * @param {Client} client
 * @param {Where} where
 */
export const shortcutsOf = (client, where) =>
  client.state.app.shortcuts
    .filter((s) => s.type === (where.ts ? "message" : "global"))
    .map((s) => ({
      label: plainString(s.name),
      detail: plainString(s.description ?? ""),
      run: () => client.act("shortcut", { callback_id: s.callback_id, ...where }),
    }));
