import { expect, test } from 'vitest';

import { countriesIn, countryName, exactly, matching } from './countries';

const CODES = ['AE', 'AU', 'CI', 'DE', 'DO', 'GB', 'HK', 'KR', 'NE', 'NG', 'TR', 'UA', 'US', 'XK'];

const en = countriesIn(CODES, 'en');
const ko = countriesIn(CODES, 'ko');
const codesOf = (found: readonly { code: string }[]) => found.map(({ code }) => code);

test('the countries have names in the language and are sorted by its rules', () => {
  expect(en.map(({ name }) => name).slice(0, 3)).toEqual([
    'Australia',
    'Côte d’Ivoire',
    'Dominican Republic',
  ]);
  expect(ko.map(({ name }) => name).slice(0, 3)).toEqual(['나이지리아', '니제르', '대한민국']);
});

test.each([
  ['KR', ['KR', 'UA']],
  ['kr', ['KR', 'UA']],
  ['korea', ['KR']],
  ['cote d', ['CI']],
  ['Côte d', ['CI']],
  ['turkiye', ['TR']],
  ['niger', ['NE', 'NG']],
  ['republic', ['DO']],
  ['uk', ['GB', 'UA']],
  ['united', ['AE', 'GB', 'US']],
  ['usa', ['US']],
  ['America', ['US']],
  ['uae', ['AE']],
  ['england', ['GB']],
  ['Turkey', ['TR']],
  ['ivory', ['CI']],
  ['  united   states ', ['US']],
  ['atlantis', []],
])('in English %j finds %j', (typed, codes) => {
  expect(codesOf(matching(en, typed))).toEqual(codes);
});

test.each([
  ['한국', ['KR']],
  ['대한', ['KR']],
  // A syllable that is not finished yet.
  ['대하', ['KR']],
  ['남한', ['KR']],
  ['korea', ['KR']],
  ['미국', ['US']],
  ['us', ['US', 'AU']],
  ['독일', ['DE']],
])('in Korean %j finds %j', (typed, codes) => {
  expect(codesOf(matching(ko, typed))).toEqual(codes);
});

test('a whole name or code is one country, the beginning of a name is none', () => {
  expect(exactly(en, 'Germany')?.code).toBe('DE');
  expect(exactly(en, ' de ')?.code).toBe('DE');
  expect(exactly(ko, 'South Korea')?.code).toBe('KR');
  expect(exactly(en, 'Germ')).toBeUndefined();
  expect(exactly(en, '')).toBeUndefined();
});

test('an unknown code is its own name', () => {
  expect(countryName('QQ', 'en')).toBe('QQ');
  expect(countryName('', 'en')).toBe('');
});
