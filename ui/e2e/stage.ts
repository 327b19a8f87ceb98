// Opens a scene: the built page is read from disk, under the window's content security policy.

import { readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';

import { expect, type Page } from '@playwright/test';

import type { Scene } from './scenes';

const PAGE_DIR = resolve(import.meta.dirname, '../../target/page-for-e2e');
const CONFIGURATION = resolve(import.meta.dirname, '../../src-tauri/tauri.conf.json');
/** A fixed Sunday evening, so that screenshots do not depend on the current time. */
const NOW = new Date('2026-11-22T18:30:00+01:00');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

function contentSecurityPolicy(): string {
  const configuration = JSON.parse(readFileSync(CONFIGURATION, 'utf8')) as {
    app: { security: { csp: string } };
  };
  return configuration.app.security.csp;
}

/** Idle time after which loading counts as finished. */
const QUIET_MS = 60;

/** Counts pending requests of the page: each view is loaded from its own file. */
function pending(page: Page): () => number {
  let count = 0;
  page.on('request', () => (count += 1));
  page.on('requestfinished', () => (count -= 1));
  page.on('requestfailed', () => (count -= 1));
  return () => count;
}

/** Waits for the view and the files loaded after it. */
async function settle(page: Page, countPending: () => number): Promise<void> {
  const heading = page.locator('main h2, [role="dialog"] h1, main h1').first();
  await expect(heading).toBeAttached();
  for (let quiet = 0; quiet < 2; quiet += 1) {
    await page.clock.runFor(500);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    if (countPending() > 0) quiet = -1;
  }
}

/**
 * Opens a scene at a fixed time. Returns the errors and content security policy violations
 * reported while the page is open.
 */
export async function open(
  page: Page,
  scene: Scene,
  language: string,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<string[]> {
  const countPending = pending(page);
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.clock.install({ time: NOW });
  const complaints = await serve(page);
  await page.goto(addressOf(scene, language));
  await settle(page, countPending);
  await scene.arrange?.(page);
  await settle(page, countPending);
  return complaints;
}

export function addressOf({ household, address }: Scene, language: string): string {
  const words = [language, household].filter((word) => word !== '').join(',');
  return `/?fake=${words}${address}`;
}

/** Serves the built page and collects its errors. */
export async function serve(page: Page): Promise<string[]> {
  const complaints: string[] = [];
  const csp = contentSecurityPolicy();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(line.text());
  });
  await page.route('http://localhost/**', (route) => {
    const { pathname } = new URL(route.request().url());
    const path = join(PAGE_DIR, pathname === '/' ? 'index.html' : pathname);
    return route.fulfill({
      path,
      contentType: TYPES[extname(path)] ?? 'application/octet-stream',
      headers: { 'Content-Security-Policy': csp },
    });
  });
  return complaints;
}
