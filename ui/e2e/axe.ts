// What axe-core finds wrong on the page as it stands.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** By `rules` alone, or by everything that WCAG 2.2 AA asks for. */
export async function findings(page: Page, rules?: readonly string[]): Promise<string[]> {
  // There are no frames to go into, and each look would open one more page.
  const builder = new AxeBuilder({ page }).setLegacyMode();
  if (rules) builder.withRules([...rules]);
  else builder.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
  // A menu is drawn at the end of the page, outside of the landmarks.
  builder.disableRules(['region']);
  const { violations } = await builder.analyze();
  // The arrow keys move in a menu, and it scrolls along.
  const isMenu = (id: string, html: string) =>
    id === 'scrollable-region-focusable' && html.includes('role="menu"');
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ html }) => !isMenu(id, html))
      .map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  );
}
