// Explains why a row without a highlight matches the search. Pure.

import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { Present } from '$lib/moment';
import type { Words } from '$lib/words';

import { isIn } from './highlight';
import { deviceOf, titleOf } from './history';

export interface FoundElsewhere {
  /** Catalogue id of the place of the match. */
  id: string;
  /** Text that matched, if it can be shown. */
  text: string;
}

/** `null` when the match is highlighted in the row itself, or there is no search. */
export function foundElsewhere(
  event: HistoryEvent,
  search: string,
  words: Words,
  other: Words,
  present: Present,
): FoundElsewhere | null {
  if (search === '' || event.foundIn.length === 0) return null;
  const shown = [titleOf(event, words, present), deviceOf(event, words), event.text];
  if (shown.some((text) => isIn(text, search))) return null;
  if (event.foundIn.includes('words')) {
    const type = typeOf(event, words);
    if (isIn(type, search)) return { id: 'window-details-device', text: type };
    const texts = [titleOf(event, other, present), typeOf(event, other)];
    const text = texts.find((each) => isIn(each, search));
    if (text !== undefined) return { id: 'window-history-found-language', text };
  }
  if (event.foundIn.includes('code')) return { id: 'window-history-found-code', text: event.code };
  if (event.foundIn.includes('raw')) return { id: 'window-history-found-raw', text: '' };
  return null;
}

/** Name of the appliance's type. */
function typeOf({ deviceType }: HistoryEvent, words: Words): string {
  return deviceType === null ? '' : words.deviceTypeName(deviceType);
}
