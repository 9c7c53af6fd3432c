// The shapes that the page works with: Slack's own (text, blocks, elements, views, messages), as Slack documents them
// and as far as the page draws them, and the sandbox's (docs/sandbox.md). The compiler reads this file; no browser does.

// --- text

export interface Text {
  type: "plain_text" | "mrkdwn";
  text: string;
  emoji?: boolean;
}

export interface Option {
  text: Text;
  value: string;
  description?: Text;
  url?: string;
}

export interface Confirm {
  title: Text;
  text: Text;
  confirm: Text;
  deny: Text;
  style?: "primary" | "danger";
}

// --- block elements

interface Interactive {
  action_id: string;
  accessibility_label?: string;
  placeholder?: Text;
  focus_on_load?: boolean;
}

export interface Button extends Interactive {
  type: "button" | "workflow_button" | "icon_button";
  text?: Text;
  style?: "primary" | "danger";
  url?: string;
  value?: string;
  confirm?: Confirm;
}

export interface Overflow extends Interactive {
  type: "overflow";
  options: Option[];
  confirm?: Confirm;
}

export interface Picture {
  type: "image";
  alt_text: string;
  image_url?: string;
  slack_file?: { id?: string; url?: string };
}

type OneOrMany<Kind extends string> = Kind | `multi_${Kind}`;

export interface Select extends Interactive {
  type: OneOrMany<"static_select" | "external_select" | "users_select" | "conversations_select" | "channels_select">;
  options?: Option[];
  option_groups?: { label: Text; options: Option[] }[];
  min_query_length?: number;
  filter?: { include?: string[]; exclude_external_shared_channels?: boolean; exclude_bot_users?: boolean };
  confirm?: Confirm;
}

export interface Picker extends Interactive {
  type: "datepicker" | "timepicker" | "datetimepicker";
  initial_date?: string;
  initial_time?: string;
  initial_date_time?: number;
  confirm?: Confirm;
}

export interface Boxes extends Interactive {
  type: "checkboxes" | "radio_buttons";
  options: Option[];
  initial_options?: Option[];
  initial_option?: Option;
  confirm?: Confirm;
}

export interface TextInput extends Interactive {
  type: "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" | "rich_text_input";
  multiline?: boolean;
  is_decimal_allowed?: boolean;
  initial_value?: string | RichTextBlock;
  min_length?: number;
  max_length?: number;
}

/** Elements that Slack has and the page doesn't draw. */
export interface OtherElement extends Interactive {
  type: "file_input" | "feedback_buttons";
}

export type BlockElement = Button | Overflow | Picture | Select | Picker | Boxes | TextInput | OtherElement;

/** What an element holds, as it stands in `state.values`. */
export interface ElementState {
  type?: string;
  value?: string | null;
  selected_option?: Option | null;
  selected_options?: Option[];
  selected_user?: string | null;
  selected_users?: string[];
  selected_conversation?: string | null;
  selected_conversations?: string[];
  selected_channel?: string | null;
  selected_channels?: string[];
  selected_date?: string | null;
  selected_time?: string | null;
  selected_date_time?: number | null;
}

/** By block id, then by action id. */
export type Values = Record<string, Record<string, ElementState>>;

// --- rich text

export interface Style {
  bold?: boolean;
  italic?: boolean;
  strike?: boolean;
  code?: boolean;
}

export type RichTextLeaf =
  | { type: "text"; text: string; style?: Style }
  | { type: "link"; url: string; text?: string; style?: Style }
  | { type: "user"; user_id: string }
  | { type: "usergroup"; usergroup_id: string }
  | { type: "channel"; channel_id: string }
  | { type: "broadcast"; range: string }
  | { type: "emoji"; name: string; unicode?: string }
  | { type: "date"; timestamp: number; format: string; fallback?: string }
  | { type: "color"; value: string }
  | { type: "team" };

export interface RichTextList {
  type: "rich_text_list";
  style: "bullet" | "ordered";
  indent?: number;
  offset?: number;
  elements: { elements: RichTextLeaf[] }[];
}

export type RichTextPart =
  RichTextList | { type: "rich_text_quote" | "rich_text_preformatted" | "rich_text_section"; elements: RichTextLeaf[] };

export interface RichTextBlock {
  type: "rich_text";
  block_id: string;
  elements: RichTextPart[];
}

// --- blocks

interface Named {
  block_id: string;
}

export interface SectionBlock extends Named {
  type: "section";
  text?: Text;
  fields?: Text[];
  accessory?: BlockElement;
}

export interface InputBlock extends Named {
  type: "input";
  label: Text;
  element: BlockElement;
  hint?: Text;
  optional?: boolean;
  dispatch_action?: boolean;
}

export interface ContextBlock extends Named {
  type: "context";
  elements: (Picture | Text)[];
}

export type TableCell = RichTextBlock | { type: "raw_text" | "raw_number"; text?: string; value?: number };

export interface TableBlock extends Named {
  type: "table" | "data_table";
  rows: TableCell[][];
  column_settings?: ({ align?: "left" | "center" | "right" } | null)[];
  caption?: Text | string;
}

export interface CardBlock extends Named {
  type: "card";
  title?: Text;
  subtitle?: Text;
  body?: Text;
  subtext?: Text;
  actions?: Button[];
}

export interface ContainerBlock extends Named {
  type: "container" | "carousel";
  title?: Text;
  rich_text_title?: RichTextBlock;
  child_blocks?: Block[];
  elements?: Block[];
  is_collapsible?: boolean;
  default_collapsed?: boolean;
}

export interface ActionsBlock extends Named {
  type: "actions";
  elements: BlockElement[];
}

export interface ContextActionsBlock extends Named {
  type: "context_actions";
  elements: (Button | OtherElement)[];
}

export interface ImageBlock extends Named, Omit<Picture, "type"> {
  type: "image";
  title?: Text;
}

export interface AlertBlock extends Named {
  type: "alert";
  text: Text;
  level?: "default" | "info" | "warning" | "error" | "success";
}

export type Block =
  | SectionBlock
  | InputBlock
  | ContextBlock
  | TableBlock
  | CardBlock
  | ContainerBlock
  | ActionsBlock
  | ContextActionsBlock
  | ImageBlock
  | AlertBlock
  | RichTextBlock
  | (Named & { type: "header"; text: Text; level?: 1 | 2 | 3 | 4 })
  | (Named & { type: "divider" })
  | (Named & { type: "markdown"; text: string })
  | (Named & { type: "video" | "file" | "call" | "task_card" | "plan" }); // not drawn

/** Blocks whose elements somebody can press, choose in or write in. */
export type ControlBlock = SectionBlock | InputBlock | ActionsBlock | ContextActionsBlock | CardBlock;

// --- messages and views

export interface Attachment {
  pretext?: string;
  title?: string;
  text?: string;
  fallback?: string;
  blocks?: Block[];
  fields?: { title: string; value: string }[];
}

export interface Message {
  ts: string;
  user: string;
  text?: string;
  blocks?: Block[];
  attachments?: Attachment[];
  subtype?: string;
  username?: string;
  files?: { id: string; title: string }[];
  reactions?: { name: string; users: string[]; count: number }[];
  edited?: { user: string; ts: string };
  thread_ts?: string;
  root?: Message;
  reply_count?: number;
  reply_users?: string[];
  latest_reply?: string;
}

/** A message as it stands in a channel; one that is *ephemeral* only this person sees. */
export interface Entry {
  message: Message;
  ephemeral: boolean;
}

/** Slack's view object, and what only the client knows: its errors, and whether it waits for the app. */
export interface View {
  id: string;
  type: "modal" | "home";
  blocks: Block[];
  callback_id: string;
  state: { values: Values };
  title: Text;
  close: Text | null;
  submit: Text | null;
  client: { errors: Record<string, string>; error: string; busy: boolean };
}

// --- the workspace as one person sees it

export interface Person {
  id: string;
  team_id: string;
  name: string;
  real_name?: string;
  deleted: boolean;
  is_bot: boolean;
  is_restricted?: boolean;
  profile: { real_name: string; display_name: string };
  about?: string;
  human?: boolean;
}

export interface Group {
  id: string;
  name: string;
  handle: string;
  users: string[];
}

export interface Channel {
  id: string;
  name: string;
  is_im?: boolean;
  is_mpim?: boolean;
  is_private?: boolean;
  is_archived?: boolean;
  only_app_writes?: boolean;
  is_ext_shared?: boolean;
  members: string[];
  messages: Entry[];
}

export interface Shortcut {
  type: "global" | "message";
  name: string;
  callback_id: string;
  description?: string;
}

export interface App {
  id: string;
  name: string;
  bot_user_id: string;
  commands: string[] | null;
  shortcuts: Shortcut[];
  http: boolean;
  home_tab: boolean;
}

export interface Team {
  id: string;
  name: string;
}

export interface Notice {
  id: number | string;
  kind: "no_response" | "bad_answer" | "refused" | "slackbot";
  text: string;
  about: string;
}

export interface State {
  now: string;
  me: string;
  team: Team;
  app: App;
  people: Person[];
  groups: Group[];
  channels: Channel[];
  modals: View[];
  home: View | null;
  chosen: { channel: string; ts: string; values: Values }[];
  notices: Notice[];
  sockets: number;
}

/** What the live socket pushes: the whole state, or one thing as it is from now on. */
export type Change =
  | { type: "state"; state: State }
  | { type: "message"; channel: string; message: Message; ephemeral: boolean }
  | { type: "message_deleted"; channel: string; ts: string }
  | { type: "channel" | "group" | "held" }
  | { type: "person"; user: Person }
  | { type: "modals"; modals: View[] }
  | { type: "home"; home: View }
  | { type: "notice"; notice: Notice }
  | { type: "notices_dismissed" }
  | { type: "sockets"; open: number }
  | { type: "clock"; now: string }
  | { type: "exchange"; exchange: Exchange };

/** Where one is: a channel, a tab of the app, or nowhere yet. */
export type Place = { kind: "none" } | { kind: "channel"; id: string } | { kind: "app"; tab: string };

// --- what went over the wire

/** The fields of payloads that the page looks at; which of them a payload has depends on its kind. */
export interface Payload {
  event?: { user?: string };
  user?: string | { id: string };
  user_id?: string;
  channel?: string | { id: string };
  channel_id?: string;
  actions?: { action_id: string }[];
  action_id?: string;
  view?: { callback_id?: string };
  callback_id?: string;
  command?: string;
  text?: string;
}

export interface Exchange {
  id: number;
  at: string;
  direction: "app->slack" | "slack->app";
  transport: "web-api" | "response-url" | "socket" | "http";
  what: string;
  payload: Payload | string | null;
  proof: string;
  answer: unknown;
  status: string;
  ms: number | null;
  deadline_kept: boolean | null;
  saw: string[];
}

// --- faults, and the simulated cloud

export type FaultKind = "calls" | "events" | "now";

export interface SlackFaults {
  faults: Record<string, string>;
  kinds: Record<string, FaultKind>;
  waiting: { name: string; method: string; times: number }[];
}

export interface CloudFault {
  name: string;
  line: string;
  sort: string;
}

export interface CloudFaults {
  armed: { fault: string; on: string; left: number }[];
  faults: CloudFault[];
  kinds: string[];
}

export interface Cluster {
  id: string;
  name: string;
  status: string;
  sub_status?: string | null;
  task_status?: string | null;
}

export interface Snapshot {
  id: string;
  name: string;
  status: string;
  started: string;
}

export interface PageFacts {
  cloud: boolean;
  team: string;
}

/** What each path of the sandbox answers; the others say only that it was done. */
export interface Answers {
  people: { people: Person[] };
  page: PageFacts;
  "exchanges?limit=500": { exchanges: Exchange[] };
  faults: SlackFaults;
  clock: { now: string };
  search: { options: Option[] };
  forge: { status: number; answer: string };
  "cloud/faults": CloudFaults;
  "cloud/clusters": { clusters: Cluster[] };
  "cloud/snapshots": { snapshots: Snapshot[] };
  "cloud/calls": { counts: Record<string, number> };
}

export type Answer<Path extends string> = Path extends keyof Answers ? Answers[Path] : { ok: true };

// --- how the page draws

export type Child = Node | string | false | null | undefined | Child[];

type Listeners = { [Kind in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Kind]) => unknown };

export type Props = { on?: Listeners; class?: string | null; value?: string | null } & {
  [attribute: string]: string | boolean | null | undefined | Listeners;
};

/** An element in a block: where it stands, and how it is told what the server has. */
export type Control = HTMLElement & {
  control?: { block: string; action: string };
  showState?: (state: ElementState | undefined) => void;
  flush?: () => unknown;
  adopt?: (element: TextInput, optional: boolean) => void;
};

/** A block's node. `adopt` takes a changed block on, where the node can stay; `showError` shows words below an input. */
export type BlockNode = HTMLElement & {
  adopt?(next: Block): boolean;
  showError?: (words: string | undefined) => void;
};

/** A child of a list that `sync` keeps; *sig* is any JSON. */
export interface Item<Sig = unknown> {
  key: string;
  sig: Sig;
  make: () => HTMLElement & { adopt?(sig: Sig): boolean };
}

/** How an element is called, what it holds, and what is done when somebody presses, chooses, writes or searches. */
export interface Field {
  label: string;
  labelledBy?: boolean;
  id?: string;
  describedBy?: string;
  focusKey: string;
  optional: boolean;
  dispatch: boolean;
  state: ElementState | undefined;
  press: (value: string | null) => Promise<unknown>;
  choose: (value: string | number | string[] | null) => unknown;
  write: (text: string, enter: boolean) => Promise<unknown> | undefined;
  search: (text: string) => Promise<Option[]>;
  enter?: () => void;
}

/** One thing to choose; *mark* draws what stands before it. */
export interface Choice {
  value: string;
  text: string;
  detail?: string;
  group?: string;
  mark?: () => Node;
}

/** An entry of a menu. */
export interface MenuItem {
  label: Child;
  detail?: Child;
  run: () => unknown;
}

/** A panel of the drawer. */
export interface Panel {
  title: string;
  icon: import("./dom.js").IconName;
  hint: string;
  node: HTMLElement;
  opened: () => unknown;
  draw: () => void;
}
