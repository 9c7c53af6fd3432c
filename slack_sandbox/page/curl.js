// An exchange as a command line. Secrets never reach the page, so they are shell variables here.

/** @import { Exchange } from "./types.d.ts" */

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Return the curl command that repeats *exchange*; *origin* is the sandbox's address.
 *
 * @param {Exchange} exchange
 * @param {string} origin
 */
export function asCurl(exchange, origin) {
  const payload = exchange.payload ?? {};
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  if (exchange.transport === "web-api")
    return [
      `curl ${quoted(`${origin}/api/${exchange.what}`)}`,
      '-H "Authorization: Bearer $SLACK_BOT_TOKEN"',
      "-H 'Content-Type: application/json; charset=utf-8'",
      `--data ${quoted(body)}`,
    ].join(" \\\n  ");
  if (exchange.transport === "response-url")
    return ['curl "$RESPONSE_URL"', "-H 'Content-Type: application/json'", `--data ${quoted(body)}`].join(" \\\n  ");
  const lines = [
    'curl "$REQUEST_URL"',
    '-H "X-Slack-Request-Timestamp: $TIMESTAMP"',
    '-H "X-Slack-Signature: $SIGNATURE"',
  ];
  if (exchange.what.startsWith("event ")) lines.push("-H 'Content-Type: application/json'", `--data ${quoted(body)}`);
  else if (typeof payload !== "string" && payload.command)
    for (const [name, value] of Object.entries(payload)) lines.push(`--data-urlencode ${quoted(`${name}=${value}`)}`);
  else lines.push(`--data-urlencode ${quoted(`payload=${body}`)}`);
  return lines.join(" \\\n  ");
}
