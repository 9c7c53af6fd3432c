// Every exchange between Slack and the app, as it went over the wire.

import { read } from "./api.js";
import { asCurl } from "./curl.js";
import { clockSeconds } from "./dates.js";
import { h, icon, sync, visible } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

/** @import { Client } from "./client.js" */
/** @import { Child, Exchange, Item, Panel } from "./types.d.ts" */

const KINDS = { all: "All", "slack->app": "To the app", "app->slack": "From the app", failed: "Failed" };

/** @param {Exchange} e */
const failed = (e) =>
  e.deadline_kept === false || /^(?:[345]\d\d|200 .|timeout|connection_failed|unreachable|fault)/.test(e.status);

/** @param {string | { id: string } | undefined} one */
const idOf = (one) => (typeof one === "object" ? one.id : one);

/**
 * Return in a few words what an exchange is about: who did what where.
 *
 * @param {Exchange} exchange
 * @param {Client} client
 */
function about({ payload, transport }, client) {
  if (!payload || typeof payload !== "object") return "";
  const user = idOf(payload.user) ?? payload.user_id ?? payload.event?.user;
  const channel = idOf(payload.channel) ?? payload.channel_id;
  const known = channel ? client.channel(channel) : null;
  return [
    user && client.person(user) ? client.nameOf(user) : "",
    payload.actions?.[0]?.action_id ??
      payload.action_id ??
      payload.view?.callback_id ??
      payload.callback_id ??
      (transport === "web-api" ? "" : payload.text),
    known ? `#${client.channelName(known)}` : "",
  ]
    .filter((word) => typeof word === "string" && word)
    .join(" · ");
}

/** @param {unknown} value */
function json(value) {
  if (value === null || value === undefined) return h("p", { class: "dim" }, "nothing");
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const pre = h("pre", { class: "json", tabindex: "0" });
  let end = 0;
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null|-?\d+(?:\.\d+)?)\b/g)) {
    const kind = match[2] ? "json-key" : match[1] ? "json-string" : "json-atom";
    const word = match[1] ?? match[0];
    pre.append(...visible(text.slice(end, match.index)), h("span", { class: kind }, visible(word)));
    end = match.index + word.length;
  }
  pre.append(...visible(text.slice(end)));
  return pre;
}

/**
 * The panel of the drawer with the exchanges.
 *
 * @implements {Panel}
 */
export class Inspector {
  title = "Exchanges";
  /** @type {Panel["icon"]} */
  icon = "exchange";
  hint = "Every call between Slack and the app";

  kind = "all";
  words = "";
  /** @type {number | null} */
  chosen = null;
  loaded = false;

  /** @param {Client} client */
  constructor(client) {
    this.client = client;
    this.filter = h("input", {
      class: "input",
      type: "search",
      placeholder: "Filter: method, command, words…",
      "aria-label": "Filter the exchanges",
      on: {
        input: () => {
          this.words = this.filter.value.toLowerCase();
          this.draw();
        },
      },
    });
    this.kinds = h("div", { class: "segments", role: "group", "aria-label": "Which exchanges" });
    this.list = h("ol", { class: "exchanges", "aria-label": "Exchanges, the newest first" });
    this.node = h(
      "div",
      { class: "inspector" },
      h("div", { class: "inspector-tools" }, this.filter, this.kinds),
      this.list,
    );
  }

  async opened() {
    if (this.loaded) return;
    this.loaded = true;
    const answer = await this.client.ask(read("exchanges?limit=500"));
    const live = [...this.client.exchanges.values()];
    this.client.exchanges.clear();
    for (const exchange of [...(answer?.exchanges ?? []), ...live]) this.client.keepExchange(exchange);
    this.draw();
  }

  /** @param {Exchange} e */
  matches(e) {
    if (this.kind === "failed" ? !failed(e) : this.kind !== "all" && e.direction !== this.kind) return false;
    return (
      !this.words ||
      JSON.stringify([e.what, e.status, e.transport, e.payload, e.answer, e.saw]).toLowerCase().includes(this.words)
    );
  }

  draw() {
    this.drawKinds();
    const shown = [...this.client.exchanges.values()]
      .filter((e) => this.matches(e))
      .sort((a, b) => b.id - a.id)
      .slice(0, 200);
    /** @type {Item[]} */
    const rows = shown.map((e) => ({ key: String(e.id), sig: [e, e.id === this.chosen], make: () => this.row(e) }));
    const none = this.client.exchanges.size
      ? "None matches."
      : "Nothing was said yet. Type a command, and see what goes over the wire.";
    sync(this.list, rows.length ? rows : [{ key: "none", sig: none, make: () => h("li", { class: "empty" }, none) }]);
  }

  drawKinds() {
    sync(
      this.kinds,
      Object.entries(KINDS).map(([kind, label]) => ({
        key: kind,
        sig: kind === this.kind,
        make: () =>
          h(
            "button",
            {
              type: "button",
              class: "segment",
              "aria-pressed": String(kind === this.kind),
              "data-focus": `kind/${kind}`,
              on: {
                click: () => {
                  this.kind = kind;
                  this.draw();
                },
              },
            },
            label,
          ),
      })),
    );
  }

  /** @param {Exchange} e */
  row(e) {
    const open = e.id === this.chosen;
    const outward = e.direction === "slack->app";
    const bad = failed(e);
    const head = h(
      "button",
      {
        type: "button",
        class: "exchange-head",
        "aria-expanded": String(open),
        "data-focus": `exchange/${e.id}`,
        on: {
          click: () => {
            this.chosen = open ? null : e.id;
            this.draw();
          },
        },
      },
      h("span", { class: outward ? "way way-out" : "way way-in" }, outward ? "to app" : "from app"),
      h(
        "span",
        { class: "exchange-what" },
        visible(e.what),
        h("small", { class: "exchange-about" }, visible(about(e, this.client))),
      ),
      h("span", { class: bad ? "status status-bad" : "status" }, visible(e.status)),
      h("span", { class: "exchange-ms" }, e.ms === null ? "…" : `${Math.round(e.ms)} ms`),
    );
    return h("li", { class: open ? "exchange open" : "exchange" }, head, open ? this.details(e) : null);
  }

  /** @param {Exchange} e */
  details(e) {
    const late = e.deadline_kept ? "yes" : "no: the app was too late, or didn't answer";
    const deadline = e.deadline_kept === null ? "no deadline" : late;
    /** @type {(name: string, value: Child) => HTMLElement[]} */
    const row = (name, value) => [h("dt", null, name), h("dd", null, value)];
    const label = h("span", null, "Copy as curl");
    const copy = h(
      "button",
      {
        type: "button",
        class: "btn btn-small",
        on: {
          click: async () => {
            await navigator.clipboard.writeText(asCurl(e, location.origin));
            label.textContent = "Copied";
          },
        },
      },
      icon("copy"),
      label,
    );
    return h(
      "div",
      { class: "exchange-details" },
      h(
        "dl",
        { class: "facts" },
        row("When", clockSeconds(new Date(e.at))),
        row("By", e.transport),
        e.proof ? row(e.transport === "socket" ? "Envelope" : "Signature", h("code", null, visible(e.proof))) : null,
        row("Took", e.ms === null ? "still running" : `${e.ms} ms`),
        row("Within 3 s", deadline),
        row("The person saw", e.saw.length ? e.saw.map((s) => h("div", null, mrkdwn(s, this.client))) : "nothing new"),
      ),
      copy,
      h("h3", null, "Payload"),
      json(e.payload),
      h("h3", null, "Answer"),
      json(e.answer),
    );
  }
}
