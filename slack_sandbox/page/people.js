// Who one is: the address says it (`/?as=ana`), so that two people can sit side by side in two tabs.

import { accountKind, avatar } from "./avatar.js";
import { h, icon, visible } from "./dom.js";
import { openMenu } from "./menus.js";

/** @import { Faces } from "./avatar.js" */
/** @import { Client } from "./client.js" */
/** @import { Person } from "./types.d.ts" */

/** @param {Person} person */
const address = (person) => `/?as=${encodeURIComponent(person.name)}`;
/** @param {Person} person */
const isHuman = (person) => !(person.is_bot || person.deleted || person.id === "USLACKBOT");

/**
 * Return the menu's line for *person*: a link to be them here, and one to be them in a new tab.
 *
 * @param {Client} client
 * @param {Person} person
 */
const personLine = (client, person) =>
  h(
    "div",
    { class: "menu-person", role: "none" },
    h(
      "a",
      {
        class: "menu-item",
        role: "menuitem",
        tabindex: "-1",
        href: address(person),
        "aria-current": person.id === client.me ? "true" : null,
      },
      avatar(client, person.id, "avatar-small"),
      h(
        "span",
        { class: "menu-label" },
        h("bdi", null, visible(person.profile.real_name)),
        h("small", { class: "menu-detail" }, visible(person.about ?? "")),
      ),
      person.id === client.me ? icon("check") : null,
    ),
    h(
      "a",
      {
        class: "menu-item menu-tab",
        role: "menuitem",
        tabindex: "-1",
        href: address(person),
        target: "_blank",
        rel: "noopener",
        "aria-label": `Open ${person.name} in a new tab`,
        title: "Open in a new tab",
      },
      icon("copy"),
    ),
  );

/**
 * Return the button that shows who one is, and its menu with everybody else.
 *
 * @param {Client} client
 */
export function switcher(client) {
  const button = h("button", { type: "button", class: "switcher", "aria-haspopup": "menu", "aria-expanded": "false" });
  button.addEventListener("click", () => {
    const title = h("div", { class: "menu-title", role: "none" }, "Be somebody else");
    const lines = client.state.people.filter(isHuman).map((person) => personLine(client, person));
    openMenu(button, [title, ...lines], "People");
  });
  const draw = () => {
    const name = client.person(client.me)?.profile.real_name ?? client.me;
    button.replaceChildren(
      avatar(client, client.me, "avatar-small"),
      h("span", { class: "switcher-name" }, h("bdi", null, visible(name))),
      icon("down"),
    );
    button.setAttribute("aria-label", `You are ${name}. Be somebody else`);
  };
  return { button, draw };
}

/**
 * Return the page that asks who one wants to be.
 *
 * @param {Person[]} people
 * @param {string} team
 */
export function chooser(people, team) {
  /** @type {Faces} */
  const faces = { person: (id) => people.find((p) => p.id === id), bot: "" };
  /** @param {Person} person */
  const card = (person) => {
    const kind = accountKind(person, team);
    return h(
      "li",
      null,
      h(
        "a",
        { class: "person-card", href: address(person) },
        avatar(faces, person.id, "avatar-large"),
        h(
          "span",
          null,
          h("strong", null, visible(person.profile.real_name)),
          kind ? h("span", { class: "tag tag-warn" }, kind.toUpperCase()) : null,
          h("small", null, visible(person.about ?? "")),
        ),
      ),
    );
  };
  return h(
    "main",
    { class: "chooser" },
    h("h1", null, "Who would you like to be?"),
    h(
      "p",
      { class: "lead" },
      "This is a workspace to try the app in. Everything happens on this computer. Open several people in tabs side by side: one asks, another approves.",
    ),
    h("ul", { class: "people" }, people.filter((p) => p.human).map(card)),
  );
}
