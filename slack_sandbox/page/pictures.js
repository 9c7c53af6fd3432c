// Pictures. Only those that the sandbox has itself are drawn: the page loads nothing from elsewhere.

import { h, icon, visible, visibleString } from "./dom.js";

/** @import { Picture } from "./types.d.ts" */

/** @param {string | undefined} address */
function hostOf(address) {
  if (!address) return "";
  try {
    return new URL(address).host;
  } catch {
    return "";
  }
}

/**
 * Return an image block's or element's picture, or a frame with its alternative text.
 *
 * @param {Pick<Picture, "alt_text" | "image_url" | "slack_file">} image
 * @param {"tiny" | "thumb" | "full"} size
 */
export function picture(image, size) {
  const words = visibleString(image.alt_text);
  if (/^data:image\/(png|jpeg|gif|webp);base64,/.test(image.image_url ?? ""))
    return h("img", { class: `picture picture-${size}`, src: image.image_url, alt: words });
  const file = image.slack_file?.id ?? image.slack_file?.url?.match(/\bF[A-Z0-9]{8,}/)?.[0];
  if (file)
    return h("img", {
      class: `picture picture-${size}`,
      src: `/_sandbox/files/${encodeURIComponent(file)}`,
      alt: words,
    });
  const host = hostOf(image.image_url);
  return h(
    "span",
    {
      class: `picture picture-${size} picture-frame`,
      role: "img",
      "aria-label": words,
      title: host ? `${words} (from ${host}, not loaded)` : words,
    },
    icon("image"),
    size === "thumb"
      ? null
      : h("span", null, visible(image.alt_text), host ? h("small", null, `from ${host}, not loaded`) : null),
  );
}
