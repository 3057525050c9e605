// What each event of the server does to the chat (docs/protocol.rst, FORMAT json).

import { fold, keyOf } from './names.js';
import { asItem, topicWords } from './past.js';
import { duration } from './times.js';

const at = (event) => Date.parse(event.at);

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
  'secret on': 'nobody outside is told of this room',
  'secret off': 'the room is listed',
  'no_ctcp on': 'programs are not asked by CTCP',
  'no_ctcp off': 'programs may be asked by CTCP',
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
  except: named(['is spared bans and mutes', 'is not spared bans any more']),
  invex: named(['comes in though it is locked', 'does not come in while it is locked']),
  limit: (value) => `at most ${value} people`,
};

/** What WHOIS tells of a person, in words. */
export function about(event) {
  const words = [];
  if (event.operator) words.push('an operator of this server');
  if (event.account) words.push(`registered as ${event.account}`);
  if (event.away) words.push(`away: ${event.away}`);
  words.push(event.idle < 60 ? 'active now' : `silent for ${duration(event.idle)}`);
  if (event.rooms.length) words.push(`with you in ${event.rooms.join(', ')}`);
  return words.join(' · ');
}

/** By the event's name: (chat, session, event, request), where `request` is what it answers. */
const INCOMING = {
  message(chat, session, event) {
    const room = chat.get(event.room);
    if (room) chat.said(room, asItem(event), event);
  },

  read(chat, session, event) {
    session.reading.told(event);
  },

  edited(chat, session, event) {
    chat.revise(event, (item) => Object.assign(item, { text: event.text, changed: at(event) }));
  },

  deleted(chat, session, event) {
    chat.revise(event, (item) => {
      if (item.kind === 'note') item.text = topicWords({ nick: item.setBy, deleted: true });
      else Object.assign(item, { text: '', deleted: event.by, reactions: new Map() });
    });
  },

  reaction(chat, session, event) {
    chat.revise(event, ({ reactions }) => {
      const known = reactions.get(event.reaction) ?? { count: 0, nicks: [] };
      const nicks = known.nicks.filter((nick) => fold(nick) !== fold(event.nick));
      if (event.on) nicks.push(event.nick);
      // The server counts those who are ignored, too.
      const count = chat.ignored.size ? known.count + (event.on ? 1 : -1) : event.count;
      if (count > 0) reactions.set(event.reaction, { count, nicks });
      else reactions.delete(event.reaction);
    });
  },

  private(chat, session, event, request) {
    const conversation = request?.conversation?.to.length ? request.conversation : chat.privateOf(event);
    conversation.joined = true;
    const item = asItem(event);
    if (chat.isMe(event.nick) && keyOf(event.to) !== conversation.key) item.only = event.to.join(', ');
    chat.said(conversation, item, { unread: event.replay === true });
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
      session.signIn.left(event.nick);
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
      if (!room.people.delete(fold(event.nick)) && event.room) room.morePeople = Math.max(0, room.morePeople - 1);
      chat.note(room, 'note', text, at(event));
      chat.changed('people', room);
    }
    if (!you) return;
    if (event.room && room) session.removedFrom(room, text);
    else session.thrownOut(text);
  },

  crowd(chat, session, event) {
    const room = chat.get(event.room);
    if (!room) return;
    const words = [];
    if (event.joined_count) words.push(`${names(event.joined, event.joined_count)} joined`);
    if (event.left_count) words.push(`${names(event.left, event.left_count)} left`);
    room.crowd(event);
    chat.note(room, 'note', words.join('; '), at(event));
    chat.changed('people', room);
  },

  topic(chat, session, event) {
    const room = chat.get(event.room);
    if (!room) return;
    if (event.id) chat.noted(room, asItem(event));
    else if (event.topic !== room.topic && room.people.size) chat.note(room, 'note', topicWords(event), at(event));
    if (event.replay) return;
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

  whois(chat, session, event, request) {
    session.tell({ text: `${event.nick}: ${about(event)}`, at: event.at }, request);
  },

  account(chat, session, event, request) {
    if (!event.you && !chat.isMe(event.nick)) return;
    const known = event.account === chat.account || session.signIn.who?.token;
    chat.account = event.account ?? '';
    chat.operator &&= Boolean(event.account);
    chat.changed('me');
    if (event.account) session.loggedIn();
    if (event.account && known) return;
    const text = event.account ? `You are logged in as ${event.account}` : 'You are not logged in any more';
    session.tell({ text, at: event.at }, request);
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

  'room-renamed'(chat, session, event, request) {
    const room = chat.get(event.room);
    const reason = event.reason ? ` (${event.reason})` : '';
    const by = event.nick ? `${event.nick}: ` : ''; // nobody: that was while we were away
    const text = `${by}${event.room} is now ${event.name}${reason}`;
    session.roomRenamed(event.room, event.name);
    if (room) {
      chat.roomRenamed(room, event.name);
      chat.note(room, 'note', text, at(event));
    } else session.tell({ text, at: event.at }, request);
  },

  rules(chat, session, event, request) {
    const on = ['locked', 'moderated', 'topic_locked', 'secret', 'no_ctcp'].filter((rule) => event[rule]);
    const words = on.map((rule) => CHANGES[`${rule} on`]);
    if (event.key) words.push('a key is needed');
    if (event.limit) words.push(`at most ${event.limit} people`);
    if (event.owners.length) words.push(`owned by ${event.owners.join(', ')}`);
    if (event.voices.length) words.push(`voices: ${event.voices.join(', ')}`);
    session.tell({ text: `${event.room}: ${words.join('; ') || 'no rules'}`, at: event.at }, request);
  },

  bans(chat, session, event, request) {
    const words = event.bans.map((ban) => `${ban.kind} of ${ban.mask} by ${ban.by}${ban.reason ? ` (${ban.reason})` : ''}`);
    const where = event.room ?? 'the chat';
    session.tell({ text: `${where}: ${words.join('; ') || 'nobody is banned'}`, at: event.at }, request);
  },

  notice(chat, session, event, request) {
    session.notice(event, request);
  },

  error(chat, session, event, request) {
    session.refused(event, request);
  },

  done(chat, session, event, request) {
    request?.done?.();
  },

  pong() {},
};
INCOMING.action = INCOMING.message;

/** What this page doesn't know is shown as it stands, or not at all. */
export function receive(chat, session, event) {
  const request = session.requests.of(event);
  if (event.event !== 'error' && request?.answer?.(event)) return;
  if (Object.hasOwn(INCOMING, event.event)) INCOMING[event.event](chat, session, event, request);
  else if (event.text) session.tell(event, request);
}
