// @ts-check
// Questions to the server while q moves: one in flight, the latest wins, no more often than the screen can show.

import { BASE } from "../../front/address.js";
import { written } from "../../front/text.js";

/** @typedef {Record<string, string>} Question  the link parameters of a state */
/** @typedef {import("./payload").PackedSweep} PackedSweep */
/** @typedef {import("./payload").PackedDiagnostics} PackedDiagnostics */

const LEAST_INTERVAL = 25, RETRY_MS = 400; // milliseconds
const LATE_MS = 500; // an answer for which one has waited so long is late
// So often, and for so long each time, a websocket is tried where none has ever opened; then plain requests ask.
const ATTEMPTS = 2, OPENING_MS = 4000;
// An idle websocket is closed: a class that reads or listens would keep hundreds open.
const IDLE_MS = { moving: 60_000, resting: 5000 };

/** @param {number} time  in milliseconds */
const wait = (time) =>
  new Promise((wake) => {
    setTimeout(wake, time);
  });

/** The server cannot answer this question; the message says why. */
class Refused extends Error {}

/**
 * A websocket on which every question has one answer, in turn. Where a proxy lets no websocket of ours through, each question
 * is a request of its own: slower, but with the same answers.
 */
class Line {
  #failures = 0;
  #opened = false;
  #idle = 0;

  /** @param {number} idle  after so many milliseconds without a question the socket is closed, until the next */
  constructor(idle) {
    this.idle = idle;
  }

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
      const late = setTimeout(() => socket.close(), OPENING_MS);
      socket.onopen = () => {
        clearTimeout(late);
        this.#opened = true;
        opened((this.#live = socket));
        this.#closeWhenIdle(socket);
      };
      socket.onmessage = ({ data }) => {
        const asked = this.#pending.shift();
        this.#closeWhenIdle(socket);
        if (typeof data !== "string") return asked?.done(new Uint8Array(data));
        const answer = JSON.parse(data);
        return answer.refused ? asked?.refuse(new Refused(answer.refused)) : asked?.done(answer);
      };
      socket.onclose = () => {
        clearTimeout(late);
        clearTimeout(this.#idle);
        this.#failures += 1;
        this.#opening = this.#live = null;
        const lost = this.#pending.splice(0);
        failed(new Error("no connection"));
        for (const { refuse } of lost) refuse(new Error("the connection was lost"));
      };
    });
    return this.#opening;
  }

  /** @param {WebSocket} socket */
  #closeWhenIdle(socket) {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#pending.length) return; // its answer begins the wait anew
      this.#opening = this.#live = null;
      socket.onclose = null;
      socket.close();
    }, this.idle);
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
    if (!this.#opened && this.#failures >= ATTEMPTS) return request(part, question);
    // At once where that is possible: the server works while the browser draws.
    return this.#live ? send(this.#live) : this.open().then(send);
  }

  close() {
    clearTimeout(this.#idle);
    this.#opening?.then((socket) => socket.close(), () => {});
  }
}

/**
 * The answer to a question by plain HTTP.
 * @param {string} part
 * @param {Question} question
 */
async function request(part, question) {
  const response = await fetch(fileAddress(part, question));
  if (!response.headers.get("content-type")?.startsWith("application/json")) {
    if (!response.ok) throw new Error(`the server answered with ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  const answer = await response.json();
  if (answer.refused) throw new Refused(answer.refused);
  return answer;
}

/** @typedef {{ question: Question, answered: (sweep: PackedSweep) => void, refused: (sentence: string) => void }} Asked */

export class Stream {
  /** @type {Asked | null} */
  #next = null;
  #running = false;
  #closed = false;
  // What is asked for at rest takes longer, and must not stand before what a movement asks for.
  #moving = new Line(IDLE_MS.moving);
  #resting = new Line(IDLE_MS.resting);
  #waiting = 0;

  /** @param {(late: boolean) => void} late  called when the answer to what a movement asks is late, and when it has come */
  constructor(late) {
    this.late = late;
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
    this.#waiting ||= setTimeout(() => this.late(true), LATE_MS);
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
        this.#arrived();
        // In a task of its own: the next question is on its way while this answer is painted.
        setTimeout(() => asked.answered(answer));
      } catch (error) {
        if (error instanceof Refused) {
          this.#arrived();
          asked.refused(error.message);
        } else {
          // The connection is gone: the movement goes on, and what was asked last is asked again.
          this.#next ??= asked;
          await wait(RETRY_MS);
        }
      }
      const left = LEAST_INTERVAL - (performance.now() - began);
      if (left > 0) await wait(left);
    }
    this.#running = false;
    this.forget(); // what was forgotten in that time is not waited for
  }

  // What was asked in the meantime is waited for from now on.
  #arrived() {
    clearTimeout(this.#waiting);
    this.#waiting = this.#next ? setTimeout(() => this.late(true), LATE_MS) : 0;
    this.late(false);
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
   * What parts the gap of every q about a mean.
   * @param {Question} question
   * @returns {Promise<import("./payload").SharesData>}
   */
  shares(question) {
    return this.#part("shares", question);
  }

  /**
   * The best mean for the variance of a q, and what some means lose against it.
   * @param {Question} question
   * @param {number[][]} means
   * @returns {Promise<import("../../front/class_signals.js").Losses>}
   */
  guesses(question, means) {
    return this.#part("guesses", { ...question, means: means.flat().map(written).join(" ") });
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
    if (this.#running) return;
    clearTimeout(this.#waiting);
    this.#waiting = 0;
  }

  close() {
    this.#closed = true;
    this.#next = null;
    clearTimeout(this.#waiting);
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
