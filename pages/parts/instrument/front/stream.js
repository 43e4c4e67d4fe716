// Questions to the server while the hand moves: one in flight, the latest wins, no more often than the screen can show.

const LEAST_INTERVAL = 25, AGAIN = 400; // milliseconds

export class Stream {
  constructor(base) {
    this.base = base;
  }

  address(part, question) {
    return `${this.base}/play/${part}?${new URLSearchParams(question)}`;
  }

  // Ask for a sweep: `answered` gets it, unless a later question overtook it before it was sent; `refused` gets a sentence.
  ask(question, answered, refused) {
    this.next = { question, answered, refused };
    this.send();
  }

  send() {
    if (this.asked || !this.next || this.waiting) return;
    const socket = this.open();
    if (socket.readyState !== WebSocket.OPEN) return;
    const left = LEAST_INTERVAL - (performance.now() - (this.began ?? 0));
    if (left > 0) {
      this.waiting = setTimeout(() => {
        this.waiting = null;
        this.send();
      }, left);
      return;
    }
    this.asked = this.next;
    this.next = null;
    this.began = performance.now();
    socket.send(JSON.stringify(this.asked.question));
  }

  open() {
    if (this.socket) return this.socket;
    const address = new URL(`${this.base}/play/stream`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(address));
    socket.onopen = () => this.send();
    socket.onmessage = ({ data }) => {
      const { answered, refused } = this.asked, answer = JSON.parse(data);
      this.asked = null;
      // The next question is on its way while this answer is painted.
      this.send();
      if (answer.refused) refused(answer.refused);
      else answered(answer);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      // The connection is gone: the hand goes on, and what was asked last is asked again.
      this.socket = null;
      this.next ??= this.asked;
      this.asked = null;
      if (this.next) setTimeout(() => this.send(), AGAIN);
    };
    return socket;
  }

  forget() {
    this.next = null;
  }

  close() {
    const { socket } = this;
    this.socket = this.next = null;
    clearTimeout(this.waiting);
    socket?.close();
  }

  async part(name, question) {
    const response = await fetch(this.address(name, question));
    if (!response.ok) throw new Error((await response.json()).refused);
    return name === "pictures" ? new Uint8Array(await response.arrayBuffer()) : response.json();
  }
}
