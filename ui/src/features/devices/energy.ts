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

function monthBefore(day: string): string {
  return dayBefore(`${day.slice(0, 7)}-01`).slice(0, 7);
}

export function kilowattHours(wattHours: number, language: Language): string {
  const kilo = wattHours / 1000;
  const format = new Intl.NumberFormat(language, {
    minimumFractionDigits: 0,
    maximumFractionDigits: kilo < 10 ? 2 : 1,
  });
  return `${format.format(kilo)} kWh`;
}
