// The simulated cloud: its clusters and snapshots as they are, and its faults.

import { post, read, remove } from "./api.js";
import { debounced, h, icon, sync, visible } from "./dom.js";
import { faultButton, labelled, toolSection } from "./controls.js";

const TONE = { AVAILABLE: "good", ACTIVE: "good", CREATING: "busy", UNAVAILABLE: "bad", FAILED: "bad" };

function clusterRow(cluster, change) {
  const busy = Boolean(cluster.task_status);
  const press = (words, body) =>
    h("button", { type: "button", class: "btn btn-small", on: { click: () => change(cluster.id, body) } }, words);
  return h(
    "li",
    null,
    h(
      "div",
      { class: "cloud-name" },
      h("b", null, h("bdi", null, visible(cluster.name))),
      h(
        "span",
        { class: `status status-${TONE[cluster.status] ?? "busy"}` },
        visible([cluster.status, cluster.sub_status, cluster.task_status].filter(Boolean).join(" · ")),
      ),
    ),
    !["AVAILABLE", "UNAVAILABLE"].includes(cluster.status)
      ? null
      : h(
          "div",
          { class: "row row-wrap" },
          busy ? press("Finish its task", { task: null }) : press("Start a restart", { task: "REBOOTING" }),
          cluster.status === "UNAVAILABLE"
            ? press("Repair", { status: "AVAILABLE" })
            : press("Make unavailable", { status: "UNAVAILABLE" }),
        ),
  );
}

function snapshotRow(snapshot, force) {
  const press = (words, status) =>
    h("button", { type: "button", class: "btn btn-small", on: { click: () => force(snapshot.id, status) } }, words);
  const running = snapshot.status === "CREATING";
  return h(
    "li",
    null,
    h(
      "div",
      { class: "cloud-name" },
      h("bdi", null, visible(snapshot.name)),
      h("span", { class: `status status-${TONE[snapshot.status] ?? "busy"}` }, visible(snapshot.status)),
    ),
    running ? h("div", { class: "row row-wrap" }, press("Finish", "AVAILABLE"), press("Fail", "UNAVAILABLE")) : null,
  );
}

/** Return the cloud's section: `{node, refresh}`. */
export function cloudPanel(client) {
  const times = h("input", { type: "number", class: "input", min: "1", max: "99", value: "1" });
  const kind = h("select", { class: "input" }, h("option", { value: "" }, "the usual call"));
  const clusters = h("ul", { class: "cloud-list" });
  const snapshots = h("ul", { class: "cloud-list" });
  const pending = h("ul", { class: "pending", "aria-label": "Cloud faults that wait", "aria-live": "polite" });
  const list = h("div", { class: "fault-grid" });
  const calls = h("p", { class: "hint" });
  const node = toolSection(
    "The cloud",
    h("h4", null, "Clusters"),
    clusters,
    h("h4", null, "Snapshots, the newest first"),
    snapshots,
    calls,
    h("h4", null, "Faults"),
    h("div", { class: "controls" }, labelled("Next calls", times), labelled("Of kind", kind)),
    pending,
    list,
  );
  const act = async (answer) => {
    await client.ask(answer);
    await load();
  };
  const change = (id, body) => act(post(`cloud/clusters/${encodeURIComponent(id)}`, body));
  const force = (id, status) => act(post(`cloud/snapshots/${encodeURIComponent(id)}`, { status }));

  async function load() {
    const answer = await client.ask(
      Promise.all(["clusters", "snapshots", "faults", "calls"].map((what) => read(`cloud/${what}`))),
    );
    if (!answer) return;
    const [c, s, f, k] = answer;
    sync(
      clusters,
      c.clusters.map((one) => ({ key: one.id, sig: one, make: () => clusterRow(one, change) })),
    );
    sync(
      snapshots,
      newestFirst(s.snapshots)
        .slice(0, 6)
        .map((one) => ({ key: one.id, sig: one, make: () => snapshotRow(one, force) })),
    );
    if (kind.options.length === 1)
      kind.append(...["any", ...f.kinds].map((value) => h("option", { value }, value === "any" ? "any call" : value)));
    sync(
      list,
      f.faults.map((one) => ({
        key: one.name,
        sig: one,
        make: () => faultButton(one.name.replaceAll("_", " "), one.line, () => act(post("cloud/faults", arm(one)))),
      })),
    );
    const rows = f.armed.map((one, i) => ({
      key: `${one.fault}-${i}`,
      sig: one,
      make: () => h("li", null, h("strong", null, one.fault.replaceAll("_", " ")), ` · next ${one.left} · ${one.on}`),
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
            { type: "button", class: "btn btn-small", on: { click: () => act(remove("cloud/faults")) } },
            icon("close"),
            "Clear all",
          ),
        ),
    };
    sync(pending, rows.length ? [...rows, clear] : []);
    const counts = Object.entries(k.counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
    calls.textContent = counts ? `Calls so far: ${counts}.` : "No calls so far.";
  }

  const arm = (one) => ({
    fault: one.name,
    times: Math.max(1, Number(times.value) || 1),
    ...(kind.value && one.sort !== "twist" ? { on: kind.value } : {}),
  });
  return { node, refresh: debounced(load, 250) };
}

const newestFirst = (snapshots) => [...snapshots].sort((a, b) => String(b.started).localeCompare(String(a.started)));
