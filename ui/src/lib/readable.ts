// Converts codes without a catalogue entry to readable text, like the crate `words`.

/** `SOME_NEW_CODE` and `someNewCode` become `Some new code`. */
export function readable(code: string): string {
  const text = code
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .split(/[_\s\p{Cc}]+/u)
    .filter((word) => word !== '')
    .join(' ')
    .toLowerCase();
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
