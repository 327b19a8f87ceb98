// Names of countries and the search for one. Pure: the language is a parameter.

import type { Language } from './words';

export interface Country {
  /** Two capital letters. */
  code: string;
  name: string;
  /** Searchable forms of official and everyday names, and of the code. */
  keys: readonly string[];
}

/** Names that people type and that are no official ones. */
const EVERYDAY: Readonly<Partial<Record<string, readonly string[]>>> = {
  AE: ['UAE', 'Emirates'],
  BA: ['Bosnia'],
  CD: ['DR Congo', 'DRC'],
  CI: ['Ivory Coast'],
  CV: ['Cape Verde'],
  CZ: ['Czech Republic'],
  DE: ['Deutschland'],
  ES: ['España'],
  GB: ['Great Britain', 'England', 'Scotland', 'Wales', 'Northern Ireland'],
  KR: ['Korea', 'ROK', '한국', '남한'],
  LA: ['Lao'],
  MK: ['Macedonia'],
  MM: ['Burma'],
  NL: ['Holland'],
  RU: ['Russian Federation'],
  SZ: ['Swaziland'],
  TR: ['Turkey'],
  TT: ['Trinidad'],
  US: ['USA', 'America', 'United States of America'],
  VN: ['Viet Nam'],
};

/** The name in the language; the code itself if it is unknown. */
export function countryName(code: string, language: Language): string {
  return nameIn(code, language, 'long');
}

/** Sorted by the rules of the language. */
export function countriesIn(codes: readonly string[], language: Language): Country[] {
  const { compare } = new Intl.Collator(language);
  return codes
    .map((code) => {
      const name = countryName(code, language);
      const names = [
        name,
        nameIn(code, language, 'short'),
        nameIn(code, 'en', 'long'),
        nameIn(code, 'en', 'short'),
        ...(EVERYDAY[code] ?? []),
        code,
      ];
      return { code, name, keys: [...new Set(names.map(searchable))] };
    })
    .sort((one, other) => compare(one.name, other.name));
}

/** Best matches first: whole names and codes, then beginnings, then words, then anything. */
export function matching(countries: readonly Country[], typed: string): Country[] {
  const wanted = searchable(typed);
  const ranked = countries.map((country) => ({ country, rank: rankOf(country, wanted) }));
  return ranked
    .filter(({ rank }) => rank !== null)
    .sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0))
    .map(({ country }) => country);
}

/** The country with exactly this name or code. */
export function exactly(countries: readonly Country[], typed: string): Country | undefined {
  const wanted = searchable(typed);
  return countries.find(({ keys }) => keys.includes(wanted));
}

function rankOf({ keys }: Country, wanted: string): number | null {
  if (keys.includes(wanted)) return 0;
  if (keys.some((key) => key.startsWith(wanted))) return 1;
  if (keys.some((key) => key.includes(` ${wanted}`))) return 2;
  // A single letter occurs in most names.
  return wanted.length > 1 && keys.some((key) => key.includes(wanted)) ? 3 : null;
}

/**
 * Lower case without accents and punctuation. Hangul is decomposed, so that a half-typed syllable
 * finds the whole one.
 */
function searchable(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

const names = new Map<string, Intl.DisplayNames>();

function nameIn(code: string, language: Language, style: 'long' | 'short'): string {
  const key = `${language} ${style}`;
  let known = names.get(key);
  if (known === undefined) {
    known = new Intl.DisplayNames(language, { type: 'region', style, fallback: 'code' });
    names.set(key, known);
  }
  try {
    return known.of(code) ?? code;
  } catch {
    // Not a region code.
    return code;
  }
}
