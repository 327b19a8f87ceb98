// Korean particles for the catalogue's `JOSA`, by the same rules as the crate `words`: Hangul is
// exact, digits are read in Sino-Korean, Latin words as they are usually written in Hangul.

/** Final sound of a name; ㄹ is separate, since `(으)로` becomes `로` after it. */
type Ending = 'vowel' | 'rieul' | 'consonant';

const FIRST_SYLLABLE = '가'.codePointAt(0) ?? 0;
const FINALS = 28;
const FINAL_RIEUL = 8;

/**
 * Appends the matching form of `pair`, written `after a consonant/after a vowel`, to `name`. If
 * the sound is unknown, both forms are shown, `이(가)`. Without a slash, `pair` is appended
 * unchanged.
 */
export function withParticle(name: string, pair: string): string {
  const slash = pair.indexOf('/');
  if (slash < 0) return name + pair;
  const afterConsonant = pair.slice(0, slash);
  const afterVowel = pair.slice(slash + 1);
  switch (endingOf(name)) {
    case 'vowel':
      return name + afterVowel;
    case 'rieul':
      return name + (afterConsonant.startsWith('으') ? afterVowel : afterConsonant);
    case 'consonant':
      return name + afterConsonant;
    case undefined:
      return afterConsonant.endsWith(afterVowel)
        ? `${name}(${afterConsonant.slice(0, afterConsonant.length - afterVowel.length)})${afterVowel}`
        : `${name}${afterConsonant}(${afterVowel})`;
  }
}

function endingOf(name: string): Ending | undefined {
  const spoken = withoutRemark(name).replace(/[^\p{Alphabetic}\p{N}]+$/u, '');
  const last = Array.from(spoken).at(-1) ?? '';
  if (/[가-힣]/u.test(last)) {
    const final = ((last.codePointAt(0) ?? 0) - FIRST_SYLLABLE) % FINALS;
    if (final === 0) return 'vowel';
    return final === FINAL_RIEUL ? 'rieul' : 'consonant';
  }
  // Decomposed Hangul, as macOS writes names.
  if (/[\u1161-\u1175]/u.test(last)) return 'vowel';
  if (last === '\u11af') return 'rieul';
  if (/[\u11a8-\u11c2]/u.test(last)) return 'consonant';
  if (/[2459]/u.test(last)) return 'vowel';
  if (/[178]/u.test(last)) return 'rieul';
  if (/[036]/u.test(last)) return 'consonant';
  return /[a-z]/iu.test(last) ? latinEnding(spoken) : undefined;
}

/** A trailing remark in brackets is not pronounced: `세탁기 (거실)` takes the form of `세탁기`. */
function withoutRemark(name: string): string {
  const trimmed = name.trimEnd();
  const open = trimmed.endsWith(')') ? trimmed.lastIndexOf('(') : -1;
  const before = trimmed.slice(0, Math.max(open, 0));
  return /[\p{Alphabetic}\p{N}]/u.test(before) ? before : name;
}

function latinEnding(name: string): Ending | undefined {
  const written = /[a-z]+$/iu.exec(name)?.[0] ?? '';
  const isSpelled =
    /^[A-Z]+$/u.test(written) && (written.length <= 3 || !/[AEIOUY]/u.test(written));
  if (isSpelled) {
    if (/[LR]$/u.test(written)) return 'rieul';
    return /[MN]$/u.test(written) ? 'consonant' : 'vowel';
  }

  // A silent e: Home, Machine, Mobile end as ho-m, machi-n, mobi-l.
  const sound = written.toLowerCase().replace(/(?<=[lmn])e$/u, '');
  if (sound.endsWith('l')) return 'rieul';
  if (/([mn]|ng|ck)$/u.test(sound)) return 'consonant';
  // Robot and Mac close with the consonant; Heat and Cook differ from word to word.
  if (/[aeiouy]{2}[bckpt]$/u.test(sound)) return undefined;
  return /[aeiouy][bckpt]$/u.test(sound) ? 'consonant' : 'vowel';
}
