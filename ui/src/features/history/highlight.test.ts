import { expect, test } from 'vitest';

import { Words } from '$lib/words';
import { exampleEvent } from '../../testing/fakeBackend';

import { foundElsewhere } from './foundElsewhere';
import { isIn, piecesOf } from './highlight';
import { sizeText } from './size';

/** Matches in brackets. */
function marked(shown: string, search: string): string {
  return piecesOf(shown, search)
    .map(({ text, isMatch }) => (isMatch ? `[${text}]` : text))
    .join('');
}

test.each([
  ['Laundry is done', '', 'Laundry is done'],
  ['Laundry is done', 'LAUN', '[Laun]dry is done'],
  ['세탁이 끝났어요', '세탁', '[세탁]이 끝났어요'],
  ['건조기의 문이 열렸어요', '문', '건조기의 [문]이 열렸어요'],
  ['door, door', 'door', '[door], [door]'],
  ['aaa', 'aa', '[aa]a'],
  ['Water filter needs replacing', 'needs filter', 'Water [filter] [needs] replacing'],
  ['abc', 'ab bc', '[abc]'],
  ['a.c*', '.', 'a[.]c*'],
  ['İstanbul filter', 'filter', 'İstanbul [filter]'],
  ['\u1109\u1166\u1110\u1161\u11a8기', '세탁', '[세탁]기'],
  ['🧺 basket', 'basket', '🧺 [basket]'],
  ['nothing', 'zeppelin', 'nothing'],
])('%j searched for %j: %s', (shown, search, expected) => {
  expect(marked(shown, search)).toBe(expected);
  expect(isIn(shown, search)).toBe(expected.includes('['));
});

const words = { en: new Words('en'), ko: new Words('ko') };
const present = { nowMs: 0, timeZone: 'UTC' };

test.each([
  ['laundry', ['name' as const], null],
  ['세탁이', ['words' as const], { id: 'window-history-found-language', text: '세탁이 끝났어요' }],
  ['washer', ['words' as const], { id: 'window-details-device', text: 'Washer' }],
  ['세탁기', ['words' as const], { id: 'window-history-found-language', text: '세탁기' }],
  [
    'WASHING_IS',
    ['code' as const],
    { id: 'window-history-found-code', text: 'WASHING_IS_COMPLETE' },
  ],
  ['xyz', ['raw' as const], { id: 'window-history-found-raw', text: '' }],
  ['', [], null],
])('where %j was found is said if it is not in sight', (search, foundIn, found) => {
  const event = exampleEvent({ foundIn });

  expect(foundElsewhere(event, search, words.en, words.ko, present)).toEqual(found);
});

test.each([
  [0, 'en', '0 byte'],
  [999, 'en', '999 byte'],
  [1_234_567, 'en', '1.23 MB'],
  [52_000_000_000_000, 'en', '52,000 GB'],
  [4_200_000, 'ko', '4.2MB'],
] as const)('%i bytes read in %s as %s', (bytes, language, expected) => {
  expect(sizeText(bytes, language)).toBe(expected);
});
