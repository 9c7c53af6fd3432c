// What can go wrong, at the press of a button: in Slack, in the cloud, and with the people and the clock.

import { post, read } from "./api.js";
import { cloudPanel } from "./cloud.js";
import { faultButton, labelled, toolSection } from "./controls.js";
import { debounced, h, icon, sync } from "./dom.js";

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
const KINDS = { calls: "For the next calls of the Web API", events: "For the next events", now: "At once" };
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

/** The panel of the drawer in which things are broken. */
export class Faults {
  constructor(client, clock, page) {
    Object.assign(this, {
      client,
      clock,
      title: "Break things",
      icon: "flask",
      hint: "Faults, forged requests, and the clock",
    });
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
    this.cloud = page.cloud ? cloudPanel(client) : null;
    this.refresh = debounced(() => this.load(), 120);
    this.node = h(
      "div",
      { class: "faults" },
      clock.node,
      toolSection(
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
      ),
      this.cloud?.node ?? null,
      toolSection(
        "Forged requests",
        h("p", { class: "hint" }, "Requests that the app must refuse. They need an app that listens on a request URL."),
        h(
          "div",
          { class: "row row-wrap" },
          Object.entries(FORGERIES).map(([name, words]) =>
            h("button", { type: "button", class: "btn btn-small", on: { click: () => this.forge(name) } }, words),
          ),
        ),
        this.answer,
      ),
    );
  }

  opened() {
    this.refresh();
    this.cloud?.refresh();
  }

  async load() {
    const { client } = this;
    const answer = await client.ask(read("faults"));
    if (!answer) return;
    const { faults, kinds, waiting } = answer;
    const groups = Object.entries(KINDS).map(([kind, title]) => ({
      key: kind,
      sig: faults,
      make: () =>
        h(
          "div",
          null,
          h("h4", null, title),
          h(
            "div",
            { class: "fault-grid" },
            Object.entries(faults)
              .filter(([name]) => kinds[name] === kind)
              .map(([name, line]) => faultButton(TITLES[name] ?? name, line, () => this.strike(name, kind))),
          ),
        ),
    }));
    sync(this.list, groups);
    const rows = waiting.map((f, i) => ({
      key: `${f.name}-${i}`,
      sig: f,
      make: () =>
        h(
          "li",
          null,
          h("strong", null, TITLES[f.name] ?? f.name),
          ` · next ${f.times} · ${f.name.startsWith("events") ? "events" : (METHODS[f.method] ?? f.method)}`,
        ),
    }));
    const clear = {
      key: "clear",
      sig: 0,
      make: () =>
        h(
          "li",
          null,
          h(
            "button",
            { type: "button", class: "btn btn-small", on: { click: () => this.clear() } },
            icon("close"),
            "Clear all",
          ),
        ),
    };
    sync(this.waiting, rows.length ? [...rows, clear] : []);
  }

  async strike(name, kind) {
    const details = {};
    if (kind !== "now") details.times = Math.max(1, Number(this.times.value) || 1);
    if (kind === "calls") details.method = this.method.value;
    if (["slow", "events_late"].includes(name)) details.seconds = Number(this.seconds.value) || 0;
    if (name === "ratelimited") details.retry_after = Math.ceil(Number(this.seconds.value) || 1);
    if (name === "error") details.error = this.error.value || "internal_error";
    if (name === "channel_archived") details.channel = this.client.place.id ?? "C00DWHOPS";
    await this.client.ask(post("fault", { name, ...details }));
    await this.load();
  }

  async clear() {
    await this.client.ask(post("fault", { clear: true }));
    await this.load();
  }

  async forge(forgery) {
    const answer = await this.client.ask(
      post("forge", { forgery, payload: { command: "/forged", text: "", user_id: this.client.me } }),
    );
    if (answer)
      this.answer.textContent = `The app answered ${answer.status}${answer.answer ? `: ${answer.answer.slice(0, 200)}` : ""}`;
  }

  draw() {
    this.clock.draw();
    this.refresh();
    this.cloud?.refresh();
  }
}
