// The sandbox's time, which can be moved forward; pages in the same browser tell one another.

/** The sandbox's time; *moved* is called when somebody moved it. */
export class SandboxTime {
  #skew = 0;
  #channel = new BroadcastChannel("sandbox-clock");

  /** @param {() => void} moved */
  constructor(moved) {
    this.moved = moved;
    this.#channel.addEventListener("message", (event) => this.set(event.data));
  }

  /** The sandbox's present moment. */
  now() {
    return new Date(Date.now() + this.#skew);
  }

  /** @param {string} now */
  set(now) {
    this.#skew = Date.parse(now) - Date.now();
    this.moved();
  }

  /**
   * Take over *now*, and tell the other pages in this browser.
   *
   * @param {string} now
   */
  announce(now) {
    this.set(now);
    this.#channel.postMessage(now);
  }
}
