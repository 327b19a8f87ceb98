// Chart data: bars, scales, text for durations. Pure.

import type { Category } from '$lib/contract/Category';
import type { DayCounts } from '$lib/contract/DayCounts';

import { addDays, weekdayOf } from './days';
import { CATEGORIES } from './filter';

/** Longer periods are drawn by week. */
const MOST_DAYS = 45;

export interface Bar {
  /** First day of the bar. */
  day: string;
  total: number;
  counts: Record<Category, number>;
}

export type Counts = Bar['counts'];

/** One bar per day, or per week starting on Monday for long periods. */
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

/** From bottom to top, in legend order; zero values are omitted. */
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

/** The smallest of 1, 2, 5, 10, 20, 50… that is not exceeded by any value. */
export function topOf(largest: number): number {
  let power = 1;
  while (power * 10 < largest) power *= 10;
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= largest) ?? power;
}

/** Interval of labelled bars, so that labels do not overlap. */
export function namedEvery(bars: number, most: number): number {
  return Math.max(Math.ceil(bars / most), 1);
}

function none(): Counts {
  return { finished: 0, failed: 0, maintenance: 0, safety: 0, reminder: 0, status: 0 };
}
