// What one person sees, kept up to date by the live socket, and where in it they are.

import { post, read, Refusal } from "./api.js";

const MOST_EXCHANGES = 500;

/** One person's client. Views are told by `listen`; all that they draw is read from here. */
export class Client {
  constructor(me) {
    this.me = me;
    this.state = null;
    this.status = "connecting";
    this.place = { kind: "none" };
    this.thread = null;
    this.exchanges = new Map();
    this.hidden = new Set();
    this.refusals = [];
    this.skew = 0;
    this.listeners = [];
    this.drawing = false;
    this.refetch = () => {}; // set once the live socket is followed
    this.clocks = new BroadcastChannel("sandbox-clock");
    this.clocks.addEventListener("message", (event) => this.setClock(event.data));
  }

  /** Call *draw* after every change, once per turn. */
  listen(draw) {
    this.listeners.push(draw);
  }

  /** Draw soon. */
  changed() {
    if (this.drawing || !this.state) return;
    this.drawing = true;
    queueMicrotask(() => {
      this.drawing = false;
      for (const draw of this.listeners) draw();
    });
  }

  /** Take in one push of the live socket. */
  take(change) {
    const { state } = this;
    switch (change.type) {
      case "state":
        this.replace(change.state);
        return;
      case "message":
        this.keep(change);
        break;
      case "message_deleted": {
        const channel = this.channel(change.channel);
        if (channel) channel.messages = channel.messages.filter((m) => m.message.ts !== change.ts);
        break;
      }
      case "channel":
      case "group":
        this.refetch();
        return;
      case "person": {
        const at = state.people.findIndex((p) => p.id === change.user.id);
        if (at >= 0) state.people[at] = { ...state.people[at], ...change.user };
        break;
      }
      case "modals":
        state.modals = change.modals;
        break;
      case "home":
        state.home = change.home;
        break;
      case "notice":
        state.notices.push(change.notice);
        break;
      case "notices_dismissed":
        state.notices = [];
        break;
      case "sockets":
        state.sockets = change.open;
        break;
      case "clock":
        this.setClock(change.now);
        break;
      case "exchange":
        this.keepExchange(change.exchange);
        break;
    }
    this.changed();
  }

  replace(state) {
    this.state = state;
    this.me = state.me;
    this.setClock(state.now);
    this.changed();
  }

  keep({ channel: id, message, ephemeral }) {
    const channel = this.channel(id);
    if (!channel) {
      this.refetch();
      return;
    }
    const at = channel.messages.findIndex((m) => m.message.ts === message.ts);
    if (at >= 0) channel.messages[at] = { message, ephemeral };
    else {
      channel.messages.push({ message, ephemeral });
      channel.messages.sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1));
    }
  }

  keepExchange(exchange) {
    this.exchanges.set(exchange.id, exchange);
    for (const id of this.exchanges.keys()) {
      if (this.exchanges.size <= MOST_EXCHANGES) break;
      this.exchanges.delete(id);
    }
  }

  setClock(now) {
    this.skew = new Date(now) - Date.now();
    this.changed();
  }

  /** Tell this person's and everybody else's pages in this browser that the clock was moved. */
  movedClock(now) {
    this.setClock(now);
    this.clocks.postMessage(now);
  }

  setStatus(status) {
    if (this.status === status) return;
    this.status = status;
    this.changed();
  }

  /** The sandbox's present moment. */
  now() {
    return new Date(Date.now() + this.skew);
  }

  person(id) {
    return this.state.people.find((p) => p.id === id);
  }

  /** The name that Slack shows for a person. */
  nameOf(id) {
    const person = this.person(id);
    return person?.profile.display_name || person?.real_name || person?.name || id;
  }

  /** Say whether this person is a member of *channel*. */
  joined(channel) {
    return channel.members.includes(this.me);
  }

  channel(id) {
    return this.state.channels.find((c) => c.id === id);
  }

  get bot() {
    return this.state.app.bot_user_id;
  }

  /** Who else is in a direct conversation. */
  otherIn(channel) {
    return channel.members.find((m) => m !== this.me) ?? this.me;
  }

  channelName(channel) {
    if (channel.is_im) return this.nameOf(this.otherIn(channel));
    if (channel.is_mpim)
      return channel.members
        .filter((m) => m !== this.me)
        .map((m) => this.nameOf(m))
        .join(", ");
    return channel.name;
  }

  /** The conversation with the app, or undefined while there is none. */
  get appChannel() {
    return this.state.channels.find((c) => c.is_im && this.otherIn(c) === this.bot);
  }

  /** The channels where something can be written to or chosen, without direct messages. */
  get namedChannels() {
    return this.state.channels.filter((c) => !c.is_im && !c.is_mpim);
  }

  /** Show the thread of the message *ts*, or none. */
  openThread(ts) {
    this.thread = ts;
    this.changed();
  }

  /** Slack's state of an element in a message, as this person left it. */
  chosenIn(channel, ts, block, action) {
    return this.state.chosen?.find((c) => c.channel === channel && c.ts === ts)?.values[block]?.[action];
  }

  hashOf(id) {
    const channel = this.channel(id);
    return channel && !channel.is_im && !channel.is_mpim ? `#${channel.name}` : `#${id}`;
  }

  /** Do *action* (a path of the driver) as this person; a refusal is shown and undefined is returned. */
  async act(action, body = {}) {
    return this.ask(post(action, { user: this.me, ...body }));
  }

  /** Await *answer*; what the sandbox refuses is shown, and undefined is returned. */
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
