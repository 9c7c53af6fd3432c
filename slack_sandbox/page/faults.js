// What can go wrong, at the press of a button: in Slack, in the cloud, and with the people and the clock.

import { post, read } from "./api.js";
import { CloudPanel } from "./cloud.js";
import { faultButton, labelled, showWaiting, smallButton, toolSection } from "./controls.js";
import { debounced, h, sync } from "./dom.js";

/** @import { Client } from "./client.js" */
/** @import { Clock } from "./clock.js" */
/** @import { FaultKind, PageFacts, Panel, SlackFaults } from "./types.d.ts" */

/** @type {Record<string, string>} */
const METHODS = {
  "*": "any method",
  "chat.postMessage": "chat.postMessage",
  "chat.update": "chat.update",
  "chat.postEphemeral": "chat.postEphemeral",
  "views.open": "views.open",
  "views.update": "views.update",
  "views.publish": "views.publish",
  "users.info": "users.info",
  response_url: "response URLs",
};
const FORGERIES = {
  stale: "Signed 301 s ago",
  future: "Signed 301 s ahead",
  bad_signature: "A wrong signature",
  wrong_secret: "Somebody else's secret",
  unsigned: "No signature",
  bad_timestamp: "No time",
  replayed: "The last request again",
};
/** @type {[FaultKind, string][]} */
const KINDS = [
  ["calls", "For the next calls of the Web API"],
  ["events", "For the next events"],
  ["now", "At once"],
];
/** @type {Record<string, string>} */
const TITLES = {
  ratelimited: "Rate limited",
  error_500: "Error 500",
  error_503: "Error 503",
  error_502_html: "Error 502",
  slow: "Slow",
  hold: "Hold",
  drop_before: "Drop before",
  drop_after: "Drop after",
  hash_conflict: "Hash conflict",
  error: "Refuse",
  events_late: "Late events",
  events_twice: "Events twice",
  socket_drop: "Drop sockets",
  socket_refresh: "Refresh sockets",
  socket_silence: "Silent sockets",
  release: "Let go",
  message_deleted: "Delete a message",
  channel_archived: "Archive this channel",
};

/**
 * The panel of the drawer in which things are broken.
 *
 * @implements {Panel}
 */
export class Faults {
  title = "Break things";
  /** @type {Panel["icon"]} */
  icon = "flask";
  hint = "Faults, forged requests, and the clock";

  /**
   * @param {Client} client
   * @param {Clock} clock
   * @param {PageFacts} page
   */
  constructor(client, clock, page) {
    this.client = client;
    this.clock = clock;
    this.refresh = debounced(() => this.#load(), 120);
    this.times = h("input", { type: "number", class: "input", min: "1", max: "99", value: "1" });
    this.method = h(
      "select",
      { class: "input" },
      Object.entries(METHODS).map(([value, label]) => h("option", { value }, label)),
    );
    this.seconds = h("input", { type: "number", class: "input", min: "0", max: "600", step: "0.5", value: "5" });
    this.error = h("input", { type: "text", class: "input", value: "internal_error", spellcheck: "false" });
    this.waiting = h("ul", { class: "pending", "aria-label": "Faults that wait", "aria-live": "polite" });
    this.list = h("div");
    this.answer = h("p", { class: "hint", role: "status" });
    this.cloud = page.cloud ? new CloudPanel(client) : null;
    this.node = h("div", { class: "faults" }, clock.node, this.#slack());
  }

  #slack() {
    return toolSection(
      "Slack",
      h(
        "div",
        { class: "controls" },
        labelled("Next calls", this.times),
        labelled("Of", this.method),
        labelled("Seconds", this.seconds),
        labelled("Error", this.error),
      ),
      this.waiting,
      this.list,
    );
  }

  #forgeries() {
    return toolSection(
      "Forged requests",
      h("p", { class: "hint" }, "Requests that the app must refuse. They need an app that listens on a request URL."),
      h(
        "div",
        { class: "row row-wrap" },
        Object.entries(FORGERIES).map(([name, words]) => smallButton(words, () => this.#forge(name))),
      ),
      this.answer,
    );
  }

  opened() {
    this.refresh();
    this.cloud?.refresh();
  }

  async #load() {
    const there = await this.client.ask(read("faults"));
    if (!there) return;
    sync(
      this.list,
      KINDS.map(([kind, title]) => ({ key: kind, sig: there.faults, make: () => this.#group(kind, title, there) })),
    );
    const waiting = there.waiting.map(({ name, times, method }) => ({
      name,
      title: TITLES[name] ?? name,
      waitsFor: `next ${times} · ${name.startsWith("events") ? "events" : (METHODS[method] ?? method)}`,
    }));
    showWaiting(this.waiting, waiting, () => this.#clear());
    // Below what was awaited, and not before: nothing moves away under a pointer.
    if (!this.answer.parentElement) this.node.append(this.#forgeries(), ...(this.cloud ? [this.cloud.node] : []));
  }

  /**
   * @param {FaultKind} kind
   * @param {string} title
   * @param {SlackFaults} there
   */
  #group(kind, title, { faults, kinds }) {
    const buttons = Object.entries(faults)
      .filter(([name]) => kinds[name] === kind)
      .map(([name, line]) => faultButton(TITLES[name] ?? name, line, () => this.#strike(name, kind)));
    return h("div", null, h("h4", null, title), h("div", { class: "fault-grid" }, buttons));
  }

  /**
   * @param {string} name
   * @param {FaultKind} kind
   */
  async #strike(name, kind) {
    const { place } = this.client;
    const seconds = Number(this.seconds.value) || 0;
    await this.client.ask(
      post("fault", {
        name,
        ...(kind === "now" ? {} : { times: Math.max(1, Number(this.times.value) || 1) }),
        ...(kind === "calls" ? { method: this.method.value } : {}),
        ...(["slow", "events_late"].includes(name) ? { seconds } : {}),
        ...(name === "ratelimited" ? { retry_after: Math.ceil(seconds || 1) } : {}),
        ...(name === "error" ? { error: this.error.value || "internal_error" } : {}),
        ...(name === "channel_archived" ? { channel: place.kind === "channel" ? place.id : "C00DWHOPS" } : {}),
      }),
    );
    await this.#load();
  }

  async #clear() {
    await this.client.ask(post("fault", { clear: true }));
    await this.#load();
  }

  /** @param {string} forgery */
  async #forge(forgery) {
    const payload = { command: "/forged", text: "", user_id: this.client.me };
    const answer = await this.client.ask(post("forge", { forgery, payload }));
    if (!answer) return;
    const words = answer.answer ? `: ${answer.answer.slice(0, 200)}` : "";
    this.answer.textContent = `The app answered ${answer.status}${words}`;
  }

  draw() {
    this.clock.draw();
    this.opened();
  }
}
