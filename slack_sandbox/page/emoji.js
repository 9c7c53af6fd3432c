// The emoji that apps name as :short_names:; any other name is shown as it was typed, as Slack does.

/** @type {Record<string, string>} */
const EMOJI = {
  "+1": "👍",
  thumbsup: "👍",
  "-1": "👎",
  thumbsdown: "👎",
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  x: "❌",
  heavy_multiplication_x: "✖️",
  no_entry: "⛔",
  no_entry_sign: "🚫",
  hourglass: "⌛",
  hourglass_flowing_sand: "⏳",
  clock3: "🕒",
  stopwatch: "⏱️",
  outbox_tray: "📤",
  inbox_tray: "📥",
  camera: "📷",
  camera_with_flash: "📸",
  leftwards_arrow_with_hook: "↩️",
  arrow_right: "➡️",
  large_green_circle: "🟢",
  large_yellow_circle: "🟡",
  red_circle: "🔴",
  large_blue_circle: "🔵",
  white_circle: "⚪",
  hammer_and_wrench: "🛠️",
  wrench: "🔧",
  lightning_cloud: "🌩️",
  cloud: "☁️",
  zap: "⚡",
  double_vertical_bar: "⏸️",
  warning: "⚠️",
  rotating_light: "🚨",
  information_source: "ℹ️",
  question: "❓",
  exclamation: "❗",
  bulb: "💡",
  lock: "🔒",
  unlock: "🔓",
  key: "🔑",
  shield: "🛡️",
  eyes: "👀",
  wave: "👋",
  tada: "🎉",
  rocket: "🚀",
  fire: "🔥",
  sparkles: "✨",
  star: "⭐",
  heart: "❤️",
  smile: "😄",
  slightly_smiling_face: "🙂",
  thinking_face: "🤔",
  cry: "😢",
  pray: "🙏",
  ok_hand: "👌",
  raised_hands: "🙌",
  clap: "👏",
  muscle: "💪",
  robot_face: "🤖",
  bust_in_silhouette: "👤",
  busts_in_silhouette: "👥",
  calendar: "📆",
  spiral_calendar_pad: "🗓️",
  memo: "📝",
  pencil2: "✏️",
  pushpin: "📌",
  link: "🔗",
  mag: "🔍",
  package: "📦",
  floppy_disk: "💾",
  file_cabinet: "🗄️",
  bar_chart: "📊",
  chart_with_upwards_trend: "📈",
  bell: "🔔",
  no_bell: "🔕",
  speech_balloon: "💬",
  email: "📧",
  gear: "⚙️",
  recycle: "♻️",
  repeat: "🔁",
  construction: "🚧",
  octagonal_sign: "🛑",
  checkered_flag: "🏁",
  snowflake: "❄️",
  bug: "🐛",
  computer: "💻",
  card_index_dividers: "🗂️",
};

/** @type {Record<string, string>} */
const SKIN = { 2: "\u{1f3fb}", 3: "\u{1f3fc}", 4: "\u{1f3fd}", 5: "\u{1f3fe}", 6: "\u{1f3ff}" };

/**
 * Return *text* with known :short_names: as characters.
 *
 * @param {string} text
 */
export const emojize = (text) =>
  text.replace(/:([a-z0-9_+-]+)(?:::skin-tone-([2-6]))?:/g, (all, name, tone) =>
    Object.hasOwn(EMOJI, name) ? EMOJI[name] + (tone ? SKIN[tone] : "") : all,
  );

/**
 * Return the character of a rich text emoji element, or its :name:.
 *
 * @param {{ name: string, unicode?: string }} emoji
 */
export const emojiOf = ({ name, unicode }) =>
  unicode ? String.fromCodePoint(...unicode.split("-").map((part) => parseInt(part, 16))) : emojize(`:${name}:`);
