// @ts-check
// Questions to the server while q moves: one in flight, the latest wins, no more often than the screen can show.

import { BASE } from "../../front/address.js";

/** @typedef {Record<string, string>} Question  the link parameters of a state */
/** @typedef {import("./payload").PackedSweep} PackedSweep */
/** @typedef {import("./payload").PackedDiagnostics} PackedDiagnostics */

const LEAST_INTERVAL = 25, RETRY_MS = 400; // milliseconds

/** @param {number} time  in milliseconds */
const wait = (time) =>
  new Promise((wake) => {
    setTimeout(wake, time);
  });

/** The server cannot answer this question; the message says why. */
class Refused extends Error {}

/** A websocket on which every question has one answer, in turn. */
class Line {
  /** @type {{ done: (answer: any) => void, refuse: (error: Error) => void }[]} */
  #pending = [];
  /** @type {Promise<WebSocket> | null} */
  #opening = null;
  /** @type {WebSocket | null} */
  #live = null;

  open() {
    this.#opening ??= new Promise((opened, failed) => {
      const address = new URL(`${BASE}/play/stream`, location.href);
      address.protocol = address.protocol.replace("http", "ws");
      const socket = new WebSocket(address);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => opened((this.#live = socket));
      socket.onmessage = ({ data }) => {
        const asked = this.#pending.shift();
        if (typeof data !== "string") return asked?.done(new Uint8Array(data));
        const answer = JSON.parse(data);
        return answer.refused ? asked?.refuse(new Refused(answer.refused)) : asked?.done(answer);
      };
      socket.onclose = () => {
        this.#opening = this.#live = null;
        const lost = this.#pending.splice(0);
        failed(new Error("no connection"));
        for (const { refuse } of lost) refuse(new Error("the connection was lost"));
      };
    });
    return this.#opening;
  }

  /**
   * @param {string} part  what is asked for
   * @param {Question} question
   * @returns {Promise<any>}
   */
  ask(part, question) {
    const send = (/** @type {WebSocket} */ socket) =>
      new Promise((done, refuse) => {
        this.#pending.push({ done, refuse });
        socket.send(JSON.stringify({ ...question, part }));
      });
    // At once where that is possible: the server works while the browser draws.
    return this.#live ? send(this.#live) : this.open().then(send);
  }

  close() {
    this.#opening?.then((socket) => socket.close(), () => {});
  }
}

/** @typedef {{ question: Question, answered: (sweep: PackedSweep) => void, refused: (sentence: string) => void }} Asked */

export class Stream {
  /** @type {Asked | null} */
  #next = null;
  #running = false;
  #closed = false;
  // What is asked for at rest takes longer, and must not stand before what a movement asks for.
  #moving = new Line();
  #resting = new Line();

  constructor() {
    for (const line of [this.#moving, this.#resting]) line.open().catch(() => {});
  }

  /**
   * Ask for a sweep: `answered` gets it, unless a later question overtook it before it was sent; `refused` gets a sentence.
   * @param {Question} question
   * @param {Asked["answered"]} answered
   * @param {Asked["refused"]} refused
   */
  ask(question, answered, refused) {
    this.#next = { question, answered, refused };
    if (!this.#running) this.#run();
  }

  async #run() {
    this.#running = true;
    while (this.#next && !this.#closed) {
      /** @type {Asked} */
      const asked = this.#next, began = performance.now();
      this.#next = null;
      try {
        const answer = await this.#moving.ask("sweep", asked.question);
        // In a task of its own: the next question is on its way while this answer is painted.
        setTimeout(() => asked.answered(answer));
      } catch (error) {
        if (error instanceof Refused) asked.refused(error.message);
        else {
          // The connection is gone: the movement goes on, and what was asked last is asked again.
          this.#next ??= asked;
          await wait(RETRY_MS);
        }
      }
      const left = LEAST_INTERVAL - (performance.now() - began);
      if (left > 0) await wait(left);
    }
    this.#running = false;
  }

  /**
   * Gap, residual and forces at every step of a path; asked again until the connection is back.
   * @param {Question} question
   * @returns {Promise<PackedDiagnostics>}
   */
  diagnostics(question) {
    return this.#part("rest", question);
  }

  /**
   * The pictures at some steps of a path, one byte a pixel.
   * @param {Question} question
   * @returns {Promise<Uint8Array>}
   */
  pictures(question) {
    return this.#part("pictures", question);
  }

  /**
   * @param {string} name
   * @param {Question} question
   */
  async #part(name, question) {
    for (;;) {
      try {
        return await this.#resting.ask(name, question);
      } catch (error) {
        if (error instanceof Refused || this.#closed) throw error;
        await wait(RETRY_MS);
      }
    }
  }

  /** Leave out the question that has not been sent yet. */
  forget() {
    this.#next = null;
  }

  close() {
    this.#closed = true;
    this.#next = null;
    this.#moving.close();
    this.#resting.close();
  }
}

/**
 * Where a file about a state can be had.
 * @param {string} name
 * @param {Question} question
 */
export function fileAddress(name, question) {
  return `${BASE}/play/${name}?${new URLSearchParams(question)}`;
}
