// Short notices over the page: an app that didn't respond, and what the sandbox refuses.

import { h, icon, sync, visible } from "./dom.js";

/** @import { Client } from "./client.js" */
/** @import { Notice } from "./types.d.ts" */

const TITLE = {
  no_response: "The app didn't respond",
  bad_answer: "The app's answer was no use",
  slackbot: "Slackbot",
  refused: "That can't be done",
};

/**
 * Draw the notices in *root*.
 *
 * @param {Client} client
 * @param {HTMLElement} root
 */
export function drawNotices(client, root) {
  /** @param {Notice} notice */
  const dismiss = (notice) => {
    if (notice.kind === "refused") {
      client.refusals = client.refusals.filter((r) => r.id !== notice.id);
      client.changed();
    } else client.act("dismiss");
  };
  const all = [...client.state.notices, ...client.refusals].slice(-4);
  sync(
    root,
    all.map((notice) => ({
      key: String(notice.id),
      sig: notice.text,
      make: () =>
        h(
          "div",
          { class: `notice notice-${notice.kind}`, role: "alert" },
          icon(notice.kind === "slackbot" ? "bubble" : "warn"),
          h(
            "div",
            { class: "notice-words" },
            h("strong", null, TITLE[notice.kind] ?? "Notice"),
            h("p", null, visible(notice.text)),
            notice.about && !notice.text.startsWith(notice.about) ? h("small", null, visible(notice.about)) : null,
          ),
          h(
            "button",
            { type: "button", class: "btn-bare", "aria-label": "Dismiss", on: { click: () => dismiss(notice) } },
            icon("close"),
          ),
        ),
    })),
  );
}
