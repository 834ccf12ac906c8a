import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: process.env['SLUICE_FULL'] === '1' ? [] : ['test/full/**'],
    pool: 'forks',
    // The full counts of random tests take minutes.
    testTimeout: process.env['SLUICE_FULL'] === '1' ? 600_000 : 30_000,
    hookTimeout: 120_000,
    // What a proxy will say soon may take seconds on a busy machine; waiting ends as soon as it is said.
    expect: { poll: { timeout: 10_000 } },
    // A retry would hide a flake.
    retry: 0,
    reporters: process.env['CI'] ? ['default'] : ['default'],
  },
})
