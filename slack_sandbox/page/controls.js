// Controls that several panels of the drawer have.

import { h, newId, visible } from "./dom.js";

/** A number or choice with its label above it. */
export function labelled(words, control) {
  const id = newId("control");
  control.id = id;
  return h("div", { class: "labelled" }, h("label", { for: id }, words), control);
}

/** Return a button that breaks something. */
export const faultButton = (name, line, press) =>
  h(
    "button",
    { type: "button", class: "fault", on: { click: press } },
    h("strong", null, visible(name)),
    h("span", null, visible(line)),
  );

/** Return a part of the drawer that can be folded. */
export const toolSection = (title, ...content) =>
  h(
    "section",
    { class: "tool-section", "aria-label": title },
    h("details", { open: true }, h("summary", null, h("h3", null, title)), content),
  );
