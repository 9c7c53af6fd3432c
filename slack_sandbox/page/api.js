// Calls to the sandbox's driver; slack_sandbox/README.md describes it.

/** @import { Answer } from "./types.d.ts" */

/** What the sandbox refused; the message is in words. */
export class Refusal extends Error {}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function call(path, options) {
  let response;
  try {
    response = await fetch(`/_sandbox/${path}`, options);
  } catch {
    throw new Refusal("The sandbox doesn't answer. Is it still running?");
  }
  const text = await response.text();
  let body;
  try {
    body = text ? JSON.parse(text) : {};
  } catch {
    throw new Refusal(text.slice(0, 200) || `The sandbox answered ${response.status}.`);
  }
  if (!response.ok || body.ok === false) throw new Refusal(body.error ?? `The sandbox answered ${response.status}.`);
  return body;
}

/**
 * Read *path*, e.g. "people".
 *
 * @template {string} Path
 * @param {Path} path
 * @returns {Promise<Answer<Path>>}
 */
export const read = (path) => call(path, { headers: { Accept: "application/json" } });

/**
 * Post *body* to *path*, e.g. "click".
 *
 * @template {string} Path
 * @param {Path} path
 * @param {object} body
 * @returns {Promise<Answer<Path>>}
 */
export const post = (path, body = {}) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/**
 * Delete what is at *path*.
 *
 * @param {string} path
 */
export const remove = (path) => call(path, { method: "DELETE" });
