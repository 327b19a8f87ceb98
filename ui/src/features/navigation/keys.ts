// Keyboard shortcuts of the window. Pure: views decide whether they are active.

import { ROUTE_NAMES, type Route } from '$lib/address';

export type Command =
  | { does: 'go'; route: Route }
  | { does: 'search' }
  | { does: 'keys' }
  | { does: 'back' }
  | { does: 'escape' };

/** Actions of a row in the history; handled by the list. */
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

/** As labelled on the keyboard. */
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

/** Letters while the keyboard layout is Hangul. */
const HANGUL: Readonly<Partial<Record<string, ListKey>>> = { ㅕ: 'u', ㄱ: 'r' };

/** Line of the shortcut list; its combinations form a range or are alternatives. */
export interface KeyLine {
  keys: readonly (readonly string[])[];
  isSpan?: boolean;
  /** Catalogue id of the action. */
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

/** In the history list. */
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

/** Action of a key in the list; none with a modifier. */
export function listKeyOf(event: KeyboardEvent): ListKey | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return undefined;
  return LIST_KEYS.find((key) => key === event.key) ?? HANGUL[event.key];
}

/** Action of `event`; none for keys needed by a text field. */
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
