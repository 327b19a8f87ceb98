// Finds occurrences of a search text in displayed text. Pure.

export interface Piece {
  text: string;
  isMatch: boolean;
}

/**
 * Splits `shown` into pieces and marks the occurrences of the search text, or of each of its
 * words. Ignores case and Unicode normalization of Hangul.
 */
export function piecesOf(shown: string, search: string): Piece[] {
  const text = shown.normalize('NFC');
  const marks = marksOf(text, termsOf(search));
  const pieces: Piece[] = [];
  let at = 0;
  for (const [start, end] of marks) {
    if (start > at) pieces.push({ text: text.slice(at, start), isMatch: false });
    pieces.push({ text: text.slice(start, end), isMatch: true });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isMatch: false });
  return pieces;
}

export function isIn(shown: string, search: string): boolean {
  return marksOf(shown.normalize('NFC'), termsOf(search)).length > 0;
}

function termsOf(search: string): string[] {
  const whole = search.normalize('NFC').trim();
  return whole.split(/\s+/u).filter((term) => term !== '');
}

/** Sorted and merged. */
function marksOf(text: string, terms: readonly string[]): [start: number, end: number][] {
  const { folded, origins } = fold(text);
  const isMarked = new Array<boolean>(text.length).fill(false);
  for (const term of terms) {
    const wanted = fold(term).folded;
    let at = folded.indexOf(wanted);
    while (at >= 0) {
      const start = origins[at] ?? 0;
      const end = origins[at + wanted.length] ?? text.length;
      isMarked.fill(true, start, end);
      at = folded.indexOf(wanted, at + wanted.length);
    }
  }

  const marks: [number, number][] = [];
  for (let at = 0; at < isMarked.length; at += 1) {
    if (!isMarked[at]) continue;
    const last = marks.at(-1);
    if (last?.[1] === at) last[1] = at + 1;
    else marks.push([at, at + 1]);
  }
  return marks;
}

/** Lower-cased text with the source position of each unit, since case folding may change the length. */
function fold(text: string): { folded: string; origins: number[] } {
  let folded = '';
  const origins: number[] = [];
  let at = 0;
  for (const character of text) {
    const lower = character.toLowerCase();
    for (let unit = 0; unit < lower.length; unit += 1) origins.push(at);
    folded += lower;
    at += character.length;
  }
  return { folded, origins };
}
