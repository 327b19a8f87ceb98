import { expect, test } from 'vitest';

import { addressOf, placeAt } from './address';

test.each([
  ['#/now', { route: 'now', item: null }],
  ['#/history?text=washer', { route: 'history', item: null }],
  ['#/devices/', { route: 'devices', item: null }],
  ['#/devices/a%2Fb?c', { route: 'devices', item: 'a/b' }],
  ['#/devices/%E0%A4%A', { route: 'devices', item: '%E0%A4%A' }],
  ['#/history-of-art', null],
  ['#', null],
  ['', null],
])('the address %s', (hash, place) => {
  expect(placeAt(hash)).toEqual(place);
});

test('an address leads back to its place', () => {
  const place = { route: 'devices', item: '기기/1?x=#y' } as const;

  expect(placeAt(addressOf(place))).toEqual(place);
});
