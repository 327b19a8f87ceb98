// The filter in the window's address, `#/history?text=…&device=…`, so that back and reload preserve
// it.

import {
  CATEGORIES,
  NAMED_PERIODS,
  NO_FILTER,
  SEVERITIES,
  type Filter,
  type Period,
} from './filter';
import { isDay } from './days';

export type Side = 'events' | 'overview';

export interface Place {
  filter: Filter;
  side: Side;
}

const ROUTE = '#/history';
const LONGEST_TEXT = 200;

/** `null` for the address of another view. Invalid values are ignored. */
export function placeAt(hash: string): Place | null {
  const [route, query = ''] = hash.split('?', 2);
  if (route !== ROUTE && route !== `${ROUTE}/`) return null;
  const given = new URLSearchParams(query);
  return {
    side: given.get('side') === 'overview' ? 'overview' : 'events',
    filter: {
      text: (given.get('text') ?? '').trim().slice(0, LONGEST_TEXT),
      deviceIds: [...new Set(given.getAll('device'))].filter((id) => id !== ''),
      categories: CATEGORIES.filter((category) => given.getAll('kind').includes(category)),
      severities: SEVERITIES.filter((severity) => given.getAll('severity').includes(severity)),
      isUnread: given.get('unread') === 'yes',
      period: periodIn(given),
    },
  };
}

export function addressOf({ filter, side }: Place): string {
  const query = new URLSearchParams();
  if (side === 'overview') query.set('side', side);
  if (filter.text !== '') query.set('text', filter.text);
  for (const id of filter.deviceIds) query.append('device', id);
  for (const category of filter.categories) query.append('kind', category);
  for (const severity of filter.severities) query.append('severity', severity);
  if (filter.isUnread) query.set('unread', 'yes');
  const { period } = filter;
  if (period.of === 'own') {
    if (period.from !== '') query.set('from', period.from);
    if (period.until !== '') query.set('until', period.until);
  } else if (period.of !== 'always') {
    query.set('period', period.of);
  }
  const text = query.toString();
  return text === '' ? ROUTE : `${ROUTE}?${text}`;
}

function periodIn(given: URLSearchParams): Period {
  const named = NAMED_PERIODS.find((period) => period === given.get('period'));
  if (named !== undefined) return { of: named };
  const day = (name: string) => {
    const text = given.get(name) ?? '';
    return isDay(text) ? text : '';
  };
  const own = { from: day('from'), until: day('until') };
  return own.from === '' && own.until === '' ? NO_FILTER.period : { of: 'own', ...own };
}
