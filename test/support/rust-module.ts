/**
 * Builds Rust crates for wasm32 with what the machine has: the toolchain on PATH if it knows the target, else
 * Debian's (`apt-get install rustc cargo lld libstd-rust-dev-wasm32`), whose old cargo gets its crates from the
 * newer one.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const run = promisify(execFile)
const TARGET = 'wasm32-unknown-unknown'
const SOURCES = ['Cargo.toml', 'Cargo.lock', 'src/lib.rs']

/** Path of `<name>.wasm`, built once per version of the crate's sources. Throws where no toolchain knows the target. */
export async function rustModule(crate: string, name: string): Promise<string> {
  const sum = createHash('sha256')
  for (const file of SOURCES) sum.update(readFileSync(join(crate, file)))
  const folder = await cached(`guest-rust-${name}-${sum.digest('hex').slice(0, 16)}`, (target) => build(crate, name, target))
  return join(folder, `${name}.wasm`)
}

async function build(crate: string, name: string, folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'sluice-rust-'))
  try {
    const output = join(work, 'target')
    if (await knowsTarget('rustc')) await cargoBuild('cargo', crate, { CARGO_TARGET_DIR: output })
    else await debianBuild(crate, work, output)
    await copyFile(join(output, TARGET, 'release', `${name.replaceAll('-', '_')}.wasm`), join(folder, `${name}.wasm`))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Whether a compiler brings the target's standard library. */
async function knowsTarget(rustc: string): Promise<boolean> {
  const { stdout } = await run(rustc, ['--print', 'target-libdir', '--target', TARGET])
  return existsSync(stdout.trim())
}

async function debianBuild(crate: string, work: string, output: string): Promise<void> {
  if (!existsSync('/usr/bin/rustc') || !(await knowsTarget('/usr/bin/rustc'))) {
    throw new Error(`no Rust for ${TARGET}: rustup target add ${TARGET}, or Debian's libstd-rust-dev-wasm32`)
  }
  const vendor = join(work, 'vendor')
  await run('cargo', ['vendor', '--locked', '--quiet', vendor], { cwd: crate })
  const home = join(work, 'home')
  await mkdir(home)
  const source = `[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "${vendor}"\n`
  await writeFile(join(home, 'config.toml'), source)
  const env = { CARGO_HOME: home, CARGO_TARGET_DIR: output, RUSTC: '/usr/bin/rustc', RUSTFLAGS: '-C linker=wasm-ld' }
  await cargoBuild('/usr/bin/cargo', crate, env)
}

async function cargoBuild(cargo: string, crate: string, env: NodeJS.ProcessEnv): Promise<void> {
  const args = ['build', '--release', '--locked', '--quiet', '--target', TARGET]
  await run(cargo, args, { cwd: crate, env: { ...process.env, ...env } })
}
