import { expect, test } from 'vitest';

import { barsOf, namedEvery, stackOf, sumOf, topOf } from './charts';
import { addDays } from './days';

const day = (text: string, finished: number, failed = 0) => ({
  day: text,
  counts: [
    { category: 'finished' as const, count: finished },
    { category: 'failed' as const, count: failed },
  ],
});

test('few days have a bar each, and an empty day keeps its place', () => {
  const bars = barsOf([day('2026-11-20', 2, 1), { day: '2026-11-21', counts: [] }]);

  expect(bars.map(({ day: first, total }) => [first, total])).toEqual([
    ['2026-11-20', 3],
    ['2026-11-21', 0],
  ]);
});

test('many days are drawn by week from Monday on, and none is lost', () => {
  const days = Array.from({ length: 91 }, (_, at) => day(addDays('2026-08-25', at), 1));

  const bars = barsOf(days);

  expect(bars.map(({ day: first }) => first).slice(0, 2)).toEqual(['2026-08-24', '2026-08-31']);
  expect(bars[0]?.total).toBe(6);
  expect(sumOf(bars).finished).toBe(91);
});

test('the pieces of a bar stand on each other without holes', () => {
  const [bar] = barsOf([day('2026-11-20', 2, 1)]);

  expect(bar && stackOf(bar)).toEqual([
    { category: 'finished', from: 0, count: 2 },
    { category: 'failed', from: 2, count: 1 },
  ]);
});

test.each([
  [1, 1],
  [3, 5],
  [10, 10],
  [11, 20],
  [99, 100],
  [4_001, 5_000],
])('a scale for %i ends at %i', (largest, top) => {
  expect(topOf(largest)).toBe(top);
});

test('names keep their distance', () => {
  expect(namedEvery(30, 7)).toBe(5);
  expect(namedEvery(5, 7)).toBe(1);
});
