// Keeps the rows in sight where they are while rows above them come and go.

export interface Anchor {
  id: string;
  /** Below the top edge of the list, in pixels. */
  offset: number;
}

/** The first row in sight; none at the very top, where new events are meant to push down. */
export function anchorIn(list: HTMLElement): Anchor | undefined {
  if (list.scrollTop <= 0) return undefined;
  const top = list.getBoundingClientRect().top;
  for (const row of list.querySelectorAll<HTMLElement>('[data-event-id]')) {
    const { bottom, top: rowTop } = row.getBoundingClientRect();
    if (bottom > top) return { id: row.dataset['eventId'] ?? '', offset: rowTop - top };
  }
  return undefined;
}

export function restore(list: HTMLElement, { id, offset }: Anchor): void {
  const row = list.querySelector(`[data-event-id="${id}"]`);
  if (!row) return;
  list.scrollTop += row.getBoundingClientRect().top - list.getBoundingClientRect().top - offset;
}
