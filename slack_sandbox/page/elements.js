// Block elements. Each draws itself and tells its *field* what was done with it.
//
// A field is `{label, describedBy, focusKey, optional, dispatch, state, press(value), choose(value), write(text, enter),
// search(text)}`: how the element is called, what it holds (Slack's state, or undefined), and what its actions lead to.

import { debounced, h, icon, newId, visibleString } from "./dom.js";
import { ask, openMenu } from "./layers.js";
import { plainNodes, plainString, textNodes } from "./mrkdwn.js";
import { select } from "./choices.js";
import { picture } from "./pictures.js";

const WRITE_PAUSE = 180;

const opened = (url) => (/^https?:\/\//i.test(url ?? "") ? url : null);

/** Run *action* while *node* shows that it is busy; it can't be pressed twice. */
async function busy(node, action) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try {
    await action();
  } finally {
    node.removeAttribute("aria-busy");
  }
}

const agreed = async (element, client) => !element.confirm || ask(element.confirm, client);

function button(element, field, client) {
  const look = { primary: "btn btn-primary", danger: "btn btn-danger" }[element.style] ?? "btn";
  const label = element.accessibility_label ? visibleString(element.accessibility_label) : null;
  const node = h(
    "button",
    { type: "button", class: look, "aria-label": label, "data-focus": field.focusKey },
    plainNodes(element.text),
    opened(element.url) ? icon("send") : null,
  );
  node.addEventListener("click", async () => {
    if (!(await agreed(element, client))) return;
    if (opened(element.url)) window.open(element.url, "_blank", "noopener,noreferrer");
    await busy(node, () => field.press(null));
  });
  return node;
}

function overflow(element, field, client) {
  const node = h(
    "button",
    {
      type: "button",
      class: "btn btn-icon",
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-focus": field.focusKey,
    },
    icon("more"),
  );
  const items = element.options.map((option) => ({
    label: plainNodes(option.text),
    detail: option.description ? plainNodes(option.description) : null,
    run: async () => {
      if (!(await agreed(element, client))) return;
      if (opened(option.url)) window.open(option.url, "_blank", "noopener,noreferrer");
      await busy(node, () => field.press(option.value));
    },
  }));
  node.addEventListener("click", () => openMenu(node, items, "More actions"));
  return node;
}

function textInput(element, field) {
  const kinds = { email_text_input: "email", url_text_input: "url" };
  const lines = element.multiline || element.type === "rich_text_input";
  const first = typeof element.initial_value === "string" ? element.initial_value : "";
  const now = (state) => (state && "value" in state ? (state.value ?? "") : first);
  const input = h(lines ? "textarea" : "input", {
    class: "input",
    type: lines ? null : (kinds[element.type] ?? "text"),
    rows: lines ? "4" : null,
    inputmode: element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : null,
    placeholder: plainString(element.placeholder ?? ""),
    "aria-label": field.labelledBy ? null : field.label,
    id: field.id,
    "aria-describedby": field.describedBy,
    "aria-required": field.optional ? null : "true",
    autocomplete: "off",
    "data-focus": field.focusKey,
    value: now(field.state),
  });
  const counter = h("span", { class: "counter", "aria-hidden": "true" });
  const count = () => {
    const left = (element.max_length ?? Infinity) - input.value.length;
    counter.textContent = left <= 20 ? String(left) : "";
    counter.classList.toggle("over", left < 0);
  };
  let sent = null; // what was written and isn't in the state yet: an older state, drawn late, doesn't replace it
  let writing;
  const write = (enter) => {
    sent = input.value;
    writing = field.write(input.value, enter);
    return Promise.resolve(writing).then((taken) => taken || (sent = null));
  };
  const soon = debounced(() => (root.isConnected ? write(false) : undefined), WRITE_PAUSE);
  input.addEventListener("input", () => {
    count();
    soon();
  });
  input.addEventListener("change", () => soon.flush());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || (lines && !(event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    event.stopPropagation();
    if (field.dispatch) write(true);
    else field.enter?.();
  });
  const root = h("div", { class: "input-root" }, input, counter);
  root.flush = () => {
    soon.flush();
    return writing;
  };
  root.showState = (state) => {
    const value = now(state);
    if (sent !== null && sent !== value) return;
    sent = null;
    if (document.activeElement !== input && !soon.due()) input.value = value;
    count();
  };
  root.adopt = (next, optional) => {
    element = next;
    input.placeholder = plainString(element.placeholder ?? "");
    if (optional) input.removeAttribute("aria-required");
    else input.setAttribute("aria-required", "true");
    count();
  };
  count();
  return root;
}

const pad = (n) => String(n).padStart(2, "0");
const localMinute = (seconds) => {
  const d = new Date(seconds * 1000);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}T${pad(d.getHours())}:${pad(d.getMinutes())}`;
};

const PICKERS = {
  datepicker: { type: "date", key: "date", read: (v) => v, show: (v) => v },
  timepicker: { type: "time", key: "time", read: (v) => v, show: (v) => v },
  datetimepicker: {
    type: "datetime-local",
    key: "date_time",
    read: (v) => Math.floor(new Date(v) / 1000),
    show: localMinute,
  },
};

function picker(element, field) {
  const { type, key, read, show } = PICKERS[element.type];
  const now = (state) => {
    const value = state && `selected_${key}` in state ? state[`selected_${key}`] : element[`initial_${key}`];
    return value ? show(value) : "";
  };
  const input = h("input", {
    type,
    class: "input input-picker",
    "aria-label": field.label,
    "aria-describedby": field.describedBy,
    "data-focus": field.focusKey,
    value: now(field.state),
  });
  input.addEventListener("change", () => field.choose(input.value ? read(input.value) : null));
  input.showState = (state) => document.activeElement !== input && (input.value = now(state));
  return input;
}

function boxes(element, field, client) {
  const many = element.type === "checkboxes";
  const name = newId("choice");
  const chosenIn = (state) => {
    const value = many
      ? (state?.selected_options ?? element.initial_options)
      : (state?.selected_option ?? element.initial_option);
    return (many ? (value ?? []) : value ? [value] : []).map((o) => o.value);
  };
  const inputs = [];
  const rows = element.options.map((option, i) => {
    const input = h("input", {
      type: many ? "checkbox" : "radio",
      name,
      value: option.value,
      "data-focus": `${field.focusKey}/${i}`,
    });
    input.checked = chosenIn(field.state).includes(option.value);
    input.addEventListener("change", () => {
      const values = inputs.filter((one) => one.checked).map((one) => one.value);
      field.choose(many ? values : (values[0] ?? null));
    });
    inputs.push(input);
    return h(
      "label",
      { class: "choice" },
      input,
      h(
        "span",
        null,
        textNodes(option.text, client),
        option.description ? h("small", null, textNodes(option.description, client)) : null,
      ),
    );
  });
  const root = h(
    "div",
    {
      class: "choices",
      role: many ? "group" : "radiogroup",
      "aria-label": field.label,
      "aria-describedby": field.describedBy,
    },
    rows,
  );
  root.showState = (state) => {
    if (root.contains(document.activeElement)) return;
    for (const input of inputs) input.checked = chosenIn(state).includes(input.value);
  };
  return root;
}

function confirmed(element, field, client) {
  if (!element.confirm) return field;
  const choose = async (value) => ((await ask(element.confirm, client)) ? field.choose(value) : undefined);
  return { ...field, choose };
}

/** Return *element* drawn. */
export function drawElement(element, field, client) {
  if (element.type === "button" || element.type === "workflow_button" || element.type === "icon_button")
    return button(element, field, client);
  if (element.type === "overflow") return overflow(element, field, client);
  if (element.type === "image") return picture(element, "thumb");
  if (element.type.endsWith("_select")) return select(element, confirmed(element, field, client), client);
  if (element.type in PICKERS) return picker(element, confirmed(element, field, client));
  if (element.type === "checkboxes" || element.type === "radio_buttons")
    return boxes(element, confirmed(element, field, client), client);
  if (element.type.endsWith("_input") && element.type !== "file_input") return textInput(element, field);
  return h("span", { class: "unsupported" }, `The sandbox has no ${visibleString(element.type)}.`);
}
