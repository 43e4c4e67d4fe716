// Questions to the server while the hand moves: one in flight, the latest wins, no more often than the screen can show.

const LEAST_INTERVAL = 25, AGAIN = 400; // milliseconds
const wait = (time) => new Promise((wake) => setTimeout(wake, time));

// A websocket on which every question has one answer, in turn.
class Line {
  constructor(address) {
    this.address = new URL(address, location.href);
    this.address.protocol = this.address.protocol.replace("http", "ws");
    this.pending = [];
  }

  open() {
    this.socket ??= new Promise((opened, failed) => {
      const socket = new WebSocket(this.address);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => opened((this.live = socket));
      socket.onmessage = ({ data }) => {
        const { done, refuse } = this.pending.shift();
        if (typeof data !== "string") return done(new Uint8Array(data));
        const answer = JSON.parse(data);
        return answer.refused ? refuse(Object.assign(new Error(answer.refused), { refused: true })) : done(answer);
      };
      socket.onclose = () => {
        this.socket = this.live = null;
        const lost = this.pending.splice(0);
        failed(new Error("no connection"));
        for (const { refuse } of lost) refuse(new Error("the connection was lost"));
      };
    });
    return this.socket;
  }

  ask(part, question) {
    const send = (socket) => new Promise((done, refuse) => {
      this.pending.push({ done, refuse });
      socket.send(JSON.stringify({ ...question, part }));
    });
    // At once where that is possible: the server works while the browser draws.
    return this.live ? send(this.live) : this.open().then(send);
  }

  close() {
    this.socket?.then((socket) => socket.close(), () => {});
  }
}

export class Stream {
  constructor(base) {
    this.base = base;
    // What a resting hand asks for takes longer, and must not stand before what a moving one asks for.
    [this.moving, this.resting] = [new Line(`${base}/play/stream`), new Line(`${base}/play/stream`)];
    for (const line of [this.moving, this.resting]) line.open().catch(() => {});
  }

  // Where a file can be had.
  address(part, question) {
    return `${this.base}/play/${part}?${new URLSearchParams(question)}`;
  }

  // Ask for a sweep: `answered` gets it, unless a later question overtook it before it was sent; `refused` gets a sentence.
  ask(question, answered, refused) {
    this.next = { question, answered, refused };
    if (!this.running) this.run();
  }

  async run() {
    this.running = true;
    while (this.next && !this.closed) {
      const asked = this.next, began = performance.now();
      this.next = null;
      try {
        const answer = await this.moving.ask("sweep", asked.question);
        // In a task of its own: the next question is on its way while this answer is painted.
        setTimeout(() => asked.answered(answer));
      } catch (error) {
        if (error.refused) asked.refused(error.message);
        else {
          // The connection is gone: the hand goes on, and what was asked last is asked again.
          this.next ??= asked;
          await wait(AGAIN);
        }
      }
      const left = LEAST_INTERVAL - (performance.now() - began);
      if (left > 0) await wait(left);
    }
    this.running = false;
  }

  // What only a resting hand needs; asked again until the connection is back.
  async part(name, question) {
    for (;;) {
      try {
        return await this.resting.ask(name, question);
      } catch (error) {
        if (error.refused || this.closed) throw error;
        await wait(AGAIN);
      }
    }
  }

  forget() {
    this.next = null;
  }

  close() {
    this.closed = true;
    this.next = null;
    this.moving.close();
    this.resting.close();
  }
}
