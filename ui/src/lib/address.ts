// The window's address: `#/now`, `#/devices/<id>`. The query is defined by the view.

import type { View } from './contract/View';

export type Route = Exclude<View['view'], 'signIn'>;

export interface Place {
  route: Route;
  /** Item shown in the view. */
  item: string | null;
}

export const ROUTE_NAMES: readonly Route[] = [
  'now',
  'history',
  'devices',
  'rules',
  'settings',
  'checkup',
];

/** `null` for an address of no view. */
export function placeAt(hash: string): Place | null {
  const [path = ''] = hash.split('?', 1);
  const [, name, ...rest] = path.split('/');
  const route = ROUTE_NAMES.find((known) => known === name);
  return route === undefined ? null : { route, item: decoded(rest.join('/')) };
}

/** Query of the address. */
export function queryOf(hash: string): URLSearchParams {
  return new URLSearchParams(hash.split('?', 2)[1] ?? '');
}

export function addressOf({ route, item }: Place): string {
  return item === null ? `#/${route}` : `#/${route}/${encodeURIComponent(item)}`;
}

function decoded(text: string): string | null {
  if (text === '') return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
