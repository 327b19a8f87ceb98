// Every view in every state, language and colour scheme is accessible, at 200 % zoom and in the
// smallest window.

import { expect, test, type Page } from '@playwright/test';

import { findings } from './axe';
import { SCENES } from './scenes';
import { open } from './stage';

const WINDOW = { width: 960, height: 720 };
/** At 200 % zoom the window shows half as much of the page. */
const ZOOMED = { width: 480, height: 360 };
const NARROW = { width: 360, height: 640 };
const LANGUAGES = ['en', 'ko'] as const;
/** Rules that depend on colours; the others give the same result in both schemes. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** Floating elements are positioned in the next frame, and the page's clock is stopped. */
async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.clock.runFor(200);
}

/** Markup of elements that overflow the window horizontally. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element: Element): boolean => {
      const parent = element.parentElement;
      if (parent === null) return false;
      const { overflowX } = getComputedStyle(parent);
      const isScrolled = overflowX === 'auto' || overflowX === 'scroll' || overflowX === 'hidden';
      return (isScrolled && parent !== document.body) || scrolls(parent);
    };
    const wide = [...document.querySelectorAll('body *')].filter((element) => {
      const { left, right, width: own } = element.getBoundingClientRect();
      if (own <= 1 || element.closest('.visually-hidden, svg')) return false;
      return (right > width + 1 || left < -1) && !scrolls(element);
    });
    const scrolled = [...document.querySelectorAll('body, body *')].filter((element) => {
      const { overflowX } = getComputedStyle(element);
      if (element.closest('pre, textarea, input, select, [data-scrolls-sideways]')) return false;
      return (
        (overflowX === 'auto' || overflowX === 'scroll') &&
        element.scrollWidth > element.clientWidth + 1
      );
    });
    return [...wide, ...scrolled].map((element) => element.outerHTML.slice(0, 160));
  });
}

/** Navigation labels that wrap. */
function brokenLabels(page: Page): Promise<string[]> {
  return page.locator('nav .label').evaluateAll((labels) =>
    labels
      .filter((label) => {
        const words = document.createRange();
        words.selectNodeContents(label);
        return new Set([...words.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
      })
      .map((label) => label.textContent),
  );
}

/** In one language: colours do not depend on the text. */
async function lookAtColours(page: Page): Promise<void> {
  expect(await findings(page), 'light').toEqual([]);
  for (const [colorScheme, contrast] of [
    ['light', 'more'],
    ['dark', 'no-preference'],
    ['dark', 'more'],
  ] as const) {
    await page.emulateMedia({ colorScheme, contrast });
    expect(await findings(page, COLOURS), `${colorScheme}, contrast ${contrast}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light', contrast: 'no-preference' });
}

for (const scene of SCENES) {
  for (const language of LANGUAGES) {
    test(`${scene.name} ${language}`, async ({ page }) => {
      await page.setViewportSize(WINDOW);
      const complaints = await open(page, scene, language);

      if (language === 'en') await lookAtColours(page);
      await resize(page, ZOOMED);
      expect(await findings(page), 'at 200 %').toEqual([]);
      await expect.poll(() => overflowing(page), 'at 200 %').toEqual([]);
      await resize(page, NARROW);
      await expect.poll(() => overflowing(page), 'at 360 px').toEqual([]);
      expect(await brokenLabels(page), 'at 360 px').toEqual([]);

      expect(complaints).toEqual([]);
    });
  }
}
