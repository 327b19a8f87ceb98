// The page in the system's Chromium with a made-up household: `npm run e2e` checks every scene,
// `npm run screenshots` takes a picture of each.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { defineConfig } from '@playwright/test';

/** First the one without a window, which takes a third less time for each scene. */
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];

/** Browsers are not downloaded: the system's own is used. */
function chromium(): string {
  const dirs = (process.env['PATH'] ?? '').split(delimiter);
  const paths = NAMES.flatMap((name) => dirs.map((dir) => join(dir, name)));
  const found = process.env['CHROMIUM'] ?? paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error('Chromium is missing: cargo xtask setup installs it');
  return found;
}

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../target/e2e',
  fullyParallel: true,
  workers: 2,
  // Only how long a failure takes on a busy machine.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  // Short, with what failed at the end, where a log that is cut off still has it.
  reporter: 'dot',
  forbidOnly: true,
  projects: [
    { name: 'checks', testMatch: '*.spec.ts' },
    { name: 'pictures', testMatch: 'pictures.ts' },
  ],
  use: {
    // Answered from the built page; nothing listens there.
    baseURL: 'http://localhost/',
    launchOptions: { executablePath: chromium() },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  },
});
