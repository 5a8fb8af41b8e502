import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts', 'sdk/src/**/*.test.ts'],
    // Tests start real servers and threads on a small, shared machine; a hang must still end.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Where nobody watches, one test of thousands that a busy machine stepped on is tried once more, and the report says so.
    retry: process.env['CI'] ? 1 : 0,
    // Two cores: more workers only make the servers under test wait for each other.
    maxWorkers: 2,
  },
})
