import { fileURLToPath } from 'node:url';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
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
