// Nicks and rooms: what they may be called, how they compare, and where they occur.

export const fold = (name) => name.toLowerCase();

export const isRoom = (name) => name.startsWith('#');

const ROOM = /^#[!-)+\-.0-9;->@-~]{1,50}$/;
const NICK = /^[A-Za-z_[\]\\`^{|}][A-Za-z0-9_[\]\\`^{|}-]{0,31}$/;

/** `name` as a room; throws an Error that says what a room may be called. */
export function roomName(name) {
  const room = isRoom(name) ? name : `#${name}`;
  if (ROOM.test(room)) return room;
  throw new Error(`${room} can't be a room: after the # use up to 50 of ASCII, no space and no , : * ? /`);
}

/** The people in `list`, as in `bob,carol:`; throws an Error for who can't be one. */
export function nicksIn(list) {
  const nicks = list.replace(/:$/, '').split(',').filter(Boolean);
  const odd = nicks.find((nick) => !NICK.test(nick));
  if (odd) throw new Error(`Nobody can be called ${odd}`);
  return nicks;
}

/** The key of what is written in private to `nicks`: in any order the same. */
export const keyOf = (nicks) => nicks.map(fold).sort().join(',');

/** A colour's angle for a nick, the same everywhere and at every visit. */
export function hue(nick) {
  let hash = 2166136261;
  for (const char of fold(nick)) {
    hash = Math.imul(hash ^ char.codePointAt(0), 16777619) >>> 0;
  }
  return Math.round(((hash % 997) / 997) * 360);
}

/** A character of what could be a nick: a source of RegExp. */
export const NICK_CHAR = '[\\p{L}\\p{N}_[\\]\\\\`^{|}\\-]';
const WORD = new RegExp(`${NICK_CHAR}+`, 'gu');

/** Where in `word` `nick` stands, with no more than brackets and backticks around it; or -1. */
export function nickIn(word, nick) {
  const at = nick ? fold(word).indexOf(fold(nick)) : -1;
  if (at < 0) return -1;
  const bare = /^[[{`]*$/.test(word.slice(0, at)) && /^[\]}`]*$/.test(word.slice(at + nick.length));
  return bare ? at : -1;
}

/** Whether `text` speaks to `nick`. */
export function mentions(text, nick) {
  if (!nick || text.length < nick.length) return false;
  return [...text.matchAll(WORD)].some(([word]) => nickIn(word, nick) >= 0);
}
