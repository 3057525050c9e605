// Nicks and rooms: how they compare, and where they occur.

export const fold = (name) => name.toLowerCase();

export const isRoom = (name) => name.startsWith('#');

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
