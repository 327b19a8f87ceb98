// Prepares events for the history view. Pure: no backend call, no clock, no system locale.

import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import { dayOf, shortMoment, type Present } from '$lib/moment';
import type { Words } from '$lib/words';

/** Prepends a new event unless a page already contains it. */
export function withNewest(shown: readonly HistoryEvent[], arrived: HistoryEvent): HistoryEvent[] {
  if (shown.some(({ id }) => id === arrived.id)) return [...shown];
  // Simultaneous events may arrive out of order.
  const at = shown.findIndex(({ id }) => id < arrived.id);
  return at < 0 ? [...shown, arrived] : [...shown.slice(0, at), arrived, ...shown.slice(at)];
}

/** Appends an older page without duplicates. */
export function withOlder(
  shown: readonly HistoryEvent[],
  page: readonly HistoryEvent[],
): HistoryEvent[] {
  return [...shown, ...notIn(shown, page)];
}

/** Prepends a newer page without duplicates. */
export function withNewer(
  shown: readonly HistoryEvent[],
  page: readonly HistoryEvent[],
): HistoryEvent[] {
  return [...notIn(shown, page), ...shown];
}

function notIn(shown: readonly HistoryEvent[], page: readonly HistoryEvent[]): HistoryEvent[] {
  const known = new Set(shown.map(({ id }) => id));
  return page.filter(({ id }) => !known.has(id));
}

/** Calendar day of each event that is the first of its day, for the headings. */
export function daysBegun(
  events: readonly HistoryEvent[],
  timeZone: string,
): ReadonlyMap<number, string> {
  const begun = new Map<number, string>();
  let current = '';
  for (const { id, receivedAtMs } of events) {
    const day = dayOf(receivedAtMs, timeZone);
    if (day !== current) begun.set(id, day);
    current = day;
  }
  return begun;
}

/** What a user can do about an event, in the window as in its notification. */
export type Answer = 'settle' | 'remind' | 'mute';

/** Whether the event requires an action and can therefore be settled. */
export function wantsSomething({ category, severity, kind }: HistoryEvent): boolean {
  return kind === 'push' && (severity !== 'info' || category === 'maintenance');
}

/** Whether a reminder is of use: a danger or a failure does not wait. */
export function canWait({ category }: HistoryEvent): boolean {
  return category === 'finished' || category === 'maintenance' || category === 'reminder';
}

export function titleOf(event: HistoryEvent, words: Words, present: Present): string {
  switch (event.kind) {
    case 'push':
      return words.pushTitle(event.code);
    case 'registered':
      return words.text('event-registered', { device: deviceOrUnknown(event, words) });
    case 'unregistered':
      return words.text('event-unregistered', { device: deviceOrUnknown(event, words) });
    case 'renamed':
      return words.text('event-renamed', { device: event.text });
    case 'text':
      return words.text('event-text');
    case 'gap':
      return gapTitle(event, words, present);
  }
}

/** Name of the device, else its type, else empty. */
export function deviceOf(event: HistoryEvent, words: Words): string {
  if (event.deviceName !== '') return event.deviceName;
  return event.deviceType === null ? '' : words.deviceTypeName(event.deviceType);
}

function gapTitle({ gap, receivedAtMs }: HistoryEvent, words: Words, present: Present): string {
  const reason = gap?.reason ?? 'service';
  if (gap === null) return words.text('event-gap-untimed', { reason });
  const moment = (atMs: number) => shortMoment(atMs, words.language, present);
  return words.text('event-gap', {
    from: moment(gap.fromMs),
    until: moment(receivedAtMs),
    reason,
  });
}

function deviceOrUnknown(event: HistoryEvent, words: Words): string {
  return deviceOf(event, words) || words.text('event-unknown-device');
}

/** Like {@link deviceOf}, for a device of the counts. */
export function nameOf(
  { name, deviceType }: { name: string; deviceType: string | null },
  words: Words,
): string {
  if (name !== '') return name;
  return deviceType === null
    ? words.text('event-unknown-device')
    : words.deviceTypeName(deviceType);
}
