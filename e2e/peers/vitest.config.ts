import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['e2e/peers/*.peer.test.ts', 'server/src/**/*.peer.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
