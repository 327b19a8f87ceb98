// Energy use by day and month. Pure.

import type { DeviceEnergy } from '$lib/contract/DeviceEnergy';
import type { EnergyUse } from '$lib/contract/EnergyUse';
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

function dayBefore(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}

function monthBefore(day: string): string {
  const date = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - 1);
  return date.toISOString().slice(0, 7);
}

export function kilowattHours(wattHours: number, language: Language): string {
  const kilo = wattHours / 1000;
  const format = new Intl.NumberFormat(language, {
    minimumFractionDigits: 0,
    maximumFractionDigits: kilo < 10 ? 2 : 1,
  });
  return `${format.format(kilo)} kWh`;
}

/** A day or a month, as short as it is clear. */
export function periodName(date: string, language: Language): string {
  const isMonth = date.length === 7;
  const options: Intl.DateTimeFormatOptions = isMonth
    ? { year: 'numeric', month: 'short' }
    : { month: 'short', day: 'numeric' };
  const at = new Date(isMonth ? `${date}-01T00:00:00Z` : `${date}T00:00:00Z`);
  return new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(at);
}
