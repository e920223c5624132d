import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{contract,collectors,server,web,infra,tools}/**/*.test.{ts,tsx}', 'e2e/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'e2e/peers/**', '**/*.peer.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // End-to-end tests mostly wait for other processes; one worker would wait alone.
    maxWorkers: 2,
  },
});
