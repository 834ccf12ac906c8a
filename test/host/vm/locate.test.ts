/** Where the library of the second engine is looked for. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { WASMTIME_FOLDER } from '../../../host/vm/wasmtime/locate.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-locate-'))
const FILE = 'wasmtime/linux-x86_64/_libwasmtime.so'
const LOCATE = `import { locateLibrary } from ${JSON.stringify(join(import.meta.dirname, '../../../host/vm/wasmtime/locate.ts'))}
console.log(locateLibrary())`

afterAll(() => rmSync(folder, { recursive: true }))

/** An installed package, as pip leaves it. */
function install(name: string, version: string): string {
  const target = join(folder, name)
  mkdirSync(join(target, dirname(FILE)), { recursive: true })
  mkdirSync(join(target, `wasmtime-${version}.dist-info`))
  writeFileSync(join(target, FILE), '')
  return target
}

/** A folder with a `python3` that knows a package there, or none. */
function python(name: string, packageFolder: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  writeFileSync(join(path, 'python3'), `#!/bin/sh\necho '${packageFolder}'\n`)
  chmodSync(join(path, 'python3'), 0o755)
  return path
}

function locate(environment: Record<string, string>): string {
  const env = { ...process.env, WASMTIME_LIB: '', ...environment }
  return spawnSync(process.execPath, ['--input-type=module-typescript', '-e', LOCATE], { env, encoding: 'utf8' }).stdout.trim()
}

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'the library is that of WASMTIME_LIB, else of Python, else of the cache, else what the loader knows',
  () => {
    const right = install('site', '50.9.9')
    const wrong = install('old-site', '49.0.0')
    const cache = dirname(install(`cache/${WASMTIME_FOLDER}`, '50.0.1'))
    const named = join(right, FILE)
    const path = (name: string, found: string): string => python(name, found) + delimiter + process.env['PATH']
    const withPython = path('python', join(right, 'wasmtime'))
    const withOldPython = path('old-python', join(wrong, 'wasmtime'))
    const withoutPython = path('no-python', '')
    const found = [
      locate({ WASMTIME_LIB: named, PATH: withOldPython, SLUICE_CACHE: cache }),
      locate({ PATH: withPython, SLUICE_CACHE: cache }),
      locate({ PATH: withOldPython, SLUICE_CACHE: cache }),
      locate({ PATH: withoutPython, SLUICE_CACHE: cache }),
      locate({ PATH: withoutPython, SLUICE_CACHE: folder }),
    ]
    const cached = join(cache, WASMTIME_FOLDER, FILE)
    expect(found).toEqual([named, named, cached, cached, 'libwasmtime.so.50'])
  },
)
