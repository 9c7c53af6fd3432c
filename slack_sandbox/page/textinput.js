// Elements that are written in. What was written is sent after a short pause, and when Enter is pressed.

import { debounced, h } from "./dom.js";
import { plainString } from "./mrkdwn.js";

/** @import { BlockElement, Control, ElementState, Field, TextInput } from "./types.d.ts" */

const WRITE_PAUSE = 180;

/**
 * @param {BlockElement} element
 * @returns {element is TextInput}
 */
export const isTextInput = (element) => element.type.endsWith("_input") && element.type !== "file_input";

/**
 * Return the field that one types in, for one line or several.
 *
 * @param {TextInput} element
 * @param {Field} field
 */
function typingField(element, field) {
  const several = element.multiline || element.type === "rich_text_input";
  const kind = { email_text_input: "email", url_text_input: "url", other: "text" };
  const type = element.type === "email_text_input" || element.type === "url_text_input" ? element.type : "other";
  const number = element.is_decimal_allowed ? "decimal" : "numeric";
  return h(several ? "textarea" : "input", {
    class: "input",
    type: several ? null : kind[type],
    rows: several ? "4" : null,
    inputmode: element.type === "number_input" ? number : null,
    placeholder: plainString(element.placeholder),
    "aria-label": field.labelledBy ? null : field.label,
    id: field.id,
    "aria-describedby": field.describedBy,
    "aria-required": field.optional ? null : "true",
    autocomplete: "off",
    "data-focus": field.focusKey,
  });
}

/** Sends what is written in *input*, and shows what the server has where that doesn't undo what was written. */
class Writing {
  /** What was written and isn't in the state yet: an older state, drawn late, doesn't replace it. @type {string | null} */
  #sent = null;
  /** @type {Promise<unknown> | undefined} */
  #running;

  /**
   * @param {HTMLInputElement | HTMLTextAreaElement} input
   * @param {Field} field
   */
  constructor(input, field) {
    this.input = input;
    this.field = field;
    this.soon = debounced(() => input.isConnected && this.write(false), WRITE_PAUSE);
  }

  /** @param {boolean} enter */
  async write(enter) {
    this.#sent = this.input.value;
    this.#running = this.field.write(this.input.value, enter);
    const taken = await this.#running;
    if (!taken) this.#sent = null;
  }

  /** Send what isn't sent yet; return once it was. */
  flush() {
    this.soon.flush();
    return this.#running;
  }

  /** @param {string} value */
  show(value) {
    if (this.#sent !== null && this.#sent !== value) return;
    this.#sent = null;
    if (document.activeElement !== this.input && !this.soon.due()) this.input.value = value;
  }
}

/**
 * Return a text input.
 *
 * @param {TextInput} element
 * @param {Field} field
 * @returns {Control}
 */
export function textInput(element, field) {
  const first = typeof element.initial_value === "string" ? element.initial_value : "";
  /** @param {ElementState | undefined} state */
  const valueIn = (state) => (state && "value" in state ? (state.value ?? "") : first);
  const input = typingField(element, field);
  input.value = valueIn(field.state);
  const counter = h("span", { class: "counter", "aria-hidden": "true" });
  let most = element.max_length ?? Infinity;
  const count = () => {
    const left = most - input.value.length;
    counter.textContent = left <= 20 ? String(left) : "";
    counter.classList.toggle("over", left < 0);
  };
  const writing = new Writing(input, field);
  input.addEventListener("input", () => {
    count();
    writing.soon();
  });
  input.addEventListener("change", () => writing.soon.flush());
  input.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent) || event.key !== "Enter" || event.isComposing) return;
    if (input instanceof HTMLTextAreaElement && !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (field.dispatch) writing.write(true);
    else field.enter?.();
  });
  count();
  return Object.assign(h("div", { class: "input-root" }, input, counter), {
    flush: () => writing.flush(),
    /** @param {ElementState | undefined} state */
    showState: (state) => {
      writing.show(valueIn(state));
      count();
    },
    /** @type {Control["adopt"]} */
    adopt: (next, optional) => {
      most = next.max_length ?? Infinity;
      input.placeholder = plainString(next.placeholder);
      if (optional) input.removeAttribute("aria-required");
      else input.setAttribute("aria-required", "true");
      count();
    },
  });
}
