import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { FluentResource } from '@fluent/bundle';
import { describe, expect, test } from 'vitest';

import { languageOf, PROBLEM_CODES, Words, type Language } from './words';

const CATALOGUE = join(import.meta.dirname, '../../../src-tauri/crates/words/catalogue');
const SOURCE = join(import.meta.dirname, '..');
const PAGE_AREAS = ['ui', 'ui-home', 'ui-rules', 'ui-settings'];
const LANGUAGES: readonly Language[] = ['en', 'ko'];

const words = { en: new Words('en'), ko: new Words('ko') };

function idsOf(language: Language): string[] {
  return PAGE_AREAS.flatMap((area) => {
    const source = readFileSync(join(CATALOGUE, language, `${area}.ftl`), 'utf8');
    return new FluentResource(source).body.map(({ id }) => id);
  }).sort();
}

/** Source code of the page, without tests. */
function code(): string {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|svelte)$/u.test(path) && !/\.test\.ts$|^testing|contract/u.test(path))
    .map((path) => readFileSync(join(SOURCE, path), 'utf8'))
    .join('\n');
}

describe('the words of the page', () => {
  test('both languages have the same ids', () => {
    expect(idsOf('ko')).toEqual(idsOf('en'));
  });

  test.each(LANGUAGES)('no id is there twice: %s', (language) => {
    const ids = idsOf(language);

    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  test('every id is used', () => {
    const used = code();
    const unused = idsOf('en').filter(
      (id) => !id.startsWith('decision-') && !used.includes(`'${id}'`),
    );

    expect(unused).toEqual([]);
  });

  test.each(LANGUAGES)('every id that is used is in the catalogue: %s', (language) => {
    const used = code().matchAll(/'((?:window|event|status|tray|problem|decision)-[\w-]*\w)'/gu);
    const missing = [...used].map(([, id = '']) => id).filter((id) => !words[language].has(id));

    expect(missing).toEqual([]);
  });
});

test.each(LANGUAGES)('every problem says what happened and what helps: %s', (language) => {
  for (const problemCode of PROBLEM_CODES) {
    const { text, remedy } = words[language].problem({ code: problemCode });

    expect(text).not.toContain('problem-');
    expect(remedy).not.toBe('');
  }
});

test('the reason that LG gives is said where the catalogue has it', () => {
  const plain = words.en.problem({ code: 'api' });

  expect(words.en.problem({ code: 'api', apiCode: '1304' }).text).toContain('terms');
  expect(words.en.problem({ code: 'api', apiCode: '9999' })).toEqual(plain);
});

test('particles follow the name', () => {
  expect(words.ko.text('event-registered', { device: '세탁기' })).toContain('세탁기가');
  expect(words.ko.text('event-registered', { device: '에어컨' })).toContain('에어컨이');
});

test('unknown codes are made readable', () => {
  expect(words.ko.pushTitle('SOME_NEW_CODE')).toBe('Some new code');
  expect(words.en.deviceTypeName('DEVICE_MOON_LAMP')).toBe('Moon lamp');
  expect(words.en.decision('someNewReason')).toBe('Some new reason');
});

test.each([
  [['ko-KR'], 'ko'],
  [['ko_KR.UTF-8'], 'ko'],
  [['C'], 'en'],
  [['C', 'ko'], 'ko'],
  [['kok-IN'], 'en'],
  [[null, undefined, ''], 'en'],
])('of the tags %j the catalogue speaks %s', (tags, language) => {
  expect(languageOf(...tags)).toBe(language);
});
