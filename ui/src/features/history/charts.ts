// The numbers behind the pictures: bars, scales, words for spans of time. Pure.

import type { Category } from '$lib/contract/Category';
import type { DayCounts } from '$lib/contract/DayCounts';

import { addDays, weekdayOf } from './days';
import { CATEGORIES } from './filter';

/** Longer periods are drawn by week. */
const MOST_DAYS = 45;

export interface Bar {
  /** The first day that it counts. */
  day: string;
  total: number;
  counts: Record<Category, number>;
}

export type Counts = Bar['counts'];

/** One bar for each day, or for each week, beginning on Monday, where there are many. */
export function barsOf(days: readonly DayCounts[]): Bar[] {
  const bars: Bar[] = [];
  const isByWeek = days.length > MOST_DAYS;
  for (const { day, counts } of days) {
    const first = isByWeek ? addDays(day, -weekdayOf(day)) : day;
    let bar = bars.at(-1);
    if (bar?.day !== first) bars.push((bar = { day: first, total: 0, counts: none() }));
    for (const { category, count } of counts) {
      bar.counts[category] += count;
      bar.total += count;
    }
  }
  return bars;
}

export function sumOf(bars: readonly Bar[]): Counts {
  const sum = none();
  for (const { counts } of bars) {
    for (const category of CATEGORIES) sum[category] += counts[category];
  }
  return sum;
}

/** From the bottom up, in the order of the legend; what is zero has no piece. */
export function stackOf({ counts }: Bar): { category: Category; from: number; count: number }[] {
  let from = 0;
  const stack = [];
  for (const category of CATEGORIES) {
    const count = counts[category];
    if (count > 0) stack.push({ category, from, count });
    from += count;
  }
  return stack;
}

/** The smallest of 1, 2, 5, 10, 20, 50… that nothing rises above. */
export function topOf(largest: number): number {
  let power = 1;
  while (power * 10 < largest) power *= 10;
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= largest) ?? power;
}

/** Every so many bars one is named, so that names do not touch. */
export function namedEvery(bars: number, most: number): number {
  return Math.max(Math.ceil(bars / most), 1);
}

function none(): Counts {
  return { finished: 0, failed: 0, maintenance: 0, safety: 0, reminder: 0, status: 0 };
}
