// The WebSocket: comes back by itself, sends no faster than the server takes.

const SLOWEST = 30_000;
const BURST = 10;
const PER_SECOND = 1.9;
const PING_EVERY = 25_000;
const PONG_PATIENCE = 15_000;

export class Link {
  #socket = null;
  #queue = [];
  #tokens = BURST;
  #counted = 0;
  #pump = 0;
  #retry = 0;
  #failures = 0;
  #wanted = false;
  #heard = 0;
  #pings = 0;
  #owed = 0; // what the server still has to count, in commands
  #owedAt = 0;

  /** `on`: {open(), events(list), lost(), waiting(seconds)}. */
  constructor(url, on) {
    this.url = url;
    this.on = on;
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => document.hidden || this.hurry());
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    this.#wanted = true;
    this.#failures = 0;
    if (!this.#socket) this.#connect();
  }

  close() {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.#socket?.close(1000);
  }

  /** Try now instead of later. */
  hurry() {
    if (this.#wanted && !this.#socket) {
      clearTimeout(this.#retry);
      this.#connect();
    } else if (this.isOpen && Date.now() - this.#heard > PING_EVERY) {
      this.#ping();
    }
  }

  /** Send a line, for which the server counts `cost`; false when there is no connection. */
  send(line, cost = 1) {
    if (!this.isOpen) return false;
    this.#owed = this.#debt() + cost;
    this.#owedAt = Date.now();
    this.#queue.push(line);
    this.#flow();
    return true;
  }

  #connect() {
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#queue = [];
    socket.onopen = () => {
      this.#tokens = BURST;
      this.#owed = 0;
      this.#counted = this.#heard = Date.now();
      this.#pings = setInterval(() => this.#ping(), PING_EVERY);
      this.on.open();
    };
    socket.onmessage = (message) => this.#take(message.data);
    socket.onclose = () => this.#lost(socket);
  }

  #take(data) {
    this.#heard = Date.now();
    this.#failures = 0;
    const events = [];
    for (const line of data.split('\n')) {
      if (line) events.push(JSON.parse(line));
    }
    this.on.events(events);
  }

  #lost(socket) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    clearInterval(this.#pings);
    clearTimeout(this.#pump);
    this.#pump = 0;
    this.on.lost();
    if (!this.#wanted) return;
    const most = Math.min(SLOWEST, 500 * 2 ** this.#failures);
    const delay = most * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#connect(), delay);
    this.on.waiting(Math.ceil(delay / 1000));
  }

  #ping() {
    const socket = this.#socket;
    const asked = Date.now();
    this.send('PING alive');
    setTimeout(() => {
      if (this.#socket === socket && this.#heard < asked) {
        // The way is dead; closing in order would wait for it.
        socket.onclose = null;
        socket.close();
        this.#lost(socket);
      }
    }, PONG_PATIENCE + (1000 * this.#debt()) / PER_SECOND); // it is read behind all that
  }

  #debt() {
    return Math.max(0, this.#owed - ((Date.now() - this.#owedAt) / 1000) * PER_SECOND);
  }

  #flow() {
    if (this.#pump) return;
    const now = Date.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#counted) / 1000) * PER_SECOND);
    this.#counted = now;
    while (this.#queue.length && this.#tokens >= 1 && this.isOpen) {
      this.#tokens -= 1;
      this.#socket.send(this.#queue.shift());
    }
    if (this.#queue.length) {
      this.#pump = setTimeout(() => {
        this.#pump = 0;
        this.#flow();
      }, 1000 * ((1 - this.#tokens) / PER_SECOND));
    }
  }
}
