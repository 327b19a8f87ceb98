// Scroll position of the list, stored in the entry of the window's history, so that going back and
// reloading restore it.

export interface ScrollPosition {
  /** Topmost visible event. */
  id: number;
  /** Pixels of it above the edge. */
  px: number;
}

export function scrollPositionIn(state: unknown): ScrollPosition | null {
  if (!isRecord(state) || !isRecord(state['scrollPosition'])) return null;
  const { id, px } = state['scrollPosition'];
  return typeof id === 'number' && typeof px === 'number' ? { id, px } : null;
}

/** `null` for the top of the list. */
export function storeScrollPosition(scrollPosition: ScrollPosition | null): void {
  const state: unknown = window.history.state;
  const others = isRecord(state) ? state : {};
  window.history.replaceState({ ...others, scrollPosition }, '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
