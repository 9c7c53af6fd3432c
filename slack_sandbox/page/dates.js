// Times as the viewer's zone has them. *now* is always the sandbox's clock, never the computer's.

/** @type {(options: Intl.DateTimeFormatOptions) => (date: Date) => string} */
const format = (options) => (date) => new Intl.DateTimeFormat("en-GB", options).format(date);
/** @type {Record<number, string>} */
const ENDINGS = { 1: "st", 2: "nd", 3: "rd" };
/** @param {number} n */
const ordinal = (n) => n + (n % 100 > 10 && n % 100 < 14 ? "th" : (ENDINGS[n % 10] ?? "th"));

const month = format({ month: "long" });
const shortMonth = format({ month: "short" });
const weekday = format({ weekday: "long" });

/** Return e.g. "14:05". */
export const clockTime = format({ hour: "2-digit", minute: "2-digit", hour12: false });

/** Return e.g. "14:05:33". */
export const clockSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

/**
 * Return e.g. "Monday, 23 November 2026 at 14:05:33".
 *
 * @param {Date} date
 */
export const fullTime = (date) =>
  `${format({ weekday: "long", day: "numeric", month: "long", year: "numeric" })(date)} at ${clockSeconds(date)}`;

/** @param {Date} date */
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** @type {Record<number, string>} */
const NEAR_DAYS = { "-1": "yesterday", 0: "today", 1: "tomorrow" };

/**
 * Return "today", "yesterday", "tomorrow", or "" for any other day.
 *
 * @param {Date} date
 * @param {Date} now
 */
export const nearDay = (date, now) => NEAR_DAYS[Math.round((midnight(date) - midnight(now)) / 86_400_000)] ?? "";

/**
 * Return a day divider's words: "Today", "Yesterday", "Monday, 23 November".
 *
 * @param {Date} date
 * @param {Date} now
 */
export function dayName(date, now) {
  const near = nearDay(date, now);
  if (near) return near.slice(0, 1).toUpperCase() + near.slice(1);
  /** @type {Intl.DateTimeFormatOptions} */
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return format({ weekday: "long", day: "numeric", month: "long", ...year })(date);
}

/**
 * Return whether two moments lie on the same day here.
 *
 * @param {Date} a
 * @param {Date} b
 */
export const sameDay = (a, b) => midnight(a) === midnight(b);

/** @type {[string, number][]} */
const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
];

/**
 * Return e.g. "3 min ago", "in 8 h".
 *
 * @param {Date} date
 * @param {Date} now
 */
export function ago(date, now) {
  const seconds = Math.round((now.getTime() - date.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return seconds >= 0 ? "just now" : "in a moment";
  const [unit, length] = UNITS.find(([, l]) => size >= l) ?? ["min", 60];
  const amount = `${Math.max(1, Math.round(size / length))} ${unit}`;
  return seconds >= 0 ? `${amount} ago` : `in ${amount}`;
}

/**
 * Return a Slack date *template* such as "{date_short_pretty} at {time}" filled in; unknown tokens stay.
 *
 * @param {string} template
 * @param {Date} date
 * @param {Date} now
 */
export function fillDate(template, date, now) {
  const day = date.getDate();
  const year = date.getFullYear();
  const thisYear = year === now.getFullYear();
  /** @type {Record<string, () => string>} */
  const plain = {
    date_num: () => `${year}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(day).padStart(2, "0")}`,
    date_slash: () => `${String(date.getMonth() + 1).padStart(2, "0")}/${String(day).padStart(2, "0")}/${year}`,
    date: () => `${month(date)} ${ordinal(day)}${thisYear ? "" : `, ${year}`}`,
    date_short: () => `${shortMonth(date)} ${day}, ${year}`,
    date_long: () => `${weekday(date)}, ${month(date)} ${ordinal(day)}, ${year}`,
    day_divider_pretty: () => dayName(date, now),
    time: () => clockTime(date),
    time_secs: () => clockSeconds(date),
    ago: () => ago(date, now),
  };
  return template.replace(/\{(\w+)\}/g, (all, token) => {
    const pretty = token.endsWith("_pretty") && token !== "day_divider_pretty";
    if (pretty && nearDay(date, now)) return nearDay(date, now);
    const make = plain[pretty ? token.slice(0, -"_pretty".length) : token];
    return make ? make() : all;
  });
}

/**
 * Return a message time ("1700000000.000100") as a Date.
 *
 * @param {string | number | undefined} ts
 */
export const dateOf = (ts) => new Date(Number(ts) * 1000);
