// The simulated cloud: its clusters and snapshots as they are, and its faults.

import { post, read, remove } from "./api.js";
import { faultButton, labelled, showWaiting, smallButton, toolSection } from "./controls.js";
import { debounced, h, sync, visible } from "./dom.js";

/** @import { Client } from "./client.js" */
/** @import { CloudFault, CloudFaults, Cluster, Snapshot } from "./types.d.ts" */

const MOST_SNAPSHOTS = 6;

/** @type {Record<string, string>} */
const TONE = { AVAILABLE: "good", ACTIVE: "good", CREATING: "busy", UNAVAILABLE: "bad", FAILED: "bad" };

/** @param {string} name */
const spaced = (name) => name.replaceAll("_", " ");

/**
 * @param {HTMLElement} name
 * @param {string} status
 * @param {(string | null | undefined)[]} more
 */
const head = (name, status, ...more) =>
  h(
    "div",
    { class: "cloud-name" },
    name,
    h(
      "span",
      { class: `status status-${TONE[status] ?? "busy"}` },
      visible([status, ...more].filter(Boolean).join(" · ")),
    ),
  );

/**
 * @param {Cluster} cluster
 * @param {(id: string, body: object) => unknown} change
 */
function clusterRow(cluster, change) {
  /** @type {(words: string, body: object) => HTMLElement} */
  const press = (words, body) => smallButton(words, () => change(cluster.id, body));
  const changeable = ["AVAILABLE", "UNAVAILABLE"].includes(cluster.status);
  const buttons = [
    cluster.task_status ? press("Finish its task", { task: null }) : press("Start a restart", { task: "REBOOTING" }),
    cluster.status === "UNAVAILABLE"
      ? press("Repair", { status: "AVAILABLE" })
      : press("Make unavailable", { status: "UNAVAILABLE" }),
  ];
  return h(
    "li",
    null,
    head(h("b", null, h("bdi", null, visible(cluster.name))), cluster.status, cluster.sub_status, cluster.task_status),
    changeable ? h("div", { class: "row row-wrap" }, buttons) : null,
  );
}

/**
 * @param {Snapshot} snapshot
 * @param {(id: string, status: string) => unknown} force
 */
function snapshotRow(snapshot, force) {
  /** @type {(words: string, status: string) => HTMLElement} */
  const press = (words, status) => smallButton(words, () => force(snapshot.id, status));
  const running = snapshot.status === "CREATING";
  return h(
    "li",
    null,
    head(h("bdi", null, visible(snapshot.name)), snapshot.status),
    running ? h("div", { class: "row row-wrap" }, press("Finish", "AVAILABLE"), press("Fail", "UNAVAILABLE")) : null,
  );
}

/** @param {Snapshot[]} snapshots */
const newestFirst = (snapshots) => [...snapshots].sort((a, b) => String(b.started).localeCompare(String(a.started)));

/** The cloud's section of the drawer. */
export class CloudPanel {
  /** @param {Client} client */
  constructor(client) {
    this.client = client;
    this.refresh = debounced(() => this.#load(), 250);
    this.times = h("input", { type: "number", class: "input", min: "1", max: "99", value: "1" });
    this.kind = h("select", { class: "input" }, h("option", { value: "" }, "the usual call"));
    this.clusters = h("ul", { class: "cloud-list" });
    this.snapshots = h("ul", { class: "cloud-list" });
    this.pending = h("ul", { class: "pending", "aria-label": "Cloud faults that wait", "aria-live": "polite" });
    this.faults = h("div", { class: "fault-grid" });
    this.calls = h("p", { class: "hint" });
    this.node = toolSection(
      "The cloud",
      h("h4", null, "Clusters"),
      this.clusters,
      h("h4", null, "Snapshots, the newest first"),
      this.snapshots,
      this.calls,
      h("h4", null, "Faults"),
      h("div", { class: "controls" }, labelled("Next calls", this.times), labelled("Of kind", this.kind)),
      this.pending,
      this.faults,
    );
  }

  /** @param {Promise<unknown>} answer */
  async #act(answer) {
    await this.client.ask(answer);
    await this.#load();
  }

  async #load() {
    const answer = await this.client.ask(
      Promise.all([read("cloud/clusters"), read("cloud/snapshots"), read("cloud/faults"), read("cloud/calls")]),
    );
    if (!answer) return;
    const [{ clusters }, { snapshots }, faults, { counts }] = answer;
    this.#drawWhatThereIs(clusters, snapshots);
    this.#drawFaults(faults);
    const calls = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
    this.calls.textContent = calls.length ? `Calls so far: ${calls.join(", ")}.` : "No calls so far.";
  }

  /**
   * @param {Cluster[]} clusters
   * @param {Snapshot[]} snapshots
   */
  #drawWhatThereIs(clusters, snapshots) {
    /** @type {(id: string, body: object) => unknown} */
    const change = (id, body) => this.#act(post(`cloud/clusters/${encodeURIComponent(id)}`, body));
    /** @type {(id: string, status: string) => unknown} */
    const force = (id, status) => this.#act(post(`cloud/snapshots/${encodeURIComponent(id)}`, { status }));
    sync(
      this.clusters,
      clusters.map((one) => ({ key: one.id, sig: one, make: () => clusterRow(one, change) })),
    );
    sync(
      this.snapshots,
      newestFirst(snapshots)
        .slice(0, MOST_SNAPSHOTS)
        .map((one) => ({ key: one.id, sig: one, make: () => snapshotRow(one, force) })),
    );
  }

  /** @param {CloudFaults} there */
  #drawFaults({ armed, faults, kinds }) {
    if (this.kind.options.length === 1)
      this.kind.append(
        h("option", { value: "any" }, "any call"),
        ...kinds.map((value) => h("option", { value }, value)),
      );
    sync(
      this.faults,
      faults.map((one) => ({
        key: one.name,
        sig: one,
        make: () => faultButton(spaced(one.name), one.line, () => this.#arm(one)),
      })),
    );
    const waiting = armed.map((one) => ({
      name: one.fault,
      title: spaced(one.fault),
      waitsFor: `next ${one.left} · ${one.on}`,
    }));
    showWaiting(this.pending, waiting, () => this.#act(remove("cloud/faults")));
  }

  /** @param {CloudFault} fault */
  #arm({ name, sort }) {
    const times = Math.max(1, Number(this.times.value) || 1);
    const on = this.kind.value && sort !== "twist" ? { on: this.kind.value } : {};
    return this.#act(post("cloud/faults", { fault: name, times, ...on }));
  }
}
