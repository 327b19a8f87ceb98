// Formats raw messages without changing values: preserves numbers, duplicate keys and order.

/** Limits beyond which indentation would exceed the message. */
const DEEPEST = 32;
const LONGEST = 64 * 1024;

const INDENT = '  ';

/** JSON on several lines; other text unchanged. */
export function pretty(raw: string): string {
  if (raw.length > LONGEST || !isJson(raw)) return visible(raw);
  let result = '';
  let depth = 0;
  for (const [token] of raw.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gsu)) {
    if (token === '{' || token === '[') {
      depth += 1;
      if (depth > DEEPEST) return visible(raw);
      result += token + newLine(depth);
    } else if (token === '}' || token === ']') {
      depth -= 1;
      // Empty objects and lists stay on one line.
      const trimmed = result.trimEnd();
      result = /[{[]$/u.test(trimmed) ? trimmed + token : result + newLine(depth) + token;
    } else if (token === ',') {
      result += token + newLine(depth);
    } else {
      result += token === ':' ? ': ' : token;
    }
  }
  return visible(result);
}

function newLine(depth: number): string {
  return `\n${INDENT.repeat(depth)}`;
}

function isJson(raw: string): boolean {
  try {
    JSON.parse(raw);
    return true;
  } catch {
    return false;
  }
}

/** Invisible and bidirectional control characters are shown as escapes. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu,
    (character) =>
      character === '\n' || character === '\t'
        ? character
        : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
