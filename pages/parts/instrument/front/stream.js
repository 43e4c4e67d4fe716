// Questions to the server while the hand moves: one in flight, the latest wins, no more often than the screen can show.

const LEAST_INTERVAL = 33; // milliseconds

export class Stream {
  constructor(base) {
    this.base = base;
  }

  address(part, question) {
    return `${this.base}/play/${part}?${new URLSearchParams(question)}`;
  }

  // Ask for a sweep; `answered` is called for the latest question that was not overtaken, `refused` with a sentence.
  ask(question, answered, refused) {
    this.next = { question, answered, refused };
    if (!this.busy) this.run();
  }

  async run() {
    this.busy = true;
    while (this.next) {
      const { question, answered, refused } = this.next, began = performance.now();
      this.next = null;
      try {
        const response = await fetch(this.address("sweep", question)), answer = await response.json();
        // Not awaited here: what an answer does is no matter of the connection.
        queueMicrotask(() => (response.ok ? answered(answer) : refused(answer.refused)));
      } catch {
        // The connection is gone: the hand goes on, and asks again as long as nothing newer was asked.
        this.next ??= { question, answered, refused };
        await new Promise((wake) => setTimeout(wake, 500));
      }
      const left = LEAST_INTERVAL - (performance.now() - began);
      if (left > 0) await new Promise((wake) => setTimeout(wake, left));
    }
    this.busy = false;
  }

  forget() {
    this.next = null;
  }

  async part(name, question) {
    const response = await fetch(this.address(name, question));
    if (!response.ok) throw new Error((await response.json()).refused);
    return name === "pictures" ? new Uint8Array(await response.arrayBuffer()) : response.json();
  }
}
