import { expect, test } from 'vitest';

import { commandOf, KEYS, KEYS_OF_LIST, LIST_KEY_NAMES, LIST_KEYS, listKeyOf } from './keys';

const NAMES: Readonly<Partial<Record<string, string>>> = { '←': 'ArrowLeft', Esc: 'Escape' };
/** Default behaviour of the browser. */
const NATIVE = ['Tab', 'Enter'];

function pressed(combination: readonly string[]): KeyboardEvent {
  const last = combination.at(-1) ?? '';
  return new KeyboardEvent('keydown', {
    key: NAMES[last] ?? last,
    ctrlKey: combination.includes('Ctrl'),
    altKey: combination.includes('Alt'),
  });
}

const shown = KEYS.flatMap(({ keys }) => keys.map((keys) => keys.join('+')));

test.each(shown.filter((keys) => !NATIVE.includes(keys)))('the window hears %s', (keys) => {
  expect(commandOf(pressed(keys.split('+')))).not.toBeNull();
});

test('every key that the window hears is shown', () => {
  const ends = new Set(['Ctrl+2', 'Ctrl+3', 'Ctrl+4', 'Ctrl+5']);
  const plain = [
    ...'abcdefghijklmnopqrstuvwxyz0123456789,./?;-='.split(''),
    'Esc',
    'Enter',
    'Tab',
    '←',
    'F1',
  ];
  const all = plain.flatMap((key) => [[key], ['Ctrl', key], ['Alt', key], ['Ctrl', 'Alt', key]]);

  const heard = all.filter((keys) => commandOf(pressed(keys)) !== null);
  const written = heard.map((keys) => keys.join('+').replace('+f', '+F'));

  expect(written.filter((keys) => !ends.has(keys)).sort()).toEqual(
    shown.filter((keys) => !NATIVE.includes(keys)).sort(),
  );
});

test('every key of the list is shown, and no other', () => {
  const ofList = KEYS_OF_LIST.flatMap(({ keys }) => keys.map((keys) => keys.join('+')));

  expect(ofList.filter((key) => !NATIVE.includes(key)).sort()).toEqual(
    Object.values(LIST_KEY_NAMES).sort(),
  );
  expect(LIST_KEYS.map((key) => listKeyOf(pressed([key])))).toEqual([...LIST_KEYS]);
});

test('letters are heard while the keyboard writes Hangul, and not with another key held down', () => {
  expect([pressed(['ㅕ']), pressed(['ㄱ'])].map(listKeyOf)).toEqual(['u', 'r']);
  expect(listKeyOf(pressed(['Ctrl', 'r']))).toBeUndefined();
});
