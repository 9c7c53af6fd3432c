// Block elements: each draws itself and tells its field (see types.d.ts) what was done with it.

import { button, overflow } from "./buttons.js";
import { isSelect, select } from "./choices.js";
import { h, newId, visibleString } from "./dom.js";
import { ask } from "./layers.js";
import { textNodes } from "./mrkdwn.js";
import { isTextInput, textInput } from "./textinput.js";

/** @import { Client } from "./client.js" */
/** @import { Boxes, Confirm, Control, ElementState, Field, Option, Picker } from "./types.d.ts" */
/** @import { Interactive } from "./fields.js" */

/** @param {number} n */
const pad = (n) => String(n).padStart(2, "0");

/** @param {number} seconds */
const localMinute = (seconds) => {
  const d = new Date(seconds * 1000);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}T${pad(d.getHours())}:${pad(d.getMinutes())}`;
};

/** @param {string} value */
const secondsOf = (value) => Math.floor(new Date(value).getTime() / 1000);

const PICKERS = /** @type {const} */ ({
  datepicker: { type: "date", key: "date" },
  timepicker: { type: "time", key: "time" },
  datetimepicker: { type: "datetime-local", key: "date_time" },
});

/**
 * @param {Picker} element
 * @param {Field} field
 * @returns {Control}
 */
function picker(element, field) {
  const { type, key } = PICKERS[element.type];
  /** @param {ElementState | undefined} state */
  const valueIn = (state) => {
    const value = state && `selected_${key}` in state ? state[`selected_${key}`] : element[`initial_${key}`];
    if (!value) return "";
    return typeof value === "number" ? localMinute(value) : value;
  };
  /** @param {string} value */
  const choiceOf = (value) => (key === "date_time" ? secondsOf(value) : value);
  const input = h("input", {
    type,
    class: "input input-picker",
    "aria-label": field.label,
    "aria-describedby": field.describedBy,
    "data-focus": field.focusKey,
    value: valueIn(field.state),
  });
  input.addEventListener("change", () => field.choose(input.value ? choiceOf(input.value) : null));
  return Object.assign(input, {
    /** @param {ElementState | undefined} state */
    showState: (state) => {
      if (document.activeElement !== input) input.value = valueIn(state);
    },
  });
}

/**
 * Return the values that are chosen in *element*, whose state is *state*.
 *
 * @param {Boxes} element
 * @param {ElementState | undefined} state
 */
function chosenIn(element, state) {
  if (element.type === "checkboxes")
    return (state?.selected_options ?? element.initial_options ?? []).map((o) => o.value);
  const one = state?.selected_option ?? element.initial_option;
  return one ? [one.value] : [];
}

/**
 * @param {Boxes} element
 * @param {Field} field
 * @param {Client} client
 * @returns {Control}
 */
function boxes(element, field, client) {
  const many = element.type === "checkboxes";
  const name = newId("choice");
  const chosen = chosenIn(element, field.state);
  const inputs = element.options.map((option, i) => {
    const type = many ? "checkbox" : "radio";
    const input = h("input", { type, name, value: option.value, "data-focus": `${field.focusKey}/${i}` });
    input.checked = chosen.includes(option.value);
    return input;
  });
  const root = h(
    "div",
    {
      class: "choices",
      role: many ? "group" : "radiogroup",
      "aria-label": field.label,
      "aria-describedby": field.describedBy,
      on: {
        change: () => {
          const values = inputs.filter((one) => one.checked).map((one) => one.value);
          field.choose(many ? values : (values[0] ?? null));
        },
      },
    },
    element.options.map((option, i) => h("label", { class: "choice" }, inputs[i], optionWords(option, client))),
  );
  return Object.assign(root, {
    /** @param {ElementState | undefined} state */
    showState: (state) => {
      if (root.contains(document.activeElement)) return;
      const now = chosenIn(element, state);
      for (const input of inputs) input.checked = now.includes(input.value);
    },
  });
}

/**
 * @param {Option} option
 * @param {Client} client
 */
const optionWords = ({ text, description }, client) =>
  h("span", null, textNodes(text, client), description ? h("small", null, textNodes(description, client)) : null);

/**
 * Return *field*, whose choices are asked about first where the element has a confirm object.
 *
 * @param {{ confirm?: Confirm }} element
 * @param {Field} field
 * @param {Client} client
 * @returns {Field}
 */
function confirmed({ confirm }, field, client) {
  if (!confirm) return field;
  return { ...field, choose: async (value) => ((await ask(confirm, client)) ? field.choose(value) : undefined) };
}

/**
 * Return *element* drawn.
 *
 * @param {Interactive} element
 * @param {Field} field
 * @param {Client} client
 * @returns {Control}
 */
export function drawElement(element, field, client) {
  if (isTextInput(element)) return textInput(element, field);
  if (isSelect(element)) return select(element, confirmed(element, field, client), client);
  switch (element.type) {
    case "button":
    case "workflow_button":
    case "icon_button":
      return button(element, field, client);
    case "overflow":
      return overflow(element, field, client);
    case "datepicker":
    case "timepicker":
    case "datetimepicker":
      return picker(element, confirmed(element, field, client));
    case "checkboxes":
    case "radio_buttons":
      return boxes(element, confirmed(element, field, client), client);
    default:
      return h("span", { class: "unsupported" }, `The sandbox has no ${visibleString(element.type)}.`);
  }
}
