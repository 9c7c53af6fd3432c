// What one person sees of the workspace: people, channels, the app; and how everything is called.

/** @import { Channel, State } from "./types.d.ts" */

/** The workspace as *me* (an id, or a name until the first state comes) sees it. */
export class Workspace {
  /** @type {State | null} */
  #state = null;

  /** @param {string} me */
  constructor(me) {
    this.me = me;
  }

  /** Whether the first state has come; before that, there is nothing to see. */
  get ready() {
    return this.#state !== null;
  }

  get state() {
    if (!this.#state) throw new Error("the sandbox hasn't said yet what there is to see");
    return this.#state;
  }

  /** @param {State} state */
  replace(state) {
    this.#state = state;
    this.me = state.me;
  }

  /** @param {string} id */
  person(id) {
    return this.state.people.find((p) => p.id === id);
  }

  /**
   * The name that Slack shows for a person.
   *
   * @param {string} id
   */
  nameOf(id) {
    const person = this.person(id);
    return person?.profile.display_name || person?.real_name || person?.name || id;
  }

  get bot() {
    return this.state.app.bot_user_id;
  }

  /** @param {string} id */
  channel(id) {
    return this.state.channels.find((c) => c.id === id);
  }

  /**
   * Say whether this person is a member of *channel*.
   *
   * @param {Channel} channel
   */
  joined(channel) {
    return channel.members.includes(this.me);
  }

  /**
   * Who else is in a direct conversation.
   *
   * @param {Channel} channel
   */
  otherIn(channel) {
    return channel.members.find((m) => m !== this.me) ?? this.me;
  }

  /** @param {Channel} channel */
  channelName(channel) {
    if (channel.is_im) return this.nameOf(this.otherIn(channel));
    if (channel.is_mpim)
      return channel.members
        .filter((m) => m !== this.me)
        .map((m) => this.nameOf(m))
        .join(", ");
    return channel.name;
  }

  /**
   * The part of the address that leads to a channel.
   *
   * @param {string} id
   */
  hashOf(id) {
    const channel = this.channel(id);
    return channel && !channel.is_im && !channel.is_mpim ? `#${channel.name}` : `#${id}`;
  }

  /** The conversation with the app, or undefined while there is none. */
  get appChannel() {
    return this.state.channels.find((c) => c.is_im && this.otherIn(c) === this.bot);
  }

  /** The channels where something can be written to or chosen, without direct messages. */
  get namedChannels() {
    return this.state.channels.filter((c) => !c.is_im && !c.is_mpim);
  }

  /**
   * Slack's state of an element in a message, as this person left it.
   *
   * @param {string} channel
   * @param {string} ts
   * @param {string} block
   * @param {string} action
   */
  chosenIn(channel, ts, block, action) {
    return this.state.chosen.find((c) => c.channel === channel && c.ts === ts)?.values[block]?.[action];
  }
}
