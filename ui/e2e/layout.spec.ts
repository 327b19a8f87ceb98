// Positions that styles alone decide: scales of charts, and errors beside their fields.

import { expect, test, type Locator, type Page } from '@playwright/test';

import { SCENES } from './scenes';
import { open } from './stage';

const WINDOW = { width: 960, height: 720 };
const NARROW = { width: 360, height: 640 };
/** A narrow window at 200 % zoom of the text. */
const LOW = { width: 360, height: 360 };
const LANGUAGES = ['en', 'ko'] as const;

function scene(name: string) {
  const found = SCENES.find((each) => each.name === name);
  if (!found) throw new Error(`no scene \`${name}\``);
  return found;
}

async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.clock.runFor(200);
}

/** Lines of the text that something covers, or that are outside of the window. */
function hiddenLines(text: Locator): Promise<string[]> {
  return text.evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return [...range.getClientRects()]
      .filter(({ left, top, width, height }) => {
        const seen = [0.1, 0.9].map((part) =>
          document.elementFromPoint(left + width / 2, top + height * part),
        );
        return !seen.every((at) => at !== null && element.contains(at));
      })
      .map(({ top, bottom }) => `${String(Math.round(top))} to ${String(Math.round(bottom))}`);
  });
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

  test(`the whole error of a field is in sight ${language}`, async ({ page }) => {
    await page.setViewportSize(WINDOW);
    await open(page, scene('sign-in-token-missing'), language);
    const refuse = async (problem: object) => {
      await page.evaluate((wanted) => {
        window.backend?.failing.set('signIn', wanted as { code: 'internal' });
      }, problem);
      await page.locator('#sign-in-submit').click();
    };
    const isSeen = async (place: string, what: string) => {
      for (const size of [NARROW, LOW, NARROW, WINDOW]) {
        await resize(page, size);
        const words = page.locator(`#sign-in-${place}-error > span`);
        const height = `${what} at ${String(size.width)} × ${String(size.height)}`;
        await expect.poll(() => hiddenLines(words), height).toEqual([]);
      }
    };

    await isSeen('token', 'nothing typed');
    await page.locator('#sign-in-token').fill('thinqpat_1');
    await refuse({ code: 'featureMissing', feature: 'devices' });
    await isSeen('token', 'a long error');
    await refuse({ code: 'keyringMissing' });
    await isSeen('form', 'an error of no field');
    await resize(page, LOW);
    await page.locator('#sign-in-token').focus();
    await expect
      .poll(() =>
        page.locator('#sign-in-token').evaluate((field) => {
          const { left, top, width, height } = field.getBoundingClientRect();
          return document.elementFromPoint(left + width / 3, top + height * 0.9) === field;
        }),
      )
      .toBe(true);
  });

  test(`the error of a field at the edge of a view is in sight ${language}`, async ({ page }) => {
    await page.setViewportSize(LOW);
    await open(page, scene('rules-no-time'), language);

    const words = page.locator('#quiet-from-error > span');
    await expect.poll(() => hiddenLines(words), 'when it appears').toEqual([]);
    await resize(page, WINDOW);
    await resize(page, LOW);
    await expect.poll(() => hiddenLines(words), 'in a smaller window').toEqual([]);
  });
}
