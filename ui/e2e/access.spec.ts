// Accessibility that screenshots cannot show: forced colours, visible keyboard focus, names of
// icons, and colour scheme changes at run time.

import { expect, test, type Locator } from '@playwright/test';

import { findings } from './axe';
import { SCENES } from './scenes';
import { open } from './stage';

const WINDOW = { width: 960, height: 720 };
const LOW = { width: 480, height: 400 };
const VIEWS = SCENES.filter(({ name }) => /-filled$|^history-details$/u.test(name));

function scene(name: string) {
  const found = SCENES.find((each) => each.name === name);
  if (!found) throw new Error(`no scene \`${name}\``);
  return found;
}

/** Properties of an element that can show its state in forced colours. */
function looks(locator: Locator): Promise<string> {
  return locator.first().evaluate((element) => {
    const { backgroundColor, borderColor, outlineStyle, outlineColor, color } =
      getComputedStyle(element);
    const outline = outlineStyle === 'none' ? '' : outlineColor;
    return [backgroundColor, borderColor, outline, color].join(' / ');
  });
}

for (const view of VIEWS) {
  test(`${view.name} with colours of one's own`, async ({ page }) => {
    await page.setViewportSize(WINDOW);
    await page.emulateMedia({ forcedColors: 'active' });

    const complaints = await open(page, view, 'en');

    expect(await findings(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
}

test('what is chosen stands out where the system chooses the colours', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await open(page, scene('history-details'), 'en');
  await page.emulateMedia({ forcedColors: 'active' });
  const pairs: [string, Locator, Locator][] = [
    ['view', page.locator('nav a[aria-current]'), page.locator('nav a:not([aria-current])')],
    ['tab', page.getByRole('tab', { selected: true }), page.getByRole('tab', { selected: false })],
    [
      'event',
      page.locator('[data-event-id] > button[aria-current]'),
      page.locator('[data-event-id] > button:not([aria-current])'),
    ],
  ];
  for (const [what, chosen, other] of pairs) {
    await expect.poll(() => looks(chosen), what).not.toBe(await looks(other));
  }

  const chip = page.getByRole('button', { name: /^Unread/u });
  const before = await looks(chip);
  await chip.click();
  await expect(chip).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => looks(chip), 'chip').not.toBe(before);
});

for (const view of VIEWS) {
  test(`${view.name}: what has the focus is in sight`, async ({ page }) => {
    await page.setViewportSize(LOW);
    await open(page, view, 'en');

    const hidden: string[] = [];
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press('Tab');
      await page.clock.runFor(50);
      const name = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const { left, top, width, height } = element.getBoundingClientRect();
        const points = [0.1, 0.3, 0.5, 0.7, 0.9].map((part) =>
          document.elementFromPoint(left + width / 2, top + height * part),
        );
        const isSeen = points.some((at) => at && (element.contains(at) || at.contains(element)));
        return isSeen ? null : element.outerHTML.slice(0, 120);
      });
      if (name !== null) hidden.push(name);
    }

    expect(hidden).toEqual([]);
  });
}

test('an icon says its words when it is pointed at, until a key is pressed', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await open(page, scene('history-filled'), 'ko');
  const tip = page.getByRole('tooltip');

  await page.locator('#history-mark-all').hover();
  await page.clock.runFor(1_000);
  await expect(tip).toHaveText('모두 읽음으로 표시');
  await page.keyboard.press('Control');
  await page.clock.runFor(500);

  await expect(tip).toBeHidden();
  expect(await page.evaluate(() => window.backend?.isClosed)).toBe(false);
});

test('Escape closes the window at once, whatever an icon says', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await open(page, scene('history-filled'), 'en');

  await page.locator('#history-mark-all').hover();
  await page.clock.runFor(1_000);
  await expect(page.getByRole('tooltip')).toBeVisible();
  await page.keyboard.press('Escape');

  await expect.poll(() => page.evaluate(() => window.backend?.isClosed)).toBe(true);
});

test('the words of an icon go with the icon', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await open(page, scene('history-filled'), 'en');
  const tip = page.getByRole('tooltip');
  const show = (view: 'now' | 'devices') =>
    page.evaluate((wanted) => {
      window.backend?.tell({ told: 'show', view: { view: wanted } });
    }, view);

  await page.locator('#history-mark-all').hover();
  await page.clock.runFor(1_000);
  await expect(tip).toBeVisible();
  // Another program showed another view.
  await show('now');
  await page.clock.runFor(500);
  await expect(page.locator('#history-mark-all')).toHaveCount(0);
  await expect(tip).toHaveCount(0);

  await page.locator('#menu').hover();
  await page.clock.runFor(1_000);
  await expect(tip).toBeVisible();
  await show('devices');
  await page.clock.runFor(500);
  await expect(tip).toHaveCount(0);
});

test('no words of an icon lie over a menu', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await open(page, scene('now-filled'), 'en');
  const menu = page.locator('#menu');

  await menu.hover();
  await page.clock.runFor(1_000);
  await expect(page.getByRole('tooltip')).toBeVisible();
  await menu.click();
  await page.clock.runFor(1_000);
  await expect(page.getByRole('menu')).toBeVisible();
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  await page.mouse.move(400, 700);
  await page.clock.runFor(1_000);
  const place = await menu.boundingBox();
  await page.mouse.move((place?.x ?? 0) + 12, (place?.y ?? 0) + 12);
  await page.clock.runFor(1_000);

  await expect(page.getByRole('menu')).toBeVisible();
  await expect(page.getByRole('tooltip')).toHaveCount(0);
});

test('an icon says its words when the keyboard comes to it', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await open(page, scene('now-filled'), 'en');
  const tip = page.getByRole('tooltip');

  await page.keyboard.press('Tab');
  await expect(page.locator('#menu')).toBeFocused();
  await page.clock.runFor(500);
  await expect(tip).toHaveText('Menu');
  await page.keyboard.press('Tab');
  await page.clock.runFor(500);

  await expect(tip).toBeHidden();
});

test('the colours follow the system while the window is open', async ({ page }) => {
  await open(page, scene('now-filled'), 'en', 'light');
  const ground = () =>
    page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
  const light = await ground();

  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(ground).not.toBe(light);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: 'dark', contrast: 'more' });
  await expect.poll(ground).not.toBe(dark);
  expect(await ground()).not.toBe(light);
  await page.emulateMedia({ colorScheme: 'light', contrast: 'no-preference' });

  await expect.poll(ground).toBe(light);
});

test('all colours follow the system at once where less motion is asked for', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await open(page, scene('history-details'), 'en', 'light');
  const colours = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('body *')].map((element) => getComputedStyle(element).color),
    );

  await page.emulateMedia({ colorScheme: 'dark' });
  const atOnce = await colours();
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished)),
  );

  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  expect(atOnce).toEqual(await colours());
});

test('nothing moves for whoever asks for less motion', async ({ page }) => {
  await open(page, scene('now-connecting'), 'en');

  const lasting = await page.evaluate(() =>
    document
      .getAnimations()
      .map((animation) => animation.effect?.getComputedTiming().endTime)
      .filter((endTime) => Number(endTime) > 100),
  );

  expect(lasting).toEqual([]);
});
