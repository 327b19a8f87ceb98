// Accessibility violations that axe-core finds on the page in its current state.

import type { Page } from '@playwright/test';
import axe, { type RunOptions } from 'axe-core';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** By `rules` alone, or by everything that WCAG 2.2 AA asks for. */
export async function findings(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options: RunOptions = {
    runOnly: rules ? { type: 'rule', values: [...rules] } : { type: 'tag', values: STANDARDS },
    // A menu is drawn at the end of the page, outside of the landmarks.
    rules: { region: { enabled: false } },
    // Describing everything that passed takes longer than finding it.
    resultTypes: ['violations'],
  };
  // Once for each document, however often it is looked at.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (wanted) => (window as unknown as { axe: typeof axe }).axe.run(document, wanted),
    options,
  );
  // The arrow keys move in a menu, and it scrolls along.
  const isMenu = (id: string, html: string) =>
    id === 'scrollable-region-focusable' && html.includes('role="menu"');
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ html }) => !isMenu(id, html))
      .map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  );
}
