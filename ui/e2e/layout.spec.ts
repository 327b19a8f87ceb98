// Positions that styles alone decide.

import { expect, test } from '@playwright/test';

import { SCENES } from './scenes';
import { open } from './stage';

const NARROW = { width: 360, height: 640 };
const LANGUAGES = ['en', 'ko'] as const;

function scene(name: string) {
  const found = SCENES.find((each) => each.name === name);
  if (!found) throw new Error(`no scene \`${name}\``);
  return found;
}

for (const language of LANGUAGES) {
  test(`the scale of the energy fits its chart ${language}`, async ({ page }) => {
    await page.setViewportSize(NARROW);
    await open(page, scene('device-washer-1'), language);

    const axes = page.locator('main .axis');
    await expect(axes).toHaveCount(2);
    for (const axis of await axes.all()) {
      const numbers = await axis.locator('span').evaluateAll((spans) =>
        spans.map((span) => {
          const { top, bottom, left, right } = span.getBoundingClientRect();
          return { top, bottom, left, right };
        }),
      );
      const chart = await axis.locator('+ svg').boundingBox();
      if (chart === null) throw new Error('the chart is not drawn');
      expect(numbers.length).toBeGreaterThan(2);
      for (const [at, { top, bottom, left, right }] of numbers.entries()) {
        const line = chart.y + (chart.height * at) / (numbers.length - 1);
        expect(Math.abs((top + bottom) / 2 - line), 'beside its line').toBeLessThan(1.5);
        expect(left).toBeGreaterThan(0);
        expect(right, 'left of the bars').toBeLessThan(chart.x);
        const above = numbers[at - 1];
        if (above) expect(top, 'below the number above').toBeGreaterThan(above.bottom);
      }
    }
  });
}
