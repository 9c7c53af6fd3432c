// What lies over the page: menus under a button, and questions. Focus stays inside and goes back where it came from.

import { h, newId } from "./dom.js";
import { plainNodes, textNodes } from "./mrkdwn.js";

const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex="0"]';

/** Return what can take the focus inside *root*, in order. */
export const focusable = (root) =>
  [...root.querySelectorAll(FOCUSABLE)].filter((e) => e.tabIndex >= 0 && e.getClientRects().length > 0);

/** Keep Tab inside *root*. */
export function trapTab(event, root) {
  if (event.key !== "Tab") return;
  const all = focusable(root);
  if (!all.length) return;
  const edge = event.shiftKey ? all[0] : all.at(-1);
  if (document.activeElement === edge || !root.contains(document.activeElement)) {
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0]).focus();
  }
}

/** Put *panel* below (or above) *anchor*, inside the window. */
export function placeNear(panel, anchor, { width } = {}) {
  const box = anchor.getBoundingClientRect();
  const phone = window.innerWidth < 480;
  if (width) panel.style.width = `${Math.min(Math.max(width, box.width), window.innerWidth - 16)}px`;
  const size = panel.getBoundingClientRect();
  const left = phone ? (window.innerWidth - size.width) / 2 : box.left;
  panel.style.left = `${Math.max(8, Math.min(left, window.innerWidth - size.width - 8))}px`;
  const below = window.innerHeight - box.bottom;
  const above = below < size.height + 12 && box.top > below;
  panel.style.top = `${Math.max(8, above ? box.top - size.height - 4 : Math.min(box.bottom + 4, window.innerHeight - size.height - 8))}px`;
}

/** Open a menu under *anchor*; *items*: `{label, detail, href, run}` or nodes that aren't items. */
export function openMenu(anchor, items, label) {
  if (anchor.closeMenu) {
    anchor.closeMenu(true);
    return;
  }
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label });
  const close = (focus) => {
    menu.remove();
    delete anchor.closeMenu;
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (focus && anchor.isConnected) anchor.focus();
  };
  const outside = (event) => {
    if (!menu.contains(event.target) && !anchor.contains(event.target)) close(false);
  };
  for (const item of items) {
    if (item instanceof Node) {
      menu.append(item);
      continue;
    }
    const props = { class: "menu-item", role: "menuitem", tabindex: "-1" };
    const content = [
      h("span", { class: "menu-label" }, item.label),
      item.detail ? h("span", { class: "menu-detail" }, item.detail) : null,
    ];
    const run = () => {
      close(true);
      item.run?.();
    };
    const node = item.href
      ? h("a", { ...props, href: item.href, target: item.target, rel: "noopener", on: { click: run } }, content)
      : h("button", { ...props, type: "button", on: { click: run } }, content);
    menu.append(node);
  }
  const all = () => [...menu.querySelectorAll("[role=menuitem]")];
  menu.addEventListener("keydown", (event) => {
    const at = all().indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    } else if (to !== undefined && !event.target.matches("input")) {
      event.preventDefault();
      all()
        .at(to % all().length)
        ?.focus();
    }
  });
  menu.addEventListener("click", (event) => event.target.closest("a") && close(true));
  menu.addEventListener("submit", () => close(true));
  document.body.append(menu);
  anchor.closeMenu = close;
  placeNear(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  (all()[0] ?? focusable(menu)[0])?.focus();
}

/** Ask Slack's confirm object *question*; return whether the answer was yes. */
export function ask(question, client) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const [title, text] = [newId("confirm"), newId("confirm-text")];
    const answer = (yes) => {
      layer.remove();
      if (before?.isConnected) before.focus();
      resolve(yes);
    };
    const style = question.style === "danger" ? "btn btn-danger" : "btn btn-primary";
    const yes = h(
      "button",
      { type: "button", class: style, on: { click: () => answer(true) } },
      plainNodes(question.confirm),
    );
    const no = h(
      "button",
      { type: "button", class: "btn", on: { click: () => answer(false) } },
      plainNodes(question.deny),
    );
    const box = h(
      "div",
      {
        class: "dialog",
        role: "alertdialog",
        "aria-modal": "true",
        "aria-labelledby": title,
        "aria-describedby": text,
      },
      h("h2", { id: title, class: "dialog-title" }, plainNodes(question.title)),
      h("div", { id: text, class: "dialog-text" }, textNodes(question.text, client)),
      h("div", { class: "dialog-buttons" }, no, yes),
    );
    const layer = h("div", { class: "layer layer-top" }, box);
    layer.addEventListener("keydown", (event) => {
      event.stopPropagation();
      trapTab(event, box);
      if (event.key === "Escape") answer(false);
    });
    layer.addEventListener("pointerdown", (event) => event.target === layer && answer(false));
    document.body.append(layer);
    no.focus();
  });
}
