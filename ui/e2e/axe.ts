// Accessibility violations that axe-core finds on the page in its current state.

import type { Page } from '@playwright/test';
import axe, { type RunOptions } from 'axe-core';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Limited to `rules`, or all rules of WCAG 2.2 AA. */
export async function findings(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options: RunOptions = {
    runOnly: rules ? { type: 'rule', values: [...rules] } : { type: 'tag', values: STANDARDS },
    // Menus are rendered at the end of the page, outside of the landmarks.
    rules: { region: { enabled: false } },
    // Reporting passed rules takes longer than checking them.
    resultTypes: ['violations'],
  };
  // Once per document.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (wanted) => (window as unknown as { axe: typeof axe }).axe.run(document, wanted),
    options,
  );
  // Menus are navigated by arrow keys and scroll along.
  const isMenu = (id: string, html: string) =>
    id === 'scrollable-region-focusable' && html.includes('role="menu"');
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ html }) => !isMenu(id, html))
      .map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  );
}
