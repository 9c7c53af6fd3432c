// The sandbox's clock: it shows what the workspace's time is, and moves it forward.

import { clockTime, fullTime } from "./dates.js";
import { toolSection } from "./controls.js";
import { h, icon } from "./dom.js";

/** @import { Client } from "./client.js" */

/** @type {[string, number][]} */
const STEPS = [
  ["+1 min", 60],
  ["+10 min", 600],
  ["+1 h", 3600],
  ["+8 h", 28_800],
  ["+1 day", 86_400],
];

/** @typedef {ReturnType<typeof clock>} Clock */

/**
 * Return the clock's sign for the top bar, with its section for the drawer.
 *
 * @param {Client} client
 */
export function clock(client) {
  const now = h("time", { class: "clock-now" });
  const full = h("p", { class: "clock-full" });
  const steps = STEPS.map(([label, seconds]) =>
    h("button", { type: "button", class: "btn", on: { click: () => move(seconds) } }, label),
  );
  const node = toolSection(
    "Clock",
    full,
    h("div", { class: "row row-wrap" }, steps),
    h("p", { class: "hint" }, "Reminders, expiry, response URLs and message times follow this clock."),
  );

  /** @param {number} seconds */
  async function move(seconds) {
    const answer = await client.act("clock", { advance: seconds });
    if (answer) client.time.announce(answer.now);
  }

  const draw = () => {
    const time = client.now();
    now.textContent = clockTime(time);
    now.setAttribute("datetime", time.toISOString());
    full.textContent = fullTime(time);
  };
  setInterval(() => client.ready && draw(), 1000);
  return { sign: h("span", { class: "clock", title: "The sandbox's time" }, icon("clock"), now), node, draw };
}
