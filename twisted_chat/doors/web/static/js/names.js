// Nicks and rooms: what they may be called, how they compare, and where they occur.

export const fold = (name) => name.toLowerCase();

export const isRoom = (name) => name.startsWith('#');

const ROOM = /^#[A-Za-z0-9_-]{1,50}$/;
const NICK = /^[A-Za-z_][A-Za-z0-9_-]{0,31}$/;

/** `name` as a room; throws an Error that says what a room may be called. */
export function roomName(name) {
  const room = isRoom(name) ? name : `#${name}`;
  if (ROOM.test(room)) return room;
  throw new Error(`${room} can't be a room: after the # use up to 50 of letters, digits, _ and -`);
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

/** Whether `text` speaks to `nick`. */
export function mentions(text, nick) {
  if (!nick || text.length < nick.length) return false;
  const folded = fold(text);
  const wanted = fold(nick);
  const isPart = (char) => char !== undefined && /[\p{L}\p{N}_-]/u.test(char);
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
    if (!isPart(folded[at - 1]) && !isPart(folded[at + wanted.length])) return true;
  }
  return false;
}
