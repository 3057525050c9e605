// Own messages on their way: kept until the server shows them back.

const same = (text) => text.replace(/\s+/g, ' ').trim();

export class Outbox {
  constructor(send, changed) {
    this.send = send;
    this.changed = changed;
    this.ready = false; // the nick is taken and the rooms are entered
  }

  /** Say `text`, now or as soon as there is a connection. */
  say(conversation, kind, text) {
    const entry = { kind, text, state: 'waiting', at: Date.now() };
    conversation.outbox.push(entry);
    const first = conversation.outbox.every((one) => one === entry || one.state === 'sent' || one.state === 'failed');
    if (this.ready && conversation.joined && first) this.#post(conversation, entry);
    this.changed(conversation);
  }

  #post(conversation, entry) {
    if (entry.kind === 'action') {
      this.send(`JOIN ${conversation.name}`);
      this.send(`ME ${entry.text}`);
      entry.state = 'sent';
    } else if (this.send(`PRIV ${conversation.name} ${entry.text}`)) {
      entry.state = 'sent';
    }
  }

  /** The connection broke: what was sent may have arrived or not. */
  lost(conversations) {
    this.ready = false;
    for (const conversation of conversations) {
      for (const entry of conversation.outbox) if (entry.state === 'sent') entry.state = 'unsure';
    }
  }

  /** The server shows an own message. */
  shown(conversation, item) {
    const at = conversation.outbox.findIndex((entry) => entry.state !== 'waiting' && same(entry.text) === same(item.text));
    if (at >= 0) conversation.outbox.splice(at, 1);
  }

  /** The server refuses what was sent last. */
  refused(conversations, why) {
    for (const conversation of conversations) {
      const entry = conversation.outbox.find((one) => one.state === 'sent');
      if (entry) {
        Object.assign(entry, { state: 'failed', why });
        this.changed(conversation);
        return true;
      }
    }
    return false;
  }

  /** All that was missed is here: what of it was ours has been shown. */
  resend(conversation, certain) {
    for (const entry of conversation.outbox) {
      if (entry.state === 'unsure' && !certain) {
        Object.assign(entry, { state: 'failed', why: 'It is not certain that this arrived' });
      } else if (entry.state === 'unsure' || entry.state === 'waiting') {
        this.#post(conversation, entry);
      }
    }
    this.changed(conversation);
  }

  retry(conversation, entry) {
    this.forget(conversation, entry);
    this.say(conversation, entry.kind, entry.text);
  }

  forget(conversation, entry) {
    conversation.outbox = conversation.outbox.filter((one) => one !== entry);
    this.changed(conversation);
  }
}
