// Scrolling the long list, with a hundred thousand events and a running clock.

import { expect, test, type Page } from '@playwright/test';

import { addressOf, serve } from './stage';

const WINDOW = { width: 900, height: 680 };
const SCREENFULS = 50;
const LIST = 'main [role="list"]';

async function look(page: Page, address: string, household = 'many', language = 'en') {
  await page.setViewportSize(WINDOW);
  await serve(page);
  await page.goto(addressOf({ name: '', household, address }, language));
  await page.locator('[data-event-id]').first().waitFor();
}

/** The topmost fully visible row and its position. */
function topRow(page: Page): Promise<{ id: string; top: number }> {
  return page.locator(LIST).evaluate((list) => {
    const edge = list.getBoundingClientRect().top;
    const rows = [...list.querySelectorAll<HTMLElement>('[data-event-id]')]
      .map((row) => ({ id: row.dataset['eventId'] ?? '', box: row.getBoundingClientRect() }))
      .filter(({ box }) => box.top >= edge)
      .sort((one, other) => one.box.top - other.box.top);
    return { id: rows[0]?.id ?? '', top: Math.round(rows[0]?.box.top ?? 0) };
  });
}

/** Waits until scrolling has settled. */
async function rest(page: Page): Promise<void> {
  let before = '';
  await expect
    .poll(async () => {
      const now = JSON.stringify(await topRow(page));
      const isStill = now === before;
      before = now;
      return isStill;
    })
    .toBe(true);
}

async function scrollBy(page: Page, px: number): Promise<void> {
  await page.locator(LIST).evaluate((list, by) => (list.scrollTop += by), px);
  await rest(page);
}

async function arrive(page: Page, count: number): Promise<void> {
  await page.evaluate((times) => {
    const backend = window.backend;
    for (let time = 0; time < times; time += 1) {
      const [newest] = backend?.events ?? [];
      if (!newest) return;
      const event = { ...newest, id: newest.id + 1, receivedAtMs: Date.now(), isRead: false };
      backend?.tell({ told: 'eventAdded', event });
    }
  }, count);
}

test('quick scrolling shows no gap for more than a frame', async ({ page }) => {
  test.slow();
  await look(page, '#/history');

  const gaps = await page.locator(LIST).evaluate(async (list, screenfuls) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    // Rows that were never drawn are hidden, and the pointer hits none while scrolling.
    const isBlank = () => {
      const { top, height } = list.getBoundingClientRect();
      const rows = [...list.querySelectorAll('[data-event-id]')]
        .filter((row) => getComputedStyle(row).visibility === 'visible' && row.textContent !== '')
        .map((row) => row.getBoundingClientRect());
      return [0.05, 0.25, 0.5, 0.75, 0.95].some((part) => {
        const y = top + height * part;
        return !rows.some((box) => box.top <= y && box.bottom >= y);
      });
    };
    const found: string[] = [];
    for (let step = 0; step < screenfuls; step += 1) {
      // Down through pages loaded on the way, then up through pages that were dropped.
      const isDown = step < screenfuls * 0.7;
      list.scrollTop += isDown ? list.clientHeight : -2 * list.clientHeight;
      let blank = 0;
      for (let frames = 0; frames < 4; frames += 1) {
        await frame();
        blank = isBlank() ? blank + 1 : 0;
        if (blank > 1) found.push(`step ${String(step)}, frame ${String(frames)}`);
      }
    }
    return { found, isFar: list.scrollTop > list.clientHeight };
  }, SCREENFULS);

  expect(gaps).toEqual({ found: [], isFar: true });
});

test('what arrives moves nothing that is being read, and a click leads to it', async ({ page }) => {
  await look(page, '#/history');
  await scrollBy(page, 1500);
  const before = await topRow(page);

  await arrive(page, 3);
  const chip = page.getByRole('button', { name: '3 new' });
  await expect(chip).toBeVisible();
  await rest(page);
  expect(await topRow(page)).toEqual(before);
  await chip.click();

  await expect(chip).toBeHidden();
  await expect.poll(() => page.locator(LIST).evaluate((list) => list.scrollTop)).toBe(0);
});

test('a reload leads back to the filter and to what was read', async ({ page }) => {
  await look(page, '#/history');
  await page.goto(`${page.url().split('#')[0] ?? ''}#/history?kind=finished`);
  await expect(page.getByRole('button', { name: 'Finished' })).toBeVisible();
  await rest(page);
  for (let step = 0; step < 4; step += 1) await scrollBy(page, 1800);
  const before = await topRow(page);
  await page.waitForFunction(() => history.state !== null);
  await page.waitForTimeout(300);

  await page.reload();
  await page.locator('[data-event-id]').first().waitFor();

  await expect.poll(async () => (await topRow(page)).id).toBe(before.id);
  await expect(page.getByRole('button', { name: 'Finished' })).toBeVisible();
});

test('back from another view leads to what was read', async ({ page }) => {
  await look(page, '#/history');
  for (let step = 0; step < 3; step += 1) await scrollBy(page, 1800);
  const before = await topRow(page);

  await page.getByRole('link', { name: 'Rules' }).click();
  await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
  await page.goBack();
  await page.locator('[data-event-id]').first().waitFor();

  await expect.poll(async () => (await topRow(page)).id).toBe(before.id);
});

test('Hangul that was typed as single letters is found and marked', async ({ page }) => {
  await look(page, '#/history', '', 'ko');

  for (const [typed, marked] of [
    ['건조'.normalize('NFD'), '건조'],
    ['문', '문'],
    ['세탁ㄱ', '세탁'],
  ] as const) {
    await page.getByRole('searchbox').fill(typed);
    await expect(page.locator('mark').first()).toHaveText(marked);
    expect(await page.locator('mark').allTextContents()).not.toContain('');
  }
});

test('where nothing is found, only what would help is offered to be loosened', async ({ page }) => {
  await page.setViewportSize(WINDOW);
  await serve(page);
  await page.goto(
    addressOf({ name: '', household: '', address: '#/history?text=washer&kind=safety' }, 'en'),
  );
  const offers = page.locator('main .empty li button');
  await expect(offers.first()).toContainText(/\d+ event/u);

  for (const offer of await offers.all()) await expect(offer).not.toContainText(/^\D*0 events/u);
  await page.getByRole('button', { name: /All kinds/u }).click();

  await expect(page.locator('[data-event-id]').first()).toBeVisible();
});
