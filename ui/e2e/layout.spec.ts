// What only a real layout shows: scales of charts, errors beside their fields, clicks beside open
// lists.

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

/** Presses and releases the button of the mouse, as slowly as people do, where the element was. */
async function click(page: Page, selector: string): Promise<void> {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} is not drawn`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.clock.runFor(80);
  await page.mouse.up();
  await page.clock.runFor(80);
}

const asked = (page: Page) => page.evaluate(() => window.backend?.requests('signIn').length);

const LISTS: [string, (field: Locator) => Promise<void>][] = [
  ['opened', (field) => field.click()],
  ['searched', (field) => field.fill('korea')],
  ['with one match', (field) => field.fill('south k')],
  ['typed in full', (field) => field.fill('South Korea')],
];
for (const [what, openList] of LISTS) {
  for (const size of [WINDOW, NARROW]) {
    test(`one click signs in beside the countries ${what}, ${String(size.width)} px`, async ({
      page,
    }) => {
      await page.setViewportSize(size);
      await open(page, scene('sign-in-token'), 'en');
      await page.locator('#sign-in-token').fill('thinqpat_1');
      await openList(page.locator('#sign-in-country'));
      await page.clock.runFor(200);

      await click(page, '#sign-in-submit');

      await expect.poll(() => asked(page)).toBe(1);
      await expect(page.locator('.sign-in')).toHaveCount(0);
    });
  }
}

test('one click signs in from an address that is completed meanwhile', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await open(page, scene('sign-in-token'), 'en');
  await page.locator('#sign-in-provider-hub').check();
  await page.locator('#sign-in-account').fill('me@example.com');
  await page.locator('#sign-in-password').fill('secret');
  // Not private: the completed address has a warning below.
  await page.locator('#sign-in-hub').fill('hub.example.com');

  await click(page, '#sign-in-submit');

  await expect.poll(() => asked(page)).toBe(1);
  const address = await page.evaluate(() => window.backend?.requests('signIn')[0]?.form);
  expect(address).toMatchObject({ hubUrl: 'http://hub.example.com' });
});

test('one click beside an open menu counts', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 720 });
  await open(page, scene('history-filled'), 'en');
  const menu = page.getByRole('menu');
  for (const opener of ['#history-filter-device', '#history-filter-period', '#history-menu']) {
    await page.locator(opener).click();
    await page.clock.runFor(200);
    await expect(menu).toBeVisible();
    await click(page, '#history-filter-kind');
    await expect(page.locator('#history-filter-kind')).toHaveAttribute('aria-expanded', 'true');
    await page.keyboard.press('Escape');
    await page.clock.runFor(200);
    await expect(menu).toHaveCount(0);
  }
  await page.locator('#history-filter-kind').click();
  await page.clock.runFor(200);
  await click(page, "nav a[href='#/now']");
  await expect(page.locator('nav a[aria-current]')).toHaveAttribute('href', '#/now');
});

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
