// What this browser remembers: nick, rooms, colours.  Never a password.

const KEY = 'twisted-chat';
const WHY = `${KEY}-why`;
const OF_THE_BROWSER = ['theme', 'notify'];

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return kept && typeof kept === 'object' ? kept : {};
  } catch {
    return {};
  }
}

export const memory = load();

let forgotten = false;

addEventListener('storage', ({ key }) => {
  if (key !== KEY) return;
  for (const name of Object.keys(memory)) delete memory[name];
  Object.assign(memory, load());
});

/** Change what is remembered; a browser that keeps nothing loses nothing else. */
export function remember(changes) {
  Object.assign(memory, changes);
  try {
    localStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // Private windows and full disks.
  }
}

/** Forget all of whoever was here, in this tab and in those that are open no more; `why` is for `farewell`. */
export function forget(why) {
  for (const name of Object.keys(memory)) if (!OF_THE_BROWSER.includes(name)) delete memory[name];
  remember({ since: Date.now() });
  forgotten = true;
  try {
    sessionStorage.clear();
    if (why) sessionStorage.setItem(WHY, why);
  } catch {
    // As above.
  }
}

// What one tab has, as long as it is open; a browser can open it again, with that.

/** What the tab has under `name`, unless it is of somebody who has left; else `fallback`. */
export function loadTab(name, fallback) {
  try {
    const { since, kept } = JSON.parse(sessionStorage.getItem(`${KEY}-${name}`) ?? '{}');
    return since === (memory.since ?? 0) && kept ? kept : fallback;
  } catch {
    return fallback;
  }
}

export function saveTab(name, kept) {
  if (forgotten) return;
  try {
    sessionStorage.setItem(`${KEY}-${name}`, JSON.stringify({ since: memory.since ?? 0, kept }));
  } catch {
    // Private windows and full disks.
  }
}

/** Why the tab forgot all, once. */
export function farewell() {
  try {
    const why = sessionStorage.getItem(WHY) ?? '';
    sessionStorage.removeItem(WHY);
    return why;
  } catch {
    return '';
  }
}
