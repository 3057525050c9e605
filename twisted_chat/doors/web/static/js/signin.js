// Coming in: the server's password, a nick or an account; and getting one's nick back.

import { fold } from './names.js';
import { endStaying, stay } from './staying.js';

const NICK_TAKEN = 433;
const WRONG = 464;
const NICKS_TRIED = 5;

export class SignIn {
  #session;
  #reclaim = ''; // our nick, while somebody else has it
  #tries = 0;
  #password = '';

  constructor(session) {
    this.#session = session;
    this.who = null; // {nick, password, door, stay: log in for good, token: the account to which one has}
    this.locked = false; // the server has a password
  }

  start() {
    const { door } = this.who;
    this.#tries = 0;
    if (!door) this.#comeIn();
    else this.#send('pass', { password: door }, { done: () => this.#comeIn(), refused: ({ text }) => this.#shutOut(text, 'door') });
  }

  #send(verb, fields, to) {
    this.#session.send(verb, fields, to);
  }

  #comeIn() {
    const session = this.#session;
    const { nick, password, token } = this.who;
    if (session.returning && session.hasPast) {
      this.#send('replay', { value: 'off' }, { answer: () => true, refused: () => session.withoutPast() });
    }
    if (token) this.#send('token', { action: 'login', token }, { refused: (error) => this.#expired(error) });
    else if (!password) this.#call(nick);
    else this.#send('login', { nick, password }, { refused: ({ text }) => this.#shutOut(text, 'password') });
  }

  #call(nick) {
    this.#send('nick', { nick }, { refused: (error) => this.#refused(nick, error) });
  }

  #refused(nick, { code, text }) {
    this.#tries += 1;
    if (code === NICK_TAKEN && this.#session.returning && this.#tries < NICKS_TRIED) {
      // Probably our own old connection, which the server has not missed yet.
      this.#reclaim ||= this.who.nick;
      this.#call(`${nick.slice(0, 31)}_`);
      return true;
    }
    return this.#shutOut(text, 'nick');
  }

  /** The browser is not logged in; or the server's password comes first. */
  #expired({ code, text }) {
    const missing = this.locked && !this.who.door;
    if (code !== WRONG || missing) return this.#shutOut(text, missing ? 'door' : 'nick');
    this.#session.on.expired();
    return true;
  }

  #shutOut(text, about) {
    this.#session.on.outside(text, about);
    return true;
  }

  /** We are called `nick` now. */
  named(nick) {
    if (this.#reclaim && fold(nick) === fold(this.#reclaim)) this.#reclaim = '';
    if (!this.#reclaim) this.who.nick = nick;
  }

  /** Whether `nick` is us, or was until the connection broke. */
  isOurs(nick) {
    return this.#session.chat.isMe(nick) || (this.#reclaim && fold(nick) === fold(this.#reclaim));
  }

  /** Somebody left; if they held the nick that is ours, take it back. */
  left(nick) {
    if (this.#reclaim && fold(nick) === fold(this.#reclaim)) this.#send('nick', { nick: this.#reclaim });
  }

  /** Prove that the nick that we wear is ours. */
  logIn(password, stay, refused) {
    this.#password = password;
    this.who.stay = stay;
    this.#send('login', { password }, { refused });
  }

  /** Make the nick that we wear ours. */
  register(password, to) {
    this.#password = password;
    const refused = () => {
      this.#password = '';
      return false;
    };
    this.#send('register', { password }, { ...to, refused });
  }

  /** The account is ours; a reconnect will log in again. */
  proved() {
    if (this.#password) this.who.password = this.#password;
    if (this.who.stay) this.stay();
  }

  /** Have this browser stay logged in. */
  stay() {
    this.who.stay = false;
    this.#send('token', { action: 'ticket' }, { answer: ({ value }) => this.#fetchToken(value) });
  }

  #fetchToken(ticket) {
    const { account } = this.#session.chat;
    stay(ticket, account).then((why) => {
      if (why) this.#session.on.error(`This browser does not stay logged in: ${why}`);
      else Object.assign(this.who, { token: account, password: '' });
    });
    return true;
  }

  /** Log in by password again, whenever that is. */
  leave() {
    this.who.token = '';
    return endStaying();
  }
}
