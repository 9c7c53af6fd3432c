// One person's client: the workspace as they see it, kept up to date by the live socket; where in it they are; and what
// they do there.

import { post, Refusal } from "./api.js";
import { apply } from "./changes.js";
import { SandboxTime } from "./time.js";
import { Workspace } from "./workspace.js";

/** @import { Change, Exchange, Notice, Place } from "./types.d.ts" */

const MOST_EXCHANGES = 500;

/** One person's client. Views are told by `listen`; all that they draw is read from here. */
export class Client extends Workspace {
  /** "connecting", "open" or "lost". */
  status = "connecting";
  /** @type {Place} */
  place = { kind: "none" };
  /** The thread that is open: the time of its first message. @type {string | null} */
  thread = null;
  /** @type {Map<number, Exchange>} */
  exchanges = new Map();
  /** The times of the private answers that were dismissed. @type {Set<string>} */
  hidden = new Set();
  /** @type {Notice[]} */
  refusals = [];
  time = new SandboxTime(() => this.changed());
  /** Asks for the whole state again; set once the live socket is followed. */
  refetch = () => {};

  /** @type {(() => void)[]} */
  #listeners = [];
  #drawing = false;

  /**
   * Call *draw* after every change, once per turn.
   *
   * @param {() => void} draw
   */
  listen(draw) {
    this.#listeners.push(draw);
  }

  /** Draw soon. */
  changed() {
    if (this.#drawing || !this.ready) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      for (const draw of this.#listeners) draw();
    });
  }

  /**
   * Take in one push of the live socket.
   *
   * @param {Change} change
   */
  take(change) {
    if (change.type === "state") {
      this.replace(change.state);
      this.time.set(change.state.now);
    } else if (change.type === "clock") this.time.set(change.now);
    else if (change.type === "exchange") this.keepExchange(change.exchange);
    else if (!apply(this.state, change)) {
      this.refetch();
      return;
    }
    this.changed();
  }

  /** @param {Exchange} exchange */
  keepExchange(exchange) {
    this.exchanges.set(exchange.id, exchange);
    for (const id of this.exchanges.keys()) {
      if (this.exchanges.size <= MOST_EXCHANGES) break;
      this.exchanges.delete(id);
    }
  }

  /** @param {string} status */
  setStatus(status) {
    if (this.status === status) return;
    this.status = status;
    this.changed();
  }

  /** The sandbox's present moment. */
  now() {
    return this.time.now();
  }

  /**
   * Show the thread of the message *ts*, or none.
   *
   * @param {string | null} ts
   */
  openThread(ts) {
    this.thread = ts;
    this.changed();
  }

  /**
   * Do *action* (a path of the driver) as this person; a refusal is shown and undefined is returned.
   *
   * @template {string} Path
   * @param {Path} action
   */
  act(action, body = {}) {
    return this.ask(post(action, { user: this.me, ...body }));
  }

  /**
   * Await *answer*; what the sandbox refuses is shown, and undefined is returned.
   *
   * @template Result
   * @param {Promise<Result>} answer
   */
  async ask(answer) {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refusals.push({ id: `r${Date.now()}${Math.random()}`, kind: "refused", text: error.message, about: "" });
      this.changed();
      return undefined;
    }
  }
}
