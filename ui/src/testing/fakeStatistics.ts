// Statistics of the fake history, counted in UTC.

import type { DeviceCycles } from '$lib/contract/DeviceCycles';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { HistoryStatistics } from '$lib/contract/HistoryStatistics';
import type { Maintenance } from '$lib/contract/Maintenance';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970 began on a Thursday. */
const DAYS_TO_MONDAY = 3;

const CYCLE_MINUTES: Partial<Record<string, number>> = {
  WASHING_IS_COMPLETE: 84,
  DRYING_IS_COMPLETE: 131,
  CLEANING_IS_COMPLETE: 118,
};

export function statisticsOf(
  all: readonly HistoryEvent[],
  fromMs: number,
  untilMs: number,
  done: ReadonlyMap<string, number>,
): HistoryStatistics {
  const events = all.filter(({ receivedAtMs }) => receivedAtMs >= fromMs && receivedAtMs < untilMs);
  const days = [];
  for (let atMs = fromMs; atMs < untilMs; atMs += DAY_MS) {
    const ofDay = events.filter(
      ({ receivedAtMs }) => receivedAtMs >= atMs && receivedAtMs < atMs + DAY_MS,
    );
    const byCategory = grouped(ofDay, ({ category }) => category);
    days.push({
      day: dayText(atMs),
      counts: [...byCategory].map(([category, { length }]) => ({ category, count: length })),
    });
  }
  const devices = [...grouped(events, ({ deviceId }) => deviceId ?? '')].filter(
    ([id]) => id !== '',
  );
  return {
    days,
    weeks: devices.map(([deviceId, ofDevice]) => ({
      deviceId,
      ...deviceOf(ofDevice),
      hours: hoursOf(ofDevice),
    })),
    cycles: devices.flatMap(([deviceId, ofDevice]) =>
      cyclesOf(deviceId, ofDevice, fromMs, untilMs),
    ),
    maintenance: maintenanceOf(all, done),
  };
}

function cyclesOf(
  deviceId: string,
  events: readonly HistoryEvent[],
  fromMs: number,
  untilMs: number,
): DeviceCycles[] {
  const ended = events.filter(({ code }) => CYCLE_MINUTES[code] !== undefined);
  if (ended.length === 0) return [];
  const weeks = [];
  const week = (atMs: number) => Math.floor((atMs / DAY_MS + DAYS_TO_MONDAY) / 7);
  for (let at = week(fromMs); at <= week(untilMs - 1); at += 1) {
    weeks.push({
      monday: dayText((at * 7 - DAYS_TO_MONDAY) * DAY_MS),
      count: ended.filter(({ receivedAtMs }) => week(receivedAtMs) === at).length,
    });
  }
  const averageMinutes = CYCLE_MINUTES[ended[0]?.code ?? ''] ?? null;
  return [{ deviceId, ...deviceOf(events), weeks, averageMinutes }];
}

function maintenanceOf(
  all: readonly HistoryEvent[],
  done: ReadonlyMap<string, number>,
): Maintenance[] {
  const told = grouped(
    all.filter(({ category, deviceId }) => category === 'maintenance' && deviceId !== null),
    ({ deviceId, code }) => `${deviceId ?? ''} ${code}`,
  );
  return [...told]
    .map(([key, events]) => {
      const [newest] = events;
      const lastToldAtMs = newest?.receivedAtMs ?? 0;
      const spanMs = lastToldAtMs - (events.at(-1)?.receivedAtMs ?? 0);
      const doneAtMs = done.get(key);
      return {
        deviceId: newest?.deviceId ?? '',
        ...deviceOf(events),
        code: newest?.code ?? '',
        lastToldAtMs,
        doneAtMs: doneAtMs !== undefined && doneAtMs >= lastToldAtMs ? doneAtMs : null,
        everyDays: events.length < 2 ? null : Math.round(spanMs / (events.length - 1) / DAY_MS),
      };
    })
    .sort((one, other) => one.lastToldAtMs - other.lastToldAtMs);
}

function hoursOf(events: readonly HistoryEvent[]): number[] {
  const hours = new Array<number>(7 * 24).fill(0);
  for (const { receivedAtMs } of events) {
    const hour = Math.floor((receivedAtMs + DAYS_TO_MONDAY * DAY_MS) / HOUR_MS) % hours.length;
    hours[hour] = (hours[hour] ?? 0) + 1;
  }
  return hours;
}

function deviceOf([newest]: readonly HistoryEvent[]) {
  return { name: newest?.deviceName ?? '', deviceType: newest?.deviceType ?? null };
}

function dayText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
