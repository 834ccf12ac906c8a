import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // `sluice test --watch` compiles again after each change; then all tests run.
    forceRerunTriggers: ['**/build/*.wasm'],
  },
})
