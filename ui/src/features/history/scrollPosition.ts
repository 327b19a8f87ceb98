// Where somebody reads in the list, kept with the entry of the window's history, so that back and
// reload lead there.

export interface Reading {
  /** The topmost event in sight. */
  id: number;
  /** So much of it is above the edge. */
  px: number;
}

export function readingIn(state: unknown): Reading | null {
  if (!isRecord(state) || !isRecord(state['reading'])) return null;
  const { id, px } = state['reading'];
  return typeof id === 'number' && typeof px === 'number' ? { id, px } : null;
}

/** `null` is the top of the list. */
export function keepReading(reading: Reading | null): void {
  const state: unknown = window.history.state;
  const others = isRecord(state) ? state : {};
  window.history.replaceState({ ...others, reading }, '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
