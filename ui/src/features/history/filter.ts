// Filter of the history, and the query derived from it. Pure.

import type { Category } from '$lib/contract/Category';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { HistoryFilter } from '$lib/contract/HistoryFilter';
import type { Severity } from '$lib/contract/Severity';
import { dayOf, type Present } from '$lib/moment';

import { addDays, startOfDay } from './days';

export const CATEGORIES: readonly Category[] = [
  'finished',
  'failed',
  'maintenance',
  'safety',
  'reminder',
  'status',
];
export const SEVERITIES: readonly Severity[] = ['error', 'attention', 'info'];

export const NAMED_PERIODS = ['today', 'week', 'month'] as const;
export type NamedPeriod = (typeof NAMED_PERIODS)[number];

/** Days as `YYYY-MM-DD`, inclusive; an empty one is unbounded. */
export type Period =
  { of: 'always' } | { of: NamedPeriod } | { of: 'own'; from: string; until: string };

export interface Filter {
  text: string;
  deviceIds: readonly string[];
  categories: readonly Category[];
  severities: readonly Severity[];
  isUnread: boolean;
  period: Period;
}

/** Parts of a filter, in display order. */
export const PARTS = ['text', 'devices', 'categories', 'severities', 'unread', 'period'] as const;
export type Part = (typeof PARTS)[number];

export const NO_FILTER: Filter = {
  text: '',
  deviceIds: [],
  categories: [],
  severities: [],
  isUnread: false,
  period: { of: 'always' },
};

const DAYS_BEFORE_TODAY: Record<NamedPeriod, number> = { today: 0, week: 6, month: 29 };

export function activeParts(filter: Filter): Part[] {
  const isActive: Record<Part, boolean> = {
    text: filter.text !== '',
    devices: filter.deviceIds.length > 0,
    categories: filter.categories.length > 0,
    severities: filter.severities.length > 0,
    unread: filter.isUnread,
    period: filter.period.of !== 'always',
  };
  return PARTS.filter((part) => isActive[part]);
}

export function isFiltering(filter: Filter): boolean {
  return activeParts(filter).length > 0;
}

export function without(filter: Filter, part: Part): Filter {
  switch (part) {
    case 'text':
      return { ...filter, text: '' };
    case 'devices':
      return { ...filter, deviceIds: [] };
    case 'categories':
      return { ...filter, categories: [] };
    case 'severities':
      return { ...filter, severities: [] };
    case 'unread':
      return { ...filter, isUnread: false };
    case 'period':
      return { ...filter, period: { of: 'always' } };
  }
}

/** Query for the resident program; the days of a period are in the local time zone. */
export function questionOf(filter: Filter, present: Present): HistoryFilter {
  const { from, until } = daysOf(filter.period, present);
  return {
    ...(filter.text === '' ? {} : { text: filter.text }),
    ...(filter.deviceIds.length === 0 ? {} : { deviceIds: [...filter.deviceIds] }),
    ...(filter.categories.length === 0 ? {} : { categories: [...filter.categories] }),
    ...(filter.severities.length === 0 ? {} : { severities: [...filter.severities] }),
    ...(filter.isUnread ? { isUnread: true } : {}),
    ...(from === '' ? {} : { fromMs: startOfDay(from, present.timeZone) }),
    ...(until === '' ? {} : { untilMs: startOfDay(addDays(until, 1), present.timeZone) }),
  };
}

/** Whether a new event matches the filter; text search requires the store. */
export function takes(question: HistoryFilter, event: HistoryEvent): boolean {
  const isOneOf = <T>(choices: readonly T[] | undefined, value: T | null) =>
    choices === undefined || (value !== null && choices.includes(value));
  return (
    isOneOf(question.deviceIds, event.deviceId) &&
    isOneOf(question.categories, event.category) &&
    isOneOf(question.severities, event.severity) &&
    (question.isUnread !== true || !event.isRead) &&
    event.receivedAtMs >= (question.fromMs ?? -Infinity) &&
    event.receivedAtMs < (question.untilMs ?? Infinity)
  );
}

function daysOf(period: Period, { nowMs, timeZone }: Present): { from: string; until: string } {
  switch (period.of) {
    case 'always':
      return { from: '', until: '' };
    case 'own':
      return period;
    case 'today':
    case 'week':
    case 'month': {
      const today = dayOf(nowMs, timeZone);
      return { from: addDays(today, -DAYS_BEFORE_TODAY[period.of]), until: '' };
    }
  }
}
