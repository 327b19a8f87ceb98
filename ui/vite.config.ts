import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { FluentResource } from '@fluent/bundle';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What the window reads before it shows anything, packed. */
const START_LIMIT = 120_000;

/** Fails the build of a page that takes too much to start: the scripts it begins with, its styles and words. */
function startLimit(): Plugin {
  return {
    name: 'start-limit',
    apply: (_, { command, mode }) => command === 'build' && mode === 'production',
    writeBundle(_, bundle) {
      const packed = (source: string | Uint8Array) => gzipSync(source).length;
      const files = Object.values(bundle);
      const chunks = files.filter((file) => file.type === 'chunk');
      const read = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
      // A set grows while it is walked.
      for (const name of read) {
        chunks.find(({ fileName }) => fileName === name)?.imports.forEach((each) => read.add(each));
      }
      const scripts = chunks.filter(({ fileName }) => read.has(fileName));
      const words = chunks.filter(({ name }) => name === 'en' || name === 'ko');
      const styles = files.filter(
        (file) => file.type === 'asset' && file.fileName.endsWith('.css'),
      );
      if (words.length === 0 || styles.length === 0) this.error('words or styles have other names');
      const size =
        scripts.reduce((sum, { code }) => sum + packed(code), 0) +
        Math.max(...words.map(({ code }) => packed(code))) +
        styles.reduce((sum, file) => sum + packed('source' in file ? file.source : ''), 0);
      const said = `${String(Math.round(size / 1000))} kB gzipped at the start`;
      if (size > START_LIMIT) this.error(`${said}, of ${String(START_LIMIT / 1000)} at the most`);
      this.info(said);
    },
  };
}

/** Reads the catalogue while building: WebKit takes 60 ms for it at each opening, and 14 for this. */
function catalogue(): Plugin {
  return {
    name: 'catalogue',
    transform(text, id) {
      if (!id.endsWith('.ftl')) return null;
      const { body } = new FluentResource(text);
      const code = `export default JSON.parse(${JSON.stringify(JSON.stringify(body))});`;
      return { code, moduleType: 'js', map: { mappings: '' } };
    },
  };
}

export default defineConfig({
  plugins: [svelte(), svelteTesting(), catalogue(), startLimit()],
  resolve: {
    alias: {
      $lib: here('./src/lib'),
      $catalogue: here('../src-tauri/crates/words/catalogue'),
    },
  },
  server: { fs: { allow: ['.', here('../src-tauri/crates/words/catalogue')] } },
  build: {
    target: ['es2022', 'safari16'],
    // The page may load its own files only: nothing inlined, nothing fetched.
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    // What the window needs before it shows anything is one file and not thirty.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'start', tags: ['$initial'] }] } },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true,
    // Only how long a failure takes: looking for roles in a long list is slow on a busy machine.
    testTimeout: 60_000,
  },
});
