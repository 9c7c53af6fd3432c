// The live socket: the whole state once, then every change. It comes back by itself.

/** @import { Change } from "./types.d.ts" */

const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 5000;

/**
 * Follow what *user* sees: *onChange* gets every change, *onStatus* "connecting", "open" or "lost".
 * Return what asks for the whole state again; it comes as a change, in order with the others.
 *
 * @param {string} user
 * @param {(change: Change) => void} onChange
 * @param {(status: string) => void} onStatus
 */
export function follow(user, onChange, onStatus) {
  let pause = FIRST_PAUSE;
  /** @type {WebSocket | undefined} */
  let socket;
  const connect = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/_sandbox/live?user=${encodeURIComponent(user)}`);
    socket.addEventListener("message", (event) => {
      pause = FIRST_PAUSE;
      onStatus("open");
      onChange(JSON.parse(event.data));
    });
    socket.addEventListener("close", () => {
      onStatus("lost");
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    });
  };
  onStatus("connecting");
  connect();
  return () => {
    if (socket?.readyState === WebSocket.OPEN) socket.send("state"); // a new connection begins with it anyway
  };
}
