import { expect, test } from 'vitest'
import { ENGINE_NAMES } from '../../host/vm/engines.ts'
import { missingEngine } from './engines.ts'

test.for(ENGINE_NAMES)('tests run on %s', (name, { skip }) => {
  const missing = missingEngine(name)
  if (missing !== null && !process.env['CI']) skip(missing)
  expect(missing).toBe(null)
})
