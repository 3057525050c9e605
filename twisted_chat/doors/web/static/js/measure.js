// How long a text is, by what the server takes as one message (docs/protocol.rst).

export const MOST_LINES = 40;
export const MOST_CHARACTERS = 4000;
const NEAR = 0.9;

const lengthOf = (text) => [...text].length;

/** `text` as the messages that it takes, cut at its lines. */
export function parts(text) {
  const found = [];
  let lines = [];
  let length = 0;
  for (const line of text.split('\n')) {
    const more = lengthOf(line) + 1;
    if (lines.length === MOST_LINES || (lines.length && length + more - 1 > MOST_CHARACTERS)) {
      found.push(lines.join('\n'));
      lines = [];
      length = 0;
    }
    lines.push(line);
    length += more;
  }
  found.push(lines.join('\n'));
  return found.filter((part) => part.trim());
}

/** A word for who writes a text that is nearly too long, or too long; else empty. */
export function warning(text, whole = false) {
  const lines = text.trimEnd().split('\n');
  const length = lengthOf(text.trimEnd());
  if (lines.length <= MOST_LINES && length <= MOST_CHARACTERS) {
    if (length >= MOST_CHARACTERS * NEAR) return `${length} of ${MOST_CHARACTERS} characters`;
    return lines.length >= MOST_LINES * NEAR ? `${lines.length} of ${MOST_LINES} lines` : '';
  }
  const size = lines.length > MOST_LINES ? `${lines.length} lines` : `${length} characters`;
  const most = `one message has ${MOST_LINES} lines and ${MOST_CHARACTERS} characters at most`;
  if (whole || lines.some((line) => lengthOf(line) > MOST_CHARACTERS)) return `${size} is too long: ${most}`;
  return `${size}: this will be ${parts(text).length} messages, as ${most}`;
}
