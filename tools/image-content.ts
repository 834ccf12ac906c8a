/**
 * Makes what the container images hold: `app` with the packed host and its dependencies, as the lock file has them, and
 * `filters` with the modules of the suite.
 * Usage: node tools/image-content.ts FOLDER
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { root } from './checks/sources.ts'
import { packAll } from './pack.ts'

/** The second engine and the test runner stay out: what the image serves needs neither. */
const LEFT_OUT = ['--omit=dev', '--omit=optional', '--omit=peer']
const NPM_FLAGS = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

/** Fills a folder that need not be there. */
export function imageContent(folder: string): void {
  const work = mkdtempSync(join(tmpdir(), 'sluice-image-'))
  try {
    const modules = join(folder, 'app/node_modules')
    installDependencies(work)
    const isDependency = (path: string): boolean => !['.bin', '.package-lock.json', 'sluice'].includes(basename(path))
    cpSync(join(work, 'node_modules'), modules, { recursive: true, filter: isDependency })
    unpackHost(work, join(modules, 'sluice'))
    for (const path of globSync('filters/dist/*.wasm', { cwd: root }))
      cpSync(join(root, path), join(folder, 'filters', basename(path)))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Those of the host alone, in a workspace that has nothing but its manifests. */
function installDependencies(work: string): void {
  const manifests = ['package.json', 'package-lock.json', '.npmrc', ...globSync('*/package.json', { cwd: root })]
  for (const path of manifests) cpSync(join(root, path), join(work, path))
  execFileSync('npm', ['ci', '--workspace', 'sluice', ...LEFT_OUT, ...NPM_FLAGS], {
    cwd: work,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function unpackHost(work: string, target: string): void {
  const tarballs = packAll(join(work, 'tarballs'), join(work, 'staging'))
  const packed = tarballs.find((path) => /^sluice-\d/.test(basename(path)))!
  mkdirSync(target)
  execFileSync('tar', ['-xzf', packed, '-C', target, '--strip-components=1'])
}

if (import.meta.main) imageContent(resolve(process.argv[2] ?? 'image'))
