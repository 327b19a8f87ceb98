// Takes a screenshot of every scene, language and colour scheme in target/screenshots, with an
// index page; includes the README's.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { test } from '@playwright/test';

import { SCENES, type Scene } from './scenes';
import { open } from './stage';

const PICTURES_DIR = resolve(import.meta.dirname, '../../target/screenshots');
/** Screenshots used by the README, by scene. */
const README_DIR = resolve(import.meta.dirname, '../../src-tauri/docs/pictures');
const README: Readonly<Partial<Record<string, string>>> = {
  'now-filled': 'now',
  'history-filled': 'history',
  'sign-in-token': 'sign-in',
  'forwarding-filled': 'forwarding',
};
const LANGUAGES = ['en', 'ko'] as const;
const SCHEMES = ['light', 'dark'] as const;
const SIZES = {
  wide: { width: 900, height: 680 },
  narrow: { width: 360, height: 640 },
  /** Content below the fold; not for lists, which are unbounded. */
  tall: { width: 900, height: 1900 },
} as const;
const isLong = ({ name }: Scene) =>
  /^(overview|device-|rules|settings|checkup|forwarding)/u.test(name);
const sizesOf = (scene: Scene) =>
  Object.entries(SIZES).filter(([size]) => size !== 'tall' || isLong(scene));

const names = (scene: Scene) =>
  LANGUAGES.flatMap((language) =>
    SCHEMES.flatMap((scheme) =>
      sizesOf(scene).map(([size]) => `${scene.name}-${language}-${scheme}-${size}.png`),
    ),
  );

test.beforeAll(() => {
  mkdirSync(PICTURES_DIR, { recursive: true });
  const figure = (name: string) =>
    `<figure><a href="${name}"><img src="${name}" alt="${name}" loading="lazy"></a><figcaption>${name}</figcaption></figure>`;
  const sections = SCENES.map(
    (scene) => `<h2>${scene.name}</h2><div>${names(scene).map(figure).join('')}</div>`,
  );
  const style =
    'body{font:14px system-ui;margin:2rem;background:#888}div{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}img{height:340px}';
  writeFileSync(
    resolve(PICTURES_DIR, 'index.html'),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>ThinQ Tray in pictures</title><style>${style}</style><h1>ThinQ Tray in pictures</h1>${sections.join('')}</html>\n`,
  );
});

for (const scene of SCENES) {
  for (const language of LANGUAGES) {
    test(`${scene.name} ${language}`, async ({ page }) => {
      await page.setViewportSize(SIZES.wide);
      await open(page, scene, language);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        for (const [size, viewport] of sizesOf(scene)) {
          await page.setViewportSize(viewport);
          const name = `${scene.name}-${language}-${colorScheme}-${size}.png`;
          const path = resolve(PICTURES_DIR, name);
          await page.screenshot({ path });
          const shown = README[scene.name];
          if (shown !== undefined && language === 'en' && size === 'wide') {
            copyFileSync(path, resolve(README_DIR, `${shown}-${colorScheme}.png`));
          }
        }
      }
    });
  }
}
