// The stack of modals: the top one is shown, the ones below keep what was typed in them.

import { blockItems, flush, showStates } from "./blocks.js";
import { avatar } from "./avatar.js";
import { h, icon, newId, sync, visible } from "./dom.js";
import { focusable, trapTab } from "./layers.js";
import { plainNodes } from "./mrkdwn.js";

/** Draws *client*'s modals in *layer*; *shell* is what lies under them. */
export class Modals {
  constructor(client, layer, shell) {
    Object.assign(this, { client, layer, shell, opener: null, shown: "" });
    client.listen(() => this.draw());
  }

  draw() {
    const { modals } = this.client.state;
    const top = modals.at(-1);
    if (top && !this.shown) this.opener = document.activeElement;
    sync(
      this.layer,
      modals.map((view) => ({ key: view.id, sig: view.id, make: () => new Modal(this.client, view).node })),
    );
    for (const view of modals) {
      const { modal } = [...this.layer.children].find((node) => node.syncKey === view.id);
      modal.draw(view, modals);
      modal.node.hidden = view !== top;
    }
    this.layer.hidden = !top;
    this.shell.inert = Boolean(top);
    const { shown } = this;
    this.shown = top?.id ?? "";
    if (this.shown !== shown) this.moveFocus();
  }

  moveFocus() {
    const node = [...this.layer.children].find((one) => !one.hidden);
    if (node) node.modal.focus();
    else if (this.opener?.isConnected) this.opener.focus();
    else this.shell.querySelector(".composer textarea")?.focus();
  }
}

class Modal {
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
    this.node.modal = this;
    this.node.addEventListener("keydown", (event) => {
      trapTab(event, this.node);
      if (event.key === "Escape") this.close();
    });
    this.surface = {
      client,
      where: { view_id: view.id },
      stateOf: (block, action) => this.view.state.values[block]?.[action],
      enter: () => this.form.requestSubmit(),
    };
  }

  draw(view, stack) {
    this.view = view;
    const { errors, error, busy } = view.client;
    this.back.hidden = stack[0] === view;
    this.title.replaceChildren(...plainNodes(view.title));
    this.problem.replaceChildren(...(error ? [icon("warn"), h("span", null, visible(error))] : []));
    sync(this.body, blockItems(view.blocks, this.surface));
    showStates(this.body, this.surface);
    for (const node of this.body.children) node.showError?.(errors[node.syncKey]);
    this.cancel.replaceChildren(...plainNodes(view.close ?? (view.submit ? "Cancel" : "Close")));
    this.send.hidden = !view.submit;
    this.send.replaceChildren(...plainNodes(view.submit ?? ""));
    this.send.setAttribute("aria-disabled", String(busy));
    this.node.setAttribute("aria-busy", String(busy));
    const wrong = JSON.stringify(errors);
    if (wrong !== "{}" && wrong !== this.wrong)
      this.body.querySelector(".has-error :is(input, textarea, select)")?.focus();
    this.wrong = wrong;
    // the field that one was typing in is gone: what is typed on must not land in another one
    if (view === stack.at(-1) && document.activeElement === document.body && !this.node.hidden) this.node.focus();
  }

  focus() {
    const wanted = this.view.blocks.find((b) => b.element?.focus_on_load);
    const block = wanted && [...this.body.children].find((node) => node.syncKey === wanted.block_id);
    (focusable(block ?? this.body)[0] ?? (this.send.hidden ? this.cancel : this.send)).focus();
  }

  async submit(event) {
    event.preventDefault();
    if (this.view.client.busy || this.sending) return;
    this.sending = true;
    try {
      await flush(this.body);
      await this.client.act("submit", { view_id: this.view.id });
    } finally {
      this.sending = false;
    }
  }

  close(all = false) {
    return this.client.act("close", { view_id: this.view.id, all });
  }
}
