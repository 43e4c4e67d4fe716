// @ts-check
// The connection to a class: it says who this browser is, and comes back by itself when it is lost.

import { BASE } from "../../front/address.js";

/** @typedef {Record<string, any>} Message */

const SOONEST = 400, LATEST = 4000; // milliseconds until it is tried again
const ENDED = 4000, ELSEWHERE = 4001, REFUSED = 4004; // reasons of the server's for closing

/**
 * @typedef {object} ConnectionEvents
 * @property {(message: Message) => void} message
 * @property {(connected: boolean) => void} connected
 * @property {(why: "ended" | "elsewhere" | "refused", sentence: string) => void} closed  it does not come back by itself
 */

export class Connection {
  #closed = false;
  #delay = SOONEST;
  #again = 0;
  #sentence = "";
  /** @type {WebSocket | null} */
  #socket = null;

  /**
   * @param {Message} first  what is said at every beginning
   * @param {ConnectionEvents} events
   */
  constructor(first, events) {
    this.first = first;
    this.events = events;
    this.#open();
  }

  #open() {
    const address = new URL(`${BASE}/class/live`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.first));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.refused) this.#sentence = message.refused;
      if (message.welcome) {
        this.#delay = SOONEST;
        this.events.connected(true);
      }
      this.events.message(message);
    };
    socket.onclose = ({ code }) => {
      if (this.#closed) return;
      this.events.connected(false);
      const why = code === ENDED ? "ended" : code === ELSEWHERE ? "elsewhere" : code === REFUSED ? "refused" : null;
      if (why && !this.#sentence.startsWith("Too many")) {
        this.#closed = true;
        this.events.closed(why, this.#sentence);
        return;
      }
      // Not all of a class at the same moment.
      this.#again = setTimeout(() => this.#open(), this.#delay * (0.5 + Math.random()));
      this.#delay = Math.min(2 * this.#delay, LATEST);
    };
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** @param {Message} message  dropped without a connection: what must not be lost is said again after a welcome */
  send(message) {
    if (this.open) this.#socket?.send(JSON.stringify(message));
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#socket?.close();
  }
}
