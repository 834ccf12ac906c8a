/** Freezes what a real Envoy does: `npm run test:conformance -- --record`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ABI_VERSIONS } from '../../host/abi/version.ts'
import { CHAPTERS } from '../../host/conformance/chapters/index.ts'
import { writeRecord } from '../../host/conformance/record.ts'
import { runChapter } from '../../host/conformance/run.ts'
import { envoyJudge } from './judges.ts'
import { abiSupportPage } from './pages.ts'

const only = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
const envoy = await envoyJudge.open(ABI_VERSIONS)
try {
  for (const chapter of CHAPTERS) {
    if (only.length > 0 && !only.includes(chapter.name)) continue
    const rows = await runChapter(envoy, chapter, ABI_VERSIONS)
    writeRecord(chapter.name, rows)
    console.log(`${chapter.name}: ${rows.length} rows`)
  }
} finally {
  await envoy.close()
}
writeFileSync(join(import.meta.dirname, '../../docs/ABI-SUPPORT.md'), abiSupportPage())
