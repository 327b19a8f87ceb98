// What keys do in the whole window. Pure: the view decides whether they are taken now.

import { ROUTE_NAMES, type Route } from '$lib/address';

export type Command =
  | { does: 'go'; route: Route }
  | { does: 'search' }
  | { does: 'keys' }
  | { does: 'back' }
  | { does: 'escape' };

/** The keys as they are shown, each with the catalogue's id for what it does. */
export const KEYS: readonly { keys: readonly (readonly string[])[]; label: string }[] = [
  {
    keys: [
      ['Ctrl', '1'],
      ['Ctrl', '6'],
    ],
    label: 'window-keys-views',
  },
  { keys: [['Ctrl', 'F']], label: 'window-keys-search' },
  { keys: [['Ctrl', ',']], label: 'window-keys-settings' },
  { keys: [['Alt', '←']], label: 'window-keys-back' },
  { keys: [['↑'], ['↓'], ['Home'], ['End']], label: 'window-keys-list' },
  { keys: [['Enter']], label: 'window-keys-open' },
  { keys: [['Tab']], label: 'window-keys-next' },
  { keys: [['?']], label: 'window-keys-help' },
  { keys: [['Esc']], label: 'window-keys-escape' },
];

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
