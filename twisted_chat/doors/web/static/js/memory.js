// What this browser remembers: nick, rooms, colours.  Never a password.

const KEY = 'twisted-chat';

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return kept && typeof kept === 'object' ? kept : {};
  } catch {
    return {};
  }
}

export const memory = load();

/** Change what is remembered; a browser that keeps nothing loses nothing else. */
export function remember(changes) {
  Object.assign(memory, changes);
  try {
    localStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // Private windows and full disks.
  }
}
