// Blocks, wherever they stand. A *surface* says where that is:
//
// `{client, where, stateOf(blockId, actionId), enter()}`; *where* is what the driver calls it: `{view_id}` or
// `{channel, ts}`.

import { h, icon, newId, visible, visibleString } from "./dom.js";
import { drawElement } from "./elements.js";
import { plainNodes, plainString, textNodes } from "./mrkdwn.js";
import { picture } from "./pictures.js";
import { markdown, richText } from "./richtext.js";

/** Return the field of *element* in *block* (see elements.js) on *surface*. */
function fieldOf(block, element, surface, more) {
  const { client, where } = surface;
  const ids = { ...where, block_id: block.block_id, action_id: element.action_id };
  const dispatch = block.type !== "input" || block.dispatch_action === true;
  const click = (value) => client.act("click", { ...ids, value });
  return {
    label: plainString(
      element.accessibility_label ?? element.placeholder ?? block.text ?? element.action_id ?? element.type,
    ),
    focusKey: `${where.view_id ?? where.ts}/${block.block_id}/${element.action_id}`,
    optional: true,
    dispatch,
    state: surface.stateOf(block.block_id, element.action_id),
    press: click,
    choose: click,
    write: (value, enter) => {
      if (where.view_id) return client.act("type", { ...ids, value, enter });
      return enter || !dispatch ? click(value) : undefined;
    },
    search: async (value) => (await client.act("search", { ...ids, value }))?.options ?? [],
    enter: surface.enter,
    ...more,
  };
}

function drawn(block, element, surface, more) {
  const node = drawElement(element, fieldOf(block, element, surface, more), surface.client);
  node.control = { block: block.block_id, action: element.action_id };
  node.classList.add("control");
  return node;
}

function section(block, surface) {
  const { client } = surface;
  const fields = (block.fields ?? []).map((field) => h("div", { class: "field" }, textNodes(field, client)));
  return h(
    "div",
    { class: "block block-section" },
    h(
      "div",
      { class: "section-main" },
      block.text ? h("div", { class: "section-text" }, textNodes(block.text, client)) : null,
      fields.length ? h("div", { class: "fields" }, fields) : null,
    ),
    block.accessory ? h("div", { class: "accessory" }, drawn(block, block.accessory, surface)) : null,
  );
}

/** Return what must be the same in an input's *block* for its node to stay: an initial value is for a new one only. */
function kept(block) {
  const first = Object.entries(block.element).filter(([name]) => !name.startsWith("initial_"));
  const same = { ...block, element: Object.fromEntries(first) };
  if (!block.element.type.endsWith("_input")) return JSON.stringify(same);
  for (const name of ["placeholder", "min_length", "max_length"]) delete same.element[name];
  return JSON.stringify({ ...same, label: 0, optional: 0, hint: Boolean(block.hint) });
}

function input(block, surface) {
  const [labelId, hintId, errorId, inputId] = ["label", "hint", "error", "input"].map(newId);
  const optional = block.optional === true;
  const typed = block.element.type.endsWith("_input");
  const described = [block.hint ? hintId : "", errorId].filter(Boolean).join(" ");
  const control = drawn(block, block.element, surface, {
    label: plainString(block.label) + (optional ? " (optional)" : ""),
    labelledBy: typed,
    id: inputId,
    describedBy: described,
    optional,
  });
  const error = h("div", { id: errorId, class: "field-error", "aria-live": "polite" });
  const label = h(typed ? "label" : "div", { id: labelId, class: "input-label", for: typed ? inputId : null });
  const hint = block.hint ? h("div", { id: hintId, class: "hint" }) : null;
  const say = (one) => {
    label.replaceChildren(
      ...plainNodes(one.label),
      ...(one.optional ? [h("span", { class: "optional" }, " (optional)")] : []),
    );
    hint?.replaceChildren(...plainNodes(one.hint));
  };
  say(block);
  const node = h("div", { class: "block block-input" }, label, control, error, hint);
  node.adopt = (next) => {
    if (kept(next) !== kept(block)) return false;
    say(next);
    control.adopt?.(next.element, next.optional === true);
    return true;
  };
  node.showError = (words) => {
    if (error.dataset.words === (words ?? "")) return;
    error.dataset.words = words ?? "";
    error.replaceChildren(...(words ? [icon("warn"), h("span", null, visible(words))] : []));
    node.classList.toggle("has-error", Boolean(words));
    for (const one of node.querySelectorAll("input, textarea")) {
      if (words) one.setAttribute("aria-invalid", "true");
      else one.removeAttribute("aria-invalid");
    }
  };
  return node;
}

function context(block, surface) {
  return h(
    "div",
    { class: "block block-context" },
    block.elements.map((one) =>
      one.type === "image"
        ? picture(one, "tiny")
        : h("span", { class: "context-text" }, textNodes(one, surface.client)),
    ),
  );
}

function cell(one, client) {
  if (one.type === "rich_text") return richText(one, client);
  return visible(String(one.text ?? one.value ?? ""));
}

function table(block, surface) {
  const align = (i) => `cell-${{ center: "center", right: "right" }[block.column_settings?.[i]?.align] ?? "left"}`;
  const row = (tag) => (cells) =>
    h(
      "tr",
      null,
      cells.map((one, i) => h(tag, { class: align(i), scope: tag === "th" ? "col" : null }, cell(one, surface.client))),
    );
  const [head, ...rest] = block.rows;
  return h(
    "div",
    { class: "block block-table", tabindex: "0", role: "group", "aria-label": plainString(block.caption ?? "Table") },
    h("table", null, h("thead", null, row("th")(head)), h("tbody", null, rest.map(row("td")))),
  );
}

function contained(block, surface) {
  const inner = (block.child_blocks ?? block.elements).map((one) => drawBlock(one, surface));
  if (!block.title) return h("div", { class: "block block-container" }, inner);
  const title = h("strong", null, textNodes(block.title, surface.client));
  if (!block.is_collapsible) return h("div", { class: "block block-container" }, title, inner);
  return h(
    "details",
    { class: "block block-container", open: !block.default_collapsed },
    h("summary", null, title),
    inner,
  );
}

function card(block, surface) {
  const text = (part, kind) => (part ? h("div", { class: kind }, textNodes(part, surface.client)) : null);
  const buttons = (block.actions ?? []).map((one) => drawn(block, one, surface));
  return h(
    "div",
    { class: "block block-container" },
    text(block.title, "card-title"),
    text(block.subtitle, "hint"),
    text(block.body, "card-body"),
    text(block.subtext, "hint"),
    buttons.length ? h("div", { class: "block-actions" }, buttons) : null,
  );
}

const DRAW = {
  section,
  input,
  context,
  table,
  data_table: table,
  card,
  container: contained,
  carousel: contained,
  header: (block) => h("h3", { class: "block block-header" }, plainNodes(block.text)),
  divider: () => h("hr", { class: "block block-divider" }),
  actions: (block, surface) =>
    h(
      "div",
      { class: "block block-actions" },
      block.elements.map((one) => drawn(block, one, surface)),
    ),
  context_actions: (block, surface) =>
    h(
      "div",
      { class: "block block-actions" },
      block.elements.filter((one) => one.text).map((one) => drawn(block, { ...one, type: "button" }, surface)),
    ),
  image: (block) =>
    h(
      "figure",
      { class: "block block-image" },
      block.title ? h("figcaption", null, plainNodes(block.title)) : null,
      picture(block, "full"),
    ),
  rich_text: (block, surface) => h("div", { class: "block block-rich" }, richText(block, surface.client)),
  markdown: (block) => h("div", { class: "block block-markdown" }, markdown(block.text)),
  alert: (block, surface) =>
    h(
      "div",
      { class: `block block-alert alert-${block.level ?? "default"}`, role: "note" },
      textNodes(block.text, surface.client),
    ),
};

/** Return *block* drawn; of a kind that the page doesn't know, its JSON. */
export function drawBlock(block, surface) {
  if (DRAW[block.type]) return DRAW[block.type](block, surface);
  return h(
    "details",
    { class: "block unsupported" },
    h("summary", null, `A ${visibleString(block.type)} block, not drawn here`),
    h("pre", { tabindex: "0" }, visible(JSON.stringify(block, null, 2))),
  );
}

/** Return the items of `sync` for *blocks*: a block that hasn't changed keeps its node and what was typed in it. */
export const blockItems = (blocks, surface) =>
  blocks.map((block) => ({ key: block.block_id, sig: block, make: () => drawBlock(block, surface) }));

/** Bring what stands in *root* to the state that the server has. */
export function showStates(root, surface) {
  for (const node of root.querySelectorAll(".control")) {
    const { block, action } = node.control;
    node.showState?.(surface.stateOf(block, action));
  }
}

/** Send what was typed in *root* and not sent yet. */
export const flush = (root) => Promise.all([...root.querySelectorAll(".control")].map((node) => node.flush?.()));
