// Shapes events for the history view. Pure: no backend call, no clock, no locale of the machine.

import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import { dayOf, shortMoment, type Present } from '$lib/moment';
import type { Words } from '$lib/words';

export interface DayGroup {
  /** Calendar day in the given time zone, as `YYYY-MM-DD`. */
  day: string;
  events: HistoryEvent[];
}

/** Groups events, given newest first, by the calendar day on which they were received. */
export function groupByDay(events: readonly HistoryEvent[], timeZone: string): DayGroup[] {
  const groups: DayGroup[] = [];
  for (const event of events) {
    const day = dayOf(event.receivedAtMs, timeZone);
    const current = groups.at(-1);
    if (current?.day === day) {
      current.events.push(event);
    } else {
      groups.push({ day, events: [event] });
    }
  }
  return groups;
}

/** Adds a newly stored event on top, unless a page has brought it already. */
export function withNewest(shown: readonly HistoryEvent[], arrived: HistoryEvent): HistoryEvent[] {
  if (shown.some(({ id }) => id === arrived.id)) return [...shown];
  return [...shown, arrived].sort((one, other) => other.id - one.id);
}

/** Adds an older page below; what is shown already is left out. */
export function withOlder(
  shown: readonly HistoryEvent[],
  page: readonly HistoryEvent[],
): HistoryEvent[] {
  const oldestShown = shown.at(-1)?.id ?? Infinity;
  return [...shown, ...page.filter(({ id }) => id < oldestShown)];
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

/** The device's name, else what kind of device it is, else nothing. */
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
