// Commands on their way up: each has a label, and all that answers it bears it.

const MOST = 256;
const LONGEST = 65_536; // bytes that the server reads as one command
const encoder = new TextEncoder();

/** What the flood rule of the server counts: lines of a text, or KiB. */
const costOf = (line, text) => Math.max(text.split('\n').length, Math.ceil(line.length / 1024));

export class Requests {
  #post;
  #count = 0;
  #open = new Map();

  /** `post` sends a line of a cost, and says whether there was a connection for it. */
  constructor(post) {
    this.#post = post;
  }

  /**
   * Send the command `verb`; false when there is no connection.
   *
   * `to`: {conversation, answer(event), refused(error), done()}, all optional: where it
   * was asked; what takes an answer or a refusal, and returns true for no more to be
   * made of it; and what is called when there is no answer.
   */
  send(verb, fields = {}, to = {}) {
    this.#count += 1;
    const label = `c${this.#count}`;
    const line = JSON.stringify({ do: verb, ...fields, label });
    if (encoder.encode(line).length > LONGEST) throw new Error('Too long; say it in parts');
    if (!this.#post(line, costOf(line, fields.text ?? ''))) return false;
    this.#open.set(label, to);
    if (this.#open.size > MOST) this.#open.delete(this.#open.keys().next().value);
    return true;
  }

  /** What `event` answers. */
  of(event) {
    const request = this.#open.get(event.label);
    if (event.event === 'done') this.#open.delete(event.label);
    return request ?? null;
  }

  /** The connection is gone, and with it all answers. */
  lost() {
    this.#open.clear();
  }
}
