// The stack of modals: the top one is shown, the ones below keep what was typed in them.

import { blockItems } from "./blocks.js";
import { avatar } from "./avatar.js";
import { h, icon, newId, sync, visible } from "./dom.js";
import { flush, showStates } from "./fields.js";
import { focusable, trapTab } from "./layers.js";
import { plainNodes } from "./mrkdwn.js";

/** @import { Client } from "./client.js" */
/** @import { Surface } from "./fields.js" */
/** @import { BlockNode, View } from "./types.d.ts" */

/** Draws *client*'s modals in *layer*; *shell* is what lies under them. */
export class Modals {
  /** The modals that are open, by their views' ids. @type {Map<string, Modal>} */
  #open = new Map();
  /** What had the focus before the first one opened. @type {Element | null} */
  #opener = null;
  #shown = "";

  /**
   * @param {Client} client
   * @param {HTMLElement} layer
   * @param {HTMLElement} shell
   */
  constructor(client, layer, shell) {
    this.client = client;
    this.layer = layer;
    this.shell = shell;
    client.listen(() => this.draw());
  }

  draw() {
    const { modals } = this.client.state;
    const top = modals.at(-1);
    if (top && !this.#shown) this.#opener = document.activeElement;
    this.#open = new Map(modals.map((view) => [view.id, this.#open.get(view.id) ?? new Modal(this.client, view)]));
    sync(
      this.layer,
      [...this.#open].map(([id, { node }]) => ({ key: id, sig: id, make: () => node })),
    );
    for (const view of modals) {
      const modal = this.#open.get(view.id);
      modal?.draw(view, modals);
      if (modal) modal.node.hidden = view !== top;
    }
    this.layer.hidden = !top;
    this.shell.inert = Boolean(top);
    const shown = this.#shown;
    this.#shown = top?.id ?? "";
    if (this.#shown !== shown) this.#moveFocus();
  }

  #moveFocus() {
    const top = this.#open.get(this.#shown);
    const before = this.#opener?.isConnected ? this.#opener : this.shell.querySelector(".composer textarea");
    if (top) top.focus();
    else if (before instanceof HTMLElement) before.focus();
  }
}

class Modal {
  #sending = false;
  #wrong = ""; // the errors that the focus was moved for

  /**
   * @param {Client} client
   * @param {View} view
   */
  constructor(client, view) {
    this.client = client;
    this.view = view;
    const titleId = newId("modal-title");
    this.title = h("h2", { id: titleId, class: "modal-title" });
    this.back = h(
      "button",
      { type: "button", class: "btn-bare", "aria-label": "Back", on: { click: () => this.close() } },
      icon("back"),
    );
    const cross = h(
      "button",
      { type: "button", class: "btn-bare", "aria-label": "Close", on: { click: () => this.close(true) } },
      icon("close"),
    );
    this.problem = h("div", { class: "modal-problem", role: "alert" });
    this.body = h("div", { class: "blocks" });
    this.cancel = h("button", { type: "button", class: "btn", on: { click: () => this.close() } });
    this.send = h("button", { type: "submit", class: "btn btn-primary", "data-focus": `${view.id}/submit` });
    this.form = h(
      "form",
      { class: "modal-form", novalidate: true, on: { submit: (e) => this.submit(e) } },
      h("div", { class: "modal-body" }, this.problem, this.body),
      h("footer", { class: "modal-buttons" }, this.cancel, this.send),
    );
    this.node = h(
      "div",
      { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": titleId, tabindex: "-1" },
      h("header", { class: "modal-head" }, this.back, avatar(client, client.bot, "avatar-small"), this.title, cross),
      this.form,
    );
    this.node.addEventListener("keydown", (event) => {
      trapTab(event, this.node);
      if (event.key === "Escape") this.close();
    });
    /** @type {Surface} */
    this.surface = {
      client,
      where: { view_id: view.id },
      stateOf: (block, action) => this.view.state.values[block]?.[action],
      enter: () => this.form.requestSubmit(),
    };
  }

  /**
   * @param {View} view
   * @param {View[]} stack
   */
  draw(view, stack) {
    this.view = view;
    const { errors, error, busy } = view.client;
    this.back.hidden = stack[0] === view;
    this.title.replaceChildren(...plainNodes(view.title));
    this.problem.replaceChildren(...(error ? [icon("warn"), h("span", null, visible(error))] : []));
    sync(this.body, blockItems(view.blocks, this.surface));
    showStates(this.body, this.surface);
    for (const [id, node] of this.#blocks()) node.showError?.(errors[id]);
    this.cancel.replaceChildren(...plainNodes(view.close ?? (view.submit ? "Cancel" : "Close")));
    this.send.hidden = !view.submit;
    this.send.replaceChildren(...plainNodes(view.submit ?? ""));
    this.send.setAttribute("aria-disabled", String(busy));
    this.node.setAttribute("aria-busy", String(busy));
    this.#showWrong(JSON.stringify(errors));
    // the field that one was typing in is gone: what is typed on must not land in another one
    if (view === stack.at(-1) && document.activeElement === document.body && !this.node.hidden) this.node.focus();
  }

  /**
   * The nodes of the view's blocks, by the blocks' ids.
   *
   * @returns {Map<string, BlockNode>}
   */
  #blocks() {
    const nodes = [...this.body.children].filter((node) => node instanceof HTMLElement);
    return new Map(this.view.blocks.flatMap(({ block_id }, i) => (nodes[i] ? [[block_id, nodes[i]]] : [])));
  }

  /**
   * Move the focus to the first field that is wrong, once for the same errors.
   *
   * @param {string} wrong
   */
  #showWrong(wrong) {
    const field = this.body.querySelector(".has-error :is(input, textarea, select)");
    if (wrong !== "{}" && wrong !== this.#wrong && field instanceof HTMLElement) field.focus();
    this.#wrong = wrong;
  }

  focus() {
    const wanted = this.view.blocks.find(
      (b) => b.type === "input" && b.element.type !== "image" && b.element.focus_on_load,
    );
    const block = wanted && this.#blocks().get(wanted.block_id);
    const first = focusable(block ?? this.body)[0] ?? (this.send.hidden ? this.cancel : this.send);
    first.focus({ preventScroll: !block }); // what has only buttons at its end is read from its beginning
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    event.preventDefault();
    if (this.view.client.busy || this.#sending) return;
    this.#sending = true;
    try {
      await flush(this.body);
      await this.client.act("submit", { view_id: this.view.id });
    } finally {
      this.#sending = false;
    }
  }

  close(all = false) {
    return this.client.act("close", { view_id: this.view.id, all });
  }
}
