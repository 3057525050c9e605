// Commands with a slash.  What isn't listed goes to the server as it is.

import { isRoom } from './names.js';

const words = (rest) => rest.trim().split(/\s+/).filter(Boolean);

function target(app, rest) {
  const [first, ...others] = words(rest);
  return first && isRoom(first) ? [app.chat.get(first) ?? null, others.join(' ')] : [app.chat.active, rest.trim()];
}

/** name: {usage, help, run(app, rest)}. */
export const COMMANDS = {
  me: {
    usage: '/me action',
    help: 'say what you do',
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
    run: (app, rest) => {
      const [conversation] = target(app, rest);
      if (conversation) app.session.part(conversation);
    },
  },
  msg: {
    usage: '/msg nick text',
    help: 'write to one person in private',
    run: (app, rest) => {
      const [nick, ...text] = words(rest);
      if (!nick) throw new Error('To whom? Use /msg nick text');
      const conversation = isRoom(nick) ? app.chat.get(nick) : app.session.writeTo(nick);
      if (text.length && conversation) app.session.say(conversation, text.join(' '));
    },
  },
  nick: {
    usage: '/nick name',
    help: 'change your nick',
    run: (app, rest) => app.session.send(`NICK ${rest}`),
  },
  topic: {
    usage: '/topic [text]',
    help: 'show or set what the room is about',
    run: (app, rest) => {
      const [room, text] = target(app, rest);
      if (room?.isRoom) app.session.send(`TOPIC ${room.name}${text ? ` ${text}` : ''}`);
    },
  },
  away: {
    usage: '/away [text]',
    help: 'say that you are away',
    run: (app, rest) => app.session.send(`AWAY ${rest || 'away'}`),
  },
  back: {
    usage: '/back',
    help: 'say that you are back',
    run: (app) => app.session.send('AWAY'),
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
    run: (app, rest) => app.session.send(`WHOIS ${rest}`),
  },
  ignore: {
    usage: '/ignore [nick]',
    help: "don't hear somebody; alone: list them",
    run: (app, rest) => app.session.send(`IGNORE ${rest}`.trim()),
  },
  unignore: {
    usage: '/unignore nick',
    help: 'hear somebody again',
    run: (app, rest) => app.session.send(`UNIGNORE ${rest}`),
  },
  login: {
    usage: '/login [nick] password',
    help: 'log in to your account',
    secret: true,
    run: (app, rest) => app.session.send(`LOGIN ${rest}`),
  },
  register: {
    usage: '/register password',
    help: 'keep your nick with a password',
    secret: true,
    run: (app, rest) => app.session.send(`REGISTER ${rest}`),
  },
  passwd: {
    usage: '/passwd old new',
    help: 'change the password of your account',
    secret: true,
    run: (app, rest) => app.session.send(`PASSWD ${rest}`),
  },
  help: {
    usage: '/help [command]',
    help: 'show this help; with a command: what the server says about it',
    run: (app, rest) => (rest ? app.session.send(`HELP ${rest.replace(/^\//, '')}`) : app.dialogs.help()),
  },
  quit: {
    usage: '/quit',
    help: 'leave the chat',
    run: (app) => app.leave(),
  },
};

const ALIASES = { part: 'leave', close: 'leave', priv: 'msg', query: 'msg', w: 'msg', list: 'rooms', exit: 'quit', j: 'join', unregister: '' };

const SECRET = /^\/(?:login|register|passwd|unregister|pass|oper)\b/i;

/** Whether a line holds a password, and is not to be remembered. */
export const isSecret = (line) => SECRET.test(line);

/** Run a line that begins with a slash; throws an Error with a word for a person. */
export function run(app, line) {
  const [, verb, rest] = /^\/(\S*)\s*([^]*)$/.exec(line);
  const name = verb.toLowerCase();
  const command = COMMANDS[ALIASES[name] || name];
  if (command) command.run(app, rest.trim());
  else if (/^[a-z]+$/.test(name)) app.session.command(app.chat.active, `${name.toUpperCase()} ${rest}`.trim());
  else throw new Error('No such command; /help lists them');
}
