// @ts-check
// What is asked for only once q is at rest, and then holds for the whole path of the slider: diagnostics, pictures, and what
// parts the gap.

import { diagnosticsOf } from "./sweep.js";
import { stopsOf, tilesOf } from "./tiles.js";

/** @typedef {import("./sweep.js").Sweep} Sweep */
/** @typedef {import("./sweep.js").Diagnostics} Diagnostics */
/** @typedef {import("./stream.js").Question} Question */
/** @typedef {import("./stream.js").Stream} Stream */

/** @typedef {{ units: string, diagnostics: ReturnType<Stream["diagnostics"]>, pictures: ReturnType<Stream["pictures"]> | null, shares: ReturnType<Stream["shares"]> }} Asked */

export class Details {
  /** @type {((sweep: Sweep, step: number) => Diagnostics) | null} */
  diagnostics = null;
  /** @type {((i: number) => Uint8Array) | null} */
  pictures = null;
  /** @type {number | null} */
  bestAboutMean = null; // the largest ELBO, every variance free
  #path = ""; // whose diagnostics have come, or are on their way
  #picturesOf = "";
  #pictureSteps = 0;
  #sharesOf = "";
  /** @type {Asked | null} */
  #ahead = null; // what was asked for before the path was known

  /**
   * @param {Stream} stream
   * @param {() => void} changed
   */
  constructor(stream, changed) {
    this.stream = stream;
    this.changed = changed;
  }

  /** Everything that was asked for belongs to another path now. */
  forget() {
    this.diagnostics = this.pictures = this.bestAboutMean = null;
    this.#path = this.#picturesOf = this.#sharesOf = "";
  }

  /**
   * Ask for what a state will want whose path is not known yet: the server computes it while the state itself is on its way.
   * @param {Question} link  of the state
   * @param {number} pictureSteps
   */
  ask(link, pictureSteps) {
    const { stream } = this, question = Object.fromEntries(Object.entries(link).filter(([, text]) => text));
    this.#ahead = {
      units: question.units, diagnostics: stream.diagnostics(question), pictures: pictureSteps ? stream.pictures(question) : null, shares: stream.shares(question) };
    for (const answer of [this.#ahead.diagnostics, this.#ahead.pictures, this.#ahead.shares]) answer?.catch(() => {});
  }

  /**
   * What was asked for before, if it was for this path.
   * @template {"diagnostics" | "pictures" | "shares"} Part
   * @param {Part} part
   * @param {string} path
   * @returns {Promise<Awaited<Asked[Part]> | null>}
   */
  async #askedBefore(part, path) {
    const ahead = this.#ahead;
    if (!ahead) return null;
    try {
      return `${ahead.units} ${(await ahead.diagnostics).path}` === path ? await ahead[part] : null;
    } catch {
      return null;
    }
  }

  /**
   * Ask for what is missing.
   * @param {string} path  names the path and the unit
   * @param {Question} question
   * @param {number} pictureSteps  how many steps have a picture; without images none
   */
  want(path, question, pictureSteps) {
    this.#pictureSteps = pictureSteps;
    if (path !== this.#path) this.#wantDiagnostics(path, question);
    const picturesOf = `${path} ${question.seed}`;
    if (picturesOf !== this.#picturesOf) this.#wantPictures(picturesOf, path, question, pictureSteps);
    if (path !== this.#sharesOf) this.#wantShares(path, question);
    this.#ahead = null;
  }

  /**
   * @param {string} path
   * @param {Question} question
   */
  async #wantShares(path, question) {
    this.#sharesOf = path;
    this.bestAboutMean = null;
    try {
      const { bestAboutMean } = (await this.#askedBefore("shares", path)) ?? (await this.stream.shares(question));
      if (this.#sharesOf !== path) return;
      this.bestAboutMean = bestAboutMean;
      this.changed();
    } catch {
      if (this.#sharesOf === path) this.#sharesOf = "";
    }
  }

  /**
   * @param {string} path
   * @param {Question} question
   */
  async #wantDiagnostics(path, question) {
    this.#path = path;
    this.diagnostics = null;
    try {
      const answer = (await this.#askedBefore("diagnostics", path)) ?? (await this.stream.diagnostics(question));
      if (this.#path !== path) return;
      this.diagnostics = diagnosticsOf(answer);
      this.changed();
    } catch {
      if (this.#path === path) this.#path = "";
    }
  }

  /**
   * @param {string} picturesOf
   * @param {string} path
   * @param {Question} question
   * @param {number} steps
   */
  async #wantPictures(picturesOf, path, question, steps) {
    this.#picturesOf = picturesOf;
    this.pictures = null;
    if (!steps) return;
    try {
      const answer = (await this.#askedBefore("pictures", path)) ?? (await this.stream.pictures(question));
      if (this.#picturesOf !== picturesOf) return;
      /** @type {Uint8Array[]} */
      const tiles = [], stops = stopsOf(answer);
      this.pictures = (i) => (tiles[i] ??= tilesOf(stops[i]));
      this.changed();
    } catch {
      if (this.#picturesOf === picturesOf) this.#picturesOf = "";
    }
  }

  /**
   * Gap, residual and forces at a stop; null until they have come.
   * @param {Sweep} sweep
   * @param {number} k
   * @returns {Diagnostics | null}
   */
  at(sweep, k) {
    const step = sweep.step(k);
    // On the path all stops get theirs from the same table, as soon as it has come.
    if (k === sweep.own && !(this.diagnostics && sweep.followsPath)) return sweep.now;
    return this.diagnostics && step >= 0 ? this.diagnostics(sweep, step) : null;
  }

  /**
   * Mean image and samples at a stop, or near it; null until they have come.
   * @param {Sweep} sweep
   * @param {number} k
   */
  pictureAt(sweep, k) {
    if (k === sweep.own) return sweep.picture;
    if (!this.pictures) return null;
    const steps = sweep.stops - (sweep.onPath ? 1 : 2);
    return this.pictures(Math.round((sweep.step(k) / steps) * (this.#pictureSteps - 1)));
  }
}
