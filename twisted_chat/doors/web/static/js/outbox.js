// Own messages on their way: kept until the server shows them back.

// So many wait for the server's answer at a time.  Who is faster than the server's
// flood rule is delayed: by this, what is not speech never has to wait for a paste.
const WINDOW = 2;

const same = (text) => text.replace(/\s+/g, ' ').trim();

export class Outbox {
  #requests;
  #changed;
  #underWay = new Set();
  #waiting = new Set();

  constructor(requests, changed) {
    this.#requests = requests;
    this.#changed = changed;
    this.ready = false; // the nick is taken and the rooms are entered
  }

  /** Say `text`, now or as soon as there is a connection; `answers`: the id of what it answers. */
  say(conversation, kind, text, answers = 0) {
    if (!this.left(conversation)) conversation.queued = 0;
    conversation.queued += 1;
    const entry = { kind, text, answers, state: 'waiting' };
    conversation.outbox.push(entry);
    if (conversation.outside) this.#fail(entry, conversation.outside);
    else this.#waiting.add(conversation);
    this.#pump();
    this.#changed(conversation);
  }

  /** How many lines of `conversation` are still to be sent. */
  left(conversation) {
    return conversation.outbox.filter((entry) => entry.state !== 'failed').length;
  }

  /** Send what may be sent, of each conversation in turn. */
  #pump() {
    for (const conversation of this.#waiting) {
      if (!this.ready || this.#underWay.size >= WINDOW) return;
      if (!conversation.joined || conversation.behind) continue;
      const entry = conversation.outbox.find((one) => one.state === 'waiting');
      this.#waiting.delete(conversation);
      if (!entry) continue;
      this.#waiting.add(conversation);
      if (!this.#post(conversation, entry)) return;
    }
  }

  /** False when there is no connection. */
  #post(conversation, entry) {
    const { kind, text, answers } = entry;
    const answering = answers ? { reply_to: answers } : {};
    const where = conversation.isRoom ? { room: conversation.name } : { to: conversation.to };
    const verb = kind === 'action' ? 'me' : conversation.isRoom ? 'msg' : 'priv';
    const to = {
      conversation,
      answer: (event) => this.#answered(conversation, entry, event),
      refused: ({ text: why }) => this.#refused(conversation, entry, why),
      done: () => this.#settle(conversation, entry),
    };
    try {
      if (!this.#requests.send(verb, { ...where, text, ...answering }, to)) return false;
      entry.state = 'sent';
      this.#underWay.add(entry);
      this.#changed(conversation);
    } catch (error) {
      this.#fail(entry, error.message);
    }
    return true;
  }

  #fail(entry, why) {
    Object.assign(entry, { state: 'failed', why });
  }

  #answered(conversation, entry, event) {
    if (['message', 'action', 'private'].includes(event.event)) this.#settle(conversation, entry);
    return false;
  }

  /** False where the rest of it has been said. */
  #refused(conversation, entry, why) {
    const here = conversation.outbox.includes(entry);
    if (here) this.#fail(entry, why);
    this.#underWay.delete(entry);
    this.#pump();
    this.#changed(conversation);
    return here;
  }

  #settle(conversation, entry) {
    this.#underWay.delete(entry);
    this.forget(conversation, entry);
    this.#pump();
  }

  /** The connection broke: what was sent may have arrived or not. */
  lost(conversations) {
    this.ready = false;
    this.#underWay.clear();
    for (const conversation of conversations) {
      conversation.behind = true;
      for (const entry of conversation.outbox) if (entry.state === 'sent') entry.state = 'unsure';
      this.#changed(conversation);
    }
  }

  /** Among what was missed is an own message. */
  shown(conversation, item) {
    const entry = conversation.outbox.find((one) => one.state === 'unsure' && same(one.text) === same(item.text));
    if (entry) this.forget(conversation, entry);
  }

  /** All that was missed is here: what of it was ours has been shown. */
  resend(conversation, certain) {
    for (const entry of conversation.outbox) {
      if (entry.state !== 'unsure') continue;
      if (certain) entry.state = 'waiting';
      else this.#fail(entry, 'It is not certain that this arrived');
    }
    conversation.behind = false;
    this.#waiting.add(conversation);
    this.#pump();
    this.#changed(conversation);
  }

  /** One is not in the room any more: what waits can't be said there. */
  shut(conversation) {
    for (const entry of conversation.outbox) {
      if (entry.state === 'waiting' || entry.state === 'unsure') this.#fail(entry, conversation.outside);
    }
    this.#changed(conversation);
  }

  /** Don't send what is not sent yet. */
  cancel(conversation) {
    conversation.outbox = conversation.outbox.filter((entry) => entry.state !== 'waiting');
    this.#changed(conversation);
  }

  retry(conversation, entry) {
    this.forget(conversation, entry);
    this.say(conversation, entry.kind, entry.text, entry.answers);
  }

  forget(conversation, entry) {
    conversation.outbox = conversation.outbox.filter((one) => one !== entry);
    this.#changed(conversation);
  }
}
