// Energy use by day and month. Pure.

import type { DeviceEnergy } from '$lib/contract/DeviceEnergy';
import type { EnergyUse } from '$lib/contract/EnergyUse';
import { dayBefore } from '$lib/moment';
import type { Language } from '$lib/words';

/** Watt-hours; `null` while LG has not published the value. */
export interface Sums {
  today: number | null;
  yesterday: number | null;
  thisMonth: number | null;
  lastMonth: number | null;
}

/** `today` as `YYYY-MM-DD`. */
export function sumsOf(energy: DeviceEnergy, today: string): Sums {
  const at = (uses: readonly EnergyUse[], date: string) =>
    uses.find((use) => use.date === date)?.wattHours ?? null;
  return {
    today: at(energy.days, today),
    yesterday: at(energy.days, dayBefore(today)),
    thisMonth: at(energy.months, today.slice(0, 7)),
    lastMonth: at(energy.months, monthBefore(today)),
  };
}

/** One day or month of a chart; `null` where LG has no value. */
export interface Period {
  date: string;
  wattHours: number | null;
}

/** A year of days. More between two uses is not filled. */
const MOST_PERIODS = 366;

/** Steps of the axis of a chart. */
const MOST_STEPS = 3;

/** Every period from the first use to the last, which are in order of time. */
export function periodsOf(uses: readonly EnergyUse[]): Period[] {
  const periods: Period[] = [];
  const next = uses.every(({ date }) => date.length === 7) ? monthBefore : dayBefore;
  for (const use of [...uses].reverse()) {
    let date = periods.at(-1)?.date;
    const gap: Period[] = [];
    while (date !== undefined && gap.length <= MOST_PERIODS) {
      date = next(date.length === 7 ? `${date}-01` : date);
      if (date <= use.date) break;
      gap.push({ date, wattHours: null });
    }
    if (gap.length <= MOST_PERIODS) periods.push(...gap);
    periods.push(use);
  }
  return periods.reverse();
}

function monthBefore(day: string): string {
  return dayBefore(`${day.slice(0, 7)}-01`).slice(0, 7);
}

/** Round values from 0 to one that no use exceeds, at most four; in watt-hours. */
export function ticksOf(uses: readonly EnergyUse[]): number[] {
  // Without any use, the axis ends at one kilowatt-hour.
  const largest = Math.max(...uses.map(({ wattHours }) => wattHours), 0) || 1000;
  const power = 10 ** Math.floor(Math.log10(largest / MOST_STEPS));
  const step = [1, 2, 5, 10]
    .map((each) => each * power)
    .find((each) => each * MOST_STEPS >= largest);
  if (step === undefined) return [0, largest];
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, at) => at * step);
}

/** In kilowatt-hours, without the unit. */
export function tickName(wattHours: number, language: Language): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 4 }).format(wattHours / 1000);
}

export const UNIT = 'kWh';

export function kilowattHours(wattHours: number, language: Language): string {
  const kilo = wattHours / 1000;
  const format = new Intl.NumberFormat(language, {
    minimumFractionDigits: 0,
    maximumFractionDigits: kilo < 10 ? 2 : 1,
  });
  return `${format.format(kilo)} ${UNIT}`;
}
