// What each event of the server does to the chat (docs/protocol.rst, FORMAT json).

import { LOBBY } from './chat.js';
import { fold } from './names.js';
import { asItem } from './past.js';
import { duration } from './times.js';

const at = (event) => Date.parse(event.at);

function privateWith(chat, event) {
  if (!chat.isMe(event.nick)) return event.nick;
  return event.to.length ? event.to.join(',') : event.nick;
}

function names(nicks, count) {
  const more = count - nicks.length;
  return nicks.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const CHANGES = {
  'locked on': 'invited people only',
  'locked off': 'everyone may come in',
  'moderated on': 'only owners and voices speak',
  'moderated off': 'everyone may speak',
  'topic_locked on': 'only owners set the topic',
  'topic_locked off': 'everyone may set the topic',
  'key on': 'a key is needed to come in',
  'key off': 'no key is needed',
  'limit off': 'no limit of people',
};

const named = (words) => (value) => `${value.slice(1)} ${value[0] === '+' ? words[0] : words[1]}`;

const LISTS = {
  owner: named(['is an owner now', 'is no owner any more']),
  voice: named(['has a voice now', 'has no voice any more']),
  ban: named(['is banned', 'is not banned any more']),
  mute: named(['is muted', 'is not muted any more']),
  limit: (value) => `at most ${value} people`,
};

/** By the event's name: (chat, session, event). */
export const INCOMING = {
  message(chat, session, event) {
    const room = chat.get(event.room);
    if (!room) return;
    const item = asItem(event);
    if (session.isOurs(item.nick)) session.outbox.shown(room, item);
    chat.said(room, item, event.replay === true);
  },

  private(chat, session, event) {
    const conversation = chat.open(privateWith(chat, event));
    conversation.joined = true;
    const item = asItem(event);
    if (session.isOurs(item.nick)) session.outbox.shown(conversation, item);
    chat.said(conversation, item);
  },

  nick(chat, session, event) {
    if (event.you && !event.old) session.entered(event.nick);
    else chat.renamed(event.old, event.nick, at(event));
    if (event.you) session.named(event.nick);
  },

  join(chat, session, event) {
    if (chat.isMe(event.nick)) session.joined(event.room);
    else chat.came(event.room, event.nick, at(event), event.arrived ? 'joined the chat' : 'joined');
  },

  leave(chat, session, event) {
    if (event.room === undefined) {
      chat.wentEverywhere(event.nick, at(event), event.reason);
      session.nickIsFree(event.nick);
      return;
    }
    const room = chat.get(event.room);
    if (!room) return;
    if (chat.isMe(event.nick)) session.parted(room);
    else chat.went(room, event.nick, at(event), event.reason ? `left: ${event.reason}` : 'left');
  },

  kick(chat, session, event) {
    const room = event.room ? chat.get(event.room) : chat.active;
    const reason = event.reason ? `: ${event.reason}` : '';
    const you = chat.isMe(event.nick);
    const whom = you ? 'You were' : `${event.nick} was`;
    const text = `${whom} removed from ${event.room || 'the chat'} by ${event.by}${reason}`;
    if (room) {
      room.people.delete(fold(event.nick));
      chat.note(room, 'note', text, at(event));
      chat.changed('people', room);
    }
    if (!you) return;
    if (event.room && room) session.removedFrom(room);
    else session.thrownOut(text);
  },

  crowd(chat, session, event) {
    const room = chat.get(event.room);
    if (!room) return;
    const words = [];
    if (event.joined_count) words.push(`${names(event.joined, event.joined_count)} joined`);
    if (event.left_count) words.push(`${names(event.left, event.left_count)} left`);
    for (const nick of event.joined) room.people.set(fold(nick), { nick, away: '' });
    for (const nick of event.left) room.people.delete(fold(nick));
    room.morePeople += event.joined_count - event.joined.length;
    room.morePeople = Math.max(0, room.morePeople - event.left_count + event.left.length);
    chat.note(room, 'note', words.join('; '), at(event));
    chat.changed('people', room);
  },

  topic(chat, session, event) {
    const room = chat.get(event.room);
    if (!room) return;
    if (event.topic !== room.topic) {
      const who = event.nick ? `${event.nick} set the topic: ` : 'The topic is: ';
      const text = event.topic ? who + event.topic : 'The room has no topic';
      chat.note(room, 'note', text, at(event));
    }
    room.topic = event.topic;
    chat.changed('active', room);
  },

  away(chat, session, event) {
    chat.setAway(event.nick, event.text);
  },

  who(chat, session, event) {
    const room = chat.get(event.room);
    if (!room) return;
    room.setPeople(event.people, event.more);
    chat.changed('people', room);
  },

  rooms(chat, session, event) {
    chat.rooms = event.rooms;
    chat.changed('rooms');
  },

  whois(chat, session, event) {
    const words = [];
    if (event.operator) words.push('an operator of this server');
    if (event.account) words.push(`registered as ${event.account}`);
    if (event.away) words.push(`away: ${event.away}`);
    words.push(event.idle < 60 ? 'active now' : `silent for ${duration(event.idle)}`);
    if (event.rooms.length) words.push(`with you in ${event.rooms.join(', ')}`);
    session.about(event.nick, words.join(' · '), at(event));
  },

  history(chat, session, event) {
    const room = chat.get(event.room);
    if (room) session.past.answer(room, event);
  },

  search(chat, session, event) {
    session.onFound(event);
  },

  account(chat, session, event) {
    if (event.you || chat.isMe(event.nick)) {
      chat.account = event.account ?? '';
      chat.changed('me');
      if (event.account) session.loggedIn();
      chat.note(chat.active, 'note', event.account ? `You are logged in as ${event.account}` : 'You are not logged in any more', at(event));
    }
  },

  invite(chat, session, event) {
    chat.note(chat.active, 'note', `${event.by} invites you to ${event.room}; /join ${event.room}`, at(event));
  },

  room(chat, session, event) {
    const room = chat.get(event.room);
    if (!room) return;
    const { rule, value, by } = event;
    const change = CHANGES[`${rule} ${value}`] ?? LISTS[rule]?.(value) ?? `${rule}: ${value}`;
    chat.note(room, 'note', `${by}: ${change}`, at(event));
    const [sign, nick] = [value[0], value.slice(1)];
    const person = room.people.get(fold(nick));
    if (person && (rule === 'owner' || rule === 'voice')) {
      person.rank = sign === '+' ? rule : '';
      chat.changed('people', room);
    }
  },

  rules(chat, session, event) {
    const on = ['locked', 'moderated', 'topic_locked'].filter((rule) => event[rule]);
    const words = on.map((rule) => CHANGES[`${rule} on`]);
    if (event.key) words.push('a key is needed');
    if (event.limit) words.push(`at most ${event.limit} people`);
    if (event.owners.length) words.push(`owned by ${event.owners.join(', ')}`);
    if (event.voices.length) words.push(`voices: ${event.voices.join(', ')}`);
    chat.note(chat.get(event.room) ?? chat.active, 'note', `${event.room}: ${words.join('; ') || 'no rules'}`, at(event));
  },

  bans(chat, session, event) {
    const words = event.bans.map((ban) => `${ban.kind} of ${ban.mask} by ${ban.by}${ban.reason ? ` (${ban.reason})` : ''}`);
    const where = event.room ?? 'the chat';
    chat.note(chat.get(event.room ?? '') ?? chat.active, 'note', `${where}: ${words.join('; ') || 'nobody is banned'}`, at(event));
  },

  notice(chat, session, event) {
    session.notice(event.text, at(event));
  },

  error(chat, session, event) {
    session.refused(event.code, event.text, at(event));
  },

  pong() {},
};
INCOMING.action = INCOMING.message;

/** What this page doesn't know is shown as it stands, or not at all. */
export function receive(chat, session, event) {
  const handle = INCOMING[event.event];
  if (handle) handle(chat, session, event);
  else if (event.text) chat.note(chat.active ?? chat.get(LOBBY), 'note', event.text, at(event));
}
