// Commands with a slash: what each does, and what it does in a private conversation.
// What isn't listed goes to the server as it is.

import { isRoom, nicksIn, roomName } from './names.js';

const words = (rest) => rest.trim().split(/\s+/).filter(Boolean);

/** The first word, and the rest. */
function cut(rest) {
  const [, first, more] = /^(\S*)\s*([^]*)$/.exec(rest.trim());
  return [first, more];
}

/** The room that a command begins with, or else the open one; and what follows. */
function inRoom(app, rest, usage) {
  const [first, more] = cut(rest);
  if (isRoom(first)) return [roomName(first), more];
  const { active } = app.chat;
  if (active?.isRoom) {
    if (active.outside) throw new Error(active.outside);
    return [active.name, rest.trim()];
  }
  throw new Error(`This is a private conversation and no room; say which one: ${usage}`);
}

/** Run a command of the server as it was typed. */
const send = (app, verb, line) => app.session.command(verb, line);

/** About oneself, or about people anywhere: the same in every conversation. */
const anywhere = (verb) => (app, rest) => send(app, verb, rest);

/** About a room: the open one, unless it is named. */
const aboutRoom = (verb, usage) => (app, rest) => {
  const [room, more] = inRoom(app, rest, usage);
  send(app, verb, `${room} ${more}`.trim());
};

/** For an operator a room that is not named means the whole chat. */
const keepOrder = (verb, usage) => (app, rest) => {
  const everywhere = app.chat.operator && app.chat.active?.isRoom && !isRoom(cut(rest)[0]);
  if (everywhere) send(app, verb, rest);
  else aboutRoom(verb, usage)(app, rest);
};

function write(app, rest) {
  const [to, text] = cut(rest);
  if (isRoom(to)) {
    const room = app.chat.get(roomName(to));
    if (!room) throw new Error(`You are not in ${to}; /join ${to} first`);
    if (room.outside) throw new Error(room.outside);
    if (text) app.session.say(room, text);
    else app.chat.show(room);
    return;
  }
  const nicks = nicksIn(to);
  if (!nicks.length) throw new Error('To whom? Use /msg nick text');
  const conversation = app.session.writeTo(nicks);
  if (text) app.session.say(conversation, text);
}

function reply(app, rest) {
  const { active } = app.chat;
  if (active && !active.isRoom) app.session.say(active, rest);
  else send(app, 'reply', rest);
}

function invite(app, rest) {
  const all = words(rest);
  const nicks = all.filter((word) => !isRoom(word)).join(' ');
  const [room] = inRoom(app, all.filter(isRoom).join(' '), '/invite nick #room');
  send(app, 'invite', `${nicks} ${room}`.trim());
}

function leave(app, rest) {
  const [first, more] = cut(rest);
  const conversation = isRoom(first) ? app.chat.get(first) : app.chat.active;
  if (!conversation) throw new Error(`You are not in ${first}`);
  app.session.part(conversation, isRoom(first) ? more : rest);
}

function who(app, rest) {
  const { active } = app.chat;
  if (rest || active?.isRoom) aboutRoom('who', '/who #room')(app, rest);
  else app.session.note(active, `${[app.chat.me, ...active.to].join(', ')}: nobody else reads this conversation`);
}

function whois(app, rest) {
  const to = app.chat.active?.to ?? [];
  if (rest) send(app, 'whois', rest);
  else if (to.length) to.forEach((nick) => send(app, 'whois', nick));
  else throw new Error('About whom? Use /whois nick');
}

function history(app) {
  const { active } = app.chat;
  if (!active?.isRoom && !app.chat.account) throw new Error('What guests write in private is not kept: there is nothing older');
  app.session.past.older(active);
}

function itself() {
  throw new Error('The page does that by itself');
}

/** name: {usage, help, run(app, rest)}; without `help` it is not listed. */
export const COMMANDS = {
  me: {
    usage: '/me action',
    help: 'say what you do; in a private conversation only there',
    run: (app, rest) => app.session.act(app.chat.active, rest),
  },
  join: {
    usage: '/join #room [key]',
    help: 'enter a room, or open it',
    run: (app, rest) => (rest ? app.session.join(...words(rest)) : app.dialogs.join()),
  },
  leave: {
    usage: '/leave [#room]',
    help: 'leave a room, or close a private conversation',
    run: leave,
  },
  msg: {
    usage: '/msg nick[,nick] text',
    help: 'write in private to one person, or to several together',
    run: write,
  },
  reply: { usage: '/reply text', run: reply },
  nick: {
    usage: '/nick name',
    help: 'change your nick',
    run: anywhere('nick'),
  },
  topic: {
    usage: '/topic [#room] [text]',
    help: 'show or set what the room is about',
    run: aboutRoom('topic', '/topic #room text'),
  },
  who: {
    usage: '/who [#room]',
    help: 'count again who is in the room',
    run: who,
  },
  history: { usage: '/history', run: history },
  away: {
    usage: '/away [text]',
    help: 'say that you are away',
    run: (app, rest) => send(app, 'away', rest || 'away'),
  },
  back: {
    usage: '/back',
    help: 'say that you are back',
    run: (app) => send(app, 'away', ''),
  },
  search: {
    usage: '/search words',
    help: 'search what was said in your rooms',
    run: (app, rest) => app.dialogs.search(rest),
  },
  rooms: {
    usage: '/rooms',
    help: 'list the rooms',
    run: (app) => app.dialogs.join(),
  },
  whois: {
    usage: '/whois nick',
    help: 'tell about a person',
    run: whois,
  },
  ignore: {
    usage: '/ignore [nick]',
    help: "don't hear somebody; alone: list them",
    run: anywhere('ignore'),
  },
  unignore: {
    usage: '/unignore nick',
    help: 'hear somebody again',
    run: anywhere('unignore'),
  },
  login: {
    usage: '/login [nick] password',
    help: 'log in to your account',
    run: anywhere('login'),
  },
  register: {
    usage: '/register password',
    help: 'keep your nick with a password',
    run: anywhere('register'),
  },
  passwd: {
    usage: '/passwd old new',
    help: 'change the password of your account',
    run: anywhere('passwd'),
  },
  help: {
    usage: '/help [command]',
    help: 'show this help; with a command: what the server says about it',
    run: (app, rest) => (rest ? send(app, 'help', rest) : app.dialogs.help()),
  },
  quit: {
    usage: '/quit',
    help: 'leave the chat',
    run: (app) => app.leave(),
  },
  invite: { usage: '/invite nick [#room]', run: invite },
};

for (const verb of ['announce', 'cert', 'key', 'token', 'unregister']) COMMANDS[verb] = { usage: `/${verb}`, run: anywhere(verb) };
for (const verb of ['room', 'owner', 'voice']) {
  COMMANDS[verb] = { usage: `/${verb}`, run: aboutRoom(verb, `/${verb} #room …`) };
}
for (const verb of ['kick', 'mute', 'unmute', 'ban', 'unban', 'bans']) {
  COMMANDS[verb] = { usage: `/${verb}`, run: keepOrder(verb, `/${verb} #room …`) };
}
for (const verb of ['echo', 'format', 'replay', 'pass', 'ping']) COMMANDS[verb] = { usage: `/${verb}`, run: itself };

/** The commands that are suggested and explained. */
export const LISTED = Object.entries(COMMANDS).filter(([, { help }]) => help);

const ALIASES = { part: 'leave', close: 'leave', priv: 'msg', query: 'msg', w: 'msg', list: 'rooms', exit: 'quit', j: 'join' };

const SECRET = /^\/(?:login|register|passwd|unregister|pass|forgetme|oper)\b/i;

/** Whether a line holds a password, and is not to be remembered. */
export const isSecret = (line) => SECRET.test(line);

/** What this page doesn't know may be about the room that is current at the server. */
function unlisted(app, verb, rest) {
  const { active } = app.chat;
  const [room] = inRoom(app, '', `in a room's conversation /${verb} goes to the server`);
  app.session.send('join', { room }, { conversation: active, answer: () => true });
  send(app, verb, rest);
}

const TO = /^\s*(@[^\s@:]+(?:\s+@[^\s@:]+)*)(?::|(?=\s)|$)\s*/;

/** `@bob hi` as `/msg bob hi`: at every door it is for bob alone; all else as it is. */
export function addressed(line) {
  const to = TO.exec(line);
  return to ? `/msg ${to[1].replace(/@/g, '').split(/\s+/).join(',')} ${line.slice(to[0].length)}` : line;
}

/** Run a line that begins with a slash; throws an Error with a word for a person. */
export function run(app, line) {
  const [, verb, rest] = /^\/(\S*)\s*([^]*)$/.exec(line);
  const typed = verb.toLowerCase();
  const name = Object.hasOwn(ALIASES, typed) ? ALIASES[typed] : typed;
  if (Object.hasOwn(COMMANDS, name)) COMMANDS[name].run(app, rest.trim());
  else if (/^[a-z]+$/.test(name)) unlisted(app, name, rest.trim());
  else throw new Error('No such command; /help lists them');
}
