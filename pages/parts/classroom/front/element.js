// @ts-check
// The class of this tab: started, joined by a link or a code, led or followed, and left.

import { BASE } from "../../front/address.js";
import { onClassAsked } from "../../front/class_signals.js";
import { find, setColours, setText } from "../../front/dom.js";
import { keepLed, ledBefore } from "../../front/led_class.js";
import { mount } from "../../front/mount.js";
import { here } from "../../presenting/front/stage.js";
import { Bar } from "./bar.js";
import { Follower } from "./follower.js";
import { forgetName, keep, membership } from "./membership.js";
import { Presenter } from "./presenter.js";

/** @typedef {import("./payload").ClassData} ClassData */
/** @typedef {import("./membership.js").Membership} Membership */

const LONGEST_CODE = 12; // what is typed beyond that is no code either, and its refusal is the same

class ClassRoom {
  /** @type {Presenter | Follower | null} */
  #part = null;
  #joined = 0;

  /**
   * @param {HTMLElement} root
   * @param {ClassData} data
   */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.bar = new Bar(root);
    this.dialog = /** @type {HTMLDialogElement} */ (find(root, "dialog"));
    find(root, ".close").onclick = () => this.dialog.close();
    this.unsubscribe = onClassAsked((code) => (code ? this.#join(code) : void this.#start()));
    const invited = new URLSearchParams(location.search).get("class"), member = membership();
    if (invited && !(member?.secret && member.code === invited)) this.#join(invited);
    else if (member) this.#enter(member, openedByLink() ? here() : "");
  }

  /** @param {import("../../front/mount.js").Page<ClassData>} page */
  receive({ data }) {
    this.data = data;
    setColours(this.root, data.colours);
  }

  /** A new class, or the one that this browser leads already. */
  async #start() {
    const before = [membership(), ledBefore()].find((member) => member?.secret);
    if (before) {
      return this.#part instanceof Presenter ? this.#showCode(before.code) : this.#enter(before, "", true);
    }
    try {
      const answer = await fetch(`${BASE}/class/open`, { method: "POST" }), opened = await answer.json();
      if (opened.refused) return this.bar.show(opened.refused, [this.#dismiss]);
      this.#enter({ code: opened.code, secret: opened.secret });
      return await this.#showCode(opened.code);
    } catch {
      return this.bar.show("The server did not answer: no class was started.", [this.#dismiss]);
    }
  }

  /** @param {string} code */
  #join(code) {
    this.#enter({ code: code.replace(/[\s-]/g, "").toUpperCase().slice(0, LONGEST_CODE) });
  }

  /**
   * @param {Membership} member
   * @param {string} opened  the link that was opened in this tab, which is in the class already
   * @param {boolean} returns  whether another tab has led it
   */
  #enter(member, opened = "", returns = false) {
    this.#part?.close();
    keep(member);
    const { code, secret } = member, { classList } = document.documentElement;
    classList.toggle("leads-class", Boolean(secret));
    classList.add("in-class");
    if (secret) {
      this.#part = new Presenter({ code, secret }, this.bar, {
        counts: ({ joined }) => this.#count(joined),
        code: () => void this.#showCode(code),
        over: (why, sentence) => this.#over(why, sentence, member),
      }, returns);
    } else {
      this.#part = new Follower(member, opened, this.data, this.bar, (why, sentence) => this.#over(why, sentence, member));
    }
  }

  get #dismiss() {
    return { text: "Close", act: () => this.bar.hide() };
  }

  /**
   * @param {"ended" | "elsewhere" | "refused" | "left"} why
   * @param {string} sentence
   * @param {Membership} member
   */
  #over(why, sentence, member) {
    this.#part?.close();
    this.#part = null;
    this.dialog.close();
    if (why === "elsewhere") {
      const again = { text: "Continue here", main: true, act: () => this.#enter(member) };
      return this.bar.show("This class is open in another tab.", [again, this.#dismiss]);
    }
    keep(null);
    document.documentElement.classList.remove("in-class", "leads-class");
    const back = { text: "Come back", act: () => this.#enter(member) };
    if (why === "left") return this.bar.show("You have left the class.", [this.#dismiss, back]);
    if (why === "ended") forgetName();
    if (member.secret) keepLed(null);
    return this.bar.show(why === "ended" ? "The class has ended. Nothing of it is kept." : sentence, [this.#dismiss]);
  }

  // ---- the code, for the whole room -------------------------------------------------------------------------------

  /** @param {number} joined */
  #count(joined) {
    this.#joined = joined;
    setText(find(this.root, ".joined"), `${joined} joined`);
  }

  /** @param {string} code */
  async #showCode(code) {
    const origins = await fetch(`${BASE}/class/addresses`).then((answer) => answer.json()).then((found) => found.origins, () => []);
    const part = (/** @type {string} */ selector) => find(this.root, selector);
    const links = (origins.length ? origins : [location.origin]).map((/** @type {string} */ origin) => `${origin}${BASE}/?class=${code}`);
    // A code that no phone can follow is not shown to be scanned.
    const reached = origins.length > 0;
    part(".local").hidden = reached;
    for (const selector of ["img", ".check"]) part(selector).hidden = !reached;
    setText(part(".way-in"), reached ? "Scan it, or open" : "On this computer alone, open");
    setText(part(".local code"), this.data.command);
    setText(part(".address"), links[0]);
    setText(part(".code"), code);
    setText(part(".others"), links.length > 1 ? `If that fails: ${links.slice(1).join(", ")}` : "");
    part("img").setAttribute("src", `${BASE}/class/qr.svg?text=${encodeURIComponent(links[0])}`);
    this.#count(this.#joined);
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    this.unsubscribe();
    this.#part?.close();
    this.bar.close();
  }
}

/** Whether a link was followed, or an address typed, to come here: no reload, and not the browser's Back. */
function openedByLink() {
  const [entry] = performance.getEntriesByType("navigation");
  return entry instanceof PerformanceNavigationTiming && entry.type === "navigate";
}

export const show = mount(".class-room", (root, data) => new ClassRoom(root, data));
