// What the notices of the server do to the chat, by their codes (docs/protocol.rst).

import { fold, keyOf } from './names.js';

const silent = () => true;

/** By the code: (chat, session, event); true for what is not to be shown. */
const NOTICES = {
  welcome(chat, session, { value }) {
    chat.serverName = value;
    chat.changed('me');
    return true;
  },

  'password-wanted'(chat, session) {
    session.signIn.locked = true;
    session.on.door();
    return true;
  },

  'nick-registered'(chat, session) {
    if (!session.inside) return false;
    session.on.claimed(`${chat.me} belongs to an account. Log in, or you soon get another nick.`);
    return true;
  },

  'conversation-deleted'(chat, session, { value }) {
    chat.conversations.get(keyOf([value]))?.forgetAll();
  },

  away(chat, session, { value }) {
    chat.setAway(chat.me, value);
  },

  back(chat) {
    chat.setAway(chat.me, '');
  },

  operator(chat, session, { value }) {
    chat.operator = value === 'on';
  },

  ignores(chat, session, { value }) {
    chat.ignores(value);
  },

  ignored(chat, session, { value }) {
    chat.ignored.add(fold(value));
  },

  unignored(chat, session, { value }) {
    chat.ignored.delete(fold(value));
  },

  'speaking-in': silent,
  echo: silent,
  format: silent,
  replay: silent,
};

/** Whether nothing of the notice is to be shown. */
export function takeNotice(chat, session, event) {
  const take = Object.hasOwn(NOTICES, event.code ?? '') ? NOTICES[event.code] : null;
  return take?.(chat, session, event) ?? false;
}
