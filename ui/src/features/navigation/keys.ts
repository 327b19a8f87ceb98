// What keys do in the whole window. Pure: the view decides whether they are taken now.

import { ROUTE_NAMES, type Route } from '$lib/address';

export type Command =
  | { does: 'go'; route: Route }
  | { does: 'search' }
  | { does: 'keys' }
  | { does: 'back' }
  | { does: 'escape' };

/** What a row of the history hears; the list says what each does. */
export const LIST_KEYS = [
  'ArrowUp',
  'ArrowDown',
  'PageUp',
  'PageDown',
  'Home',
  'End',
  'u',
  'r',
] as const;
export type ListKey = (typeof LIST_KEYS)[number];

/** As they stand on the keyboard. */
export const LIST_KEY_NAMES: Record<ListKey, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
  Home: 'Home',
  End: 'End',
  u: 'U',
  r: 'R',
};

/** Letters while the keyboard writes Hangul. */
const HANGUL: Readonly<Partial<Record<string, ListKey>>> = { ㅕ: 'u', ㄱ: 'r' };

/** What is between the combinations of a line: a span of them, or several that do alike. */
export interface KeyLine {
  keys: readonly (readonly string[])[];
  isSpan?: boolean;
  /** The catalogue's id for what they do. */
  label: string;
}

export const KEYS: readonly KeyLine[] = [
  {
    keys: [
      ['Ctrl', '1'],
      ['Ctrl', String(ROUTE_NAMES.length)],
    ],
    isSpan: true,
    label: 'window-keys-views',
  },
  { keys: [['Ctrl', 'F']], label: 'window-keys-search' },
  { keys: [['Ctrl', ',']], label: 'window-keys-settings' },
  { keys: [['Alt', '←']], label: 'window-keys-back' },
  { keys: [['Tab']], label: 'window-keys-next' },
  { keys: [['?']], label: 'window-keys-help' },
  { keys: [['Esc']], label: 'window-keys-escape' },
];

/** In the history's list. */
export const KEYS_OF_LIST: readonly KeyLine[] = [
  {
    keys: (['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End'] as const).map((key) => [
      LIST_KEY_NAMES[key],
    ]),
    label: 'window-keys-list',
  },
  { keys: [['Enter']], label: 'window-keys-open' },
  { keys: [[LIST_KEY_NAMES.u]], label: 'window-keys-unread' },
  { keys: [[LIST_KEY_NAMES.r]], label: 'window-keys-read' },
];

/** What a key means in the list; with another key held down it is not the list's. */
export function listKeyOf(event: KeyboardEvent): ListKey | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return undefined;
  return LIST_KEYS.find((key) => key === event.key) ?? HANGUL[event.key];
}

/** What `event` asks for; nothing that a text field needs for itself. */
export function commandOf(event: KeyboardEvent): Command | null {
  if (event.isComposing) return null;
  const { key } = event;
  const isControl = event.ctrlKey || event.metaKey;
  if (isControl && !event.altKey && !event.shiftKey) {
    if (key.toLowerCase() === 'f') return { does: 'search' };
    if (key === ',') return { does: 'go', route: 'settings' };
    const route = /^[1-9]$/u.test(key) ? ROUTE_NAMES[Number(key) - 1] : undefined;
    return route === undefined ? null : { does: 'go', route };
  }
  if (isControl) return null;
  if (event.altKey) return key === 'ArrowLeft' ? { does: 'back' } : null;
  if (key === 'Escape') return { does: 'escape' };
  return key === '?' && !isTyping(event.target) ? { does: 'keys' } : null;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable]') !== null
  );
}
