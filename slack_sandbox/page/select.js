// One combobox for all ten kinds of select: a field that filters or searches, and a list below it.

import { debounced, h, icon, newId, visibleString } from "./dom.js";
import { placeNear } from "./layers.js";

const SEARCH_PAUSE = 250;

/**
 * Return a combobox.
 *
 * *options*: `{label, many, clearable, placeholder, describedBy, focusKey, chosen, offer(text), least, external,
 * choose(values)}`. An item is `{value, text, detail?, group?, mark?}`; *offer* returns items, or a promise of them
 * where *external*; *chosen* the items chosen now; *choose* gets the new ones.
 */
export function combobox(options) {
  const { many = false, external = false, least = 0 } = options;
  let chosen = [...options.chosen];
  let items = [];
  let active = -1;
  let asked = 0;
  let words = "";
  const listId = newId("list");
  const input = h("input", {
    type: "text",
    class: "combo-input",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": options.label,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-describedby": options.describedBy,
    placeholder: visibleString(options.placeholder),
    "data-focus": options.focusKey,
  });
  const list = h("div", { id: listId, class: "combo-list", role: "listbox", "aria-label": options.label });
  if (many) list.setAttribute("aria-multiselectable", "true");
  const status = h("div", { class: "combo-status", role: "status" });
  const popup = h("div", { class: "combo-popup", on: { pointerdown: (e) => e.preventDefault() } }, status, list);
  const chips = h("span", { class: "combo-chips" });
  const clear = h(
    "button",
    { type: "button", class: "combo-clear", "aria-label": `Clear ${options.label}`, on: { click: () => take([]) } },
    icon("close"),
  );
  const box = h(
    "div",
    { class: many ? "combo combo-many" : "combo" },
    chips,
    input,
    options.clearable && !many ? clear : null,
    icon("down"),
  );
  const root = h("div", { class: "combo-root" }, box);

  const isOpen = () => popup.isConnected;
  const has = (item) => chosen.some((c) => c.value === item.value);

  function drawChosen() {
    if (!many) {
      if (!isOpen()) input.value = chosen.length ? visibleString(chosen[0].text) : "";
      clear.hidden = chosen.length === 0;
      return;
    }
    chips.replaceChildren(
      ...chosen.map((item) =>
        h(
          "span",
          { class: "chip" },
          h("bdi", null, visibleString(item.text)),
          h(
            "button",
            {
              type: "button",
              "aria-label": `Remove ${visibleString(item.text)}`,
              on: { click: () => take(chosen.filter((c) => c !== item)) },
            },
            icon("close"),
          ),
        ),
      ),
    );
    input.placeholder = chosen.length ? "" : visibleString(options.placeholder);
  }

  function take(next) {
    chosen = next;
    drawChosen();
    options.choose(chosen);
    if (document.activeElement === document.body) input.focus();
  }

  function drawItems() {
    let group = "";
    const nodes = [];
    items.forEach((item, i) => {
      if (item.group && item.group !== group)
        nodes.push(h("div", { class: "combo-group", role: "presentation" }, visibleString((group = item.group))));
      nodes.push(
        h(
          "div",
          {
            id: `${listId}-${i}`,
            role: "option",
            class: i === active ? "combo-option active" : "combo-option",
            "aria-selected": String(has(item)),
            on: { click: () => pick(item), pointermove: () => i !== active && point(i) },
          },
          item.mark?.() ?? null,
          h(
            "span",
            { class: "combo-text" },
            h("bdi", null, visibleString(item.text)),
            item.detail ? h("small", null, visibleString(item.detail)) : null,
          ),
          has(item) ? icon("check") : null,
        ),
      );
    });
    list.replaceChildren(...nodes);
    input.setAttribute("aria-activedescendant", active >= 0 ? `${listId}-${active}` : "");
    if (active < 0) input.removeAttribute("aria-activedescendant");
    list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
    if (isOpen()) placeNear(popup, box, { width: 260 });
  }

  function point(to) {
    active = items.length ? (to + items.length) % items.length : -1;
    drawItems();
  }

  function say(text) {
    status.textContent = text;
    status.hidden = !text;
  }

  async function fill(text) {
    const number = ++asked;
    if (external && text.length < least) {
      items = [];
      say(`Type ${least === 1 ? "a character" : `at least ${least} characters`} to search`);
      point(-1);
      return;
    }
    if (external) say("Loading…");
    const found = await options.offer(text);
    if (number !== asked) return;
    items = found;
    say(found.length ? "" : "No results");
    active = found.length ? Math.max(0, found.findIndex(has)) : -1;
    drawItems();
  }
  const search = debounced(fill, external ? SEARCH_PAUSE : 0);

  function open({ typing = false } = {}) {
    if (isOpen()) return;
    document.body.append(popup);
    input.setAttribute("aria-expanded", "true");
    if (typing) return;
    if (!many) input.select();
    words = "";
    fill("");
  }

  function close() {
    if (!isOpen()) return;
    popup.remove();
    asked += 1;
    words = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    if (many) input.value = "";
    drawChosen();
  }

  function pick(item) {
    if (many) {
      input.value = "";
      take(has(item) ? chosen.filter((c) => c.value !== item.value) : [...chosen, item]);
      drawItems();
      if (words) fill((words = ""));
    } else {
      close();
      take([item]);
    }
  }

  input.addEventListener("input", () => {
    open({ typing: true });
    words = input.value;
    search(words);
  });
  input.addEventListener("click", () => open());
  input.addEventListener("blur", close);
  box.addEventListener("pointerdown", (event) => {
    if (event.target !== input && !event.target.closest("button")) {
      event.preventDefault();
      input.focus();
      if (isOpen()) close();
      else open();
    }
  });
  input.addEventListener("keydown", (event) => {
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (!isOpen()) open();
        else point(active + (event.key === "ArrowDown" ? 1 : -1));
        break;
      case "Enter":
        event.preventDefault();
        event.stopPropagation();
        if (!isOpen()) open();
        else if (items[active]) pick(items[active]);
        break;
      case "Escape":
        if (isOpen()) {
          event.stopPropagation();
          close();
        }
        break;
      case "Backspace":
        if (many && !input.value && chosen.length) take(chosen.slice(0, -1));
        break;
    }
  });

  /** Show *next* as chosen, as the server has it, unless somebody is at it. */
  root.show = (next) => {
    if (root.contains(document.activeElement)) return;
    chosen = [...next];
    drawChosen();
  };
  drawChosen();
  return root;
}

/** Return those of *items* that have *text* in their words. */
export const matching = (items, text) => {
  const wanted = text.trim().toLowerCase().replace(/^[@#]/, "");
  return wanted ? items.filter((i) => `${i.text} ${i.detail ?? ""}`.toLowerCase().includes(wanted)) : items;
};
