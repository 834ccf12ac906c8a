/** Container images, built by buildah without an engine, in a store of their own. */
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../tools/checks/sources.ts'
import { debianProgram } from './debian-program.ts'

const run = promisify(execFile)

/** What an engine needs to run an image; Docker's names. */
export interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly Healthcheck?: { readonly Test: readonly string[] }
}

/** An image to build on. */
export interface Base {
  /** Go to /usr/local/bin, with the libraries they need. */
  readonly programs: readonly string[]
  /** Default: a PATH. */
  readonly environment?: Readonly<Record<string, string>>
  /** Adds what else it has. */
  fill?(folder: string): void
}

export class ImageStore {
  readonly folder: string
  readonly #program: string

  private constructor(folder: string, program: string) {
    this.folder = folder
    this.#program = program
  }

  static async open(): Promise<ImageStore> {
    return new ImageStore(await mkdtemp(join(tmpdir(), 'sluice-images-')), await debianProgram('buildah'))
  }

  /** An image with nothing that the base does not name. */
  async addBase(name: string, { programs, environment = { PATH: '/usr/local/bin' }, fill }: Base): Promise<void> {
    const content = join(this.folder, `${name}-content`)
    for (const program of programs) installProgram(program, content)
    fill?.(content)
    const variables = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`)
    writeFileSync(join(this.folder, 'base.Dockerfile'), `FROM scratch\nCOPY . /\nENV ${variables.join(' ')}\n`)
    await this.#build(name, ['-f', join(this.folder, 'base.Dockerfile'), content])
    await rm(content, { recursive: true })
  }

  /** Builds a stage of the repository's Dockerfile. */
  build(name: string, target: string, args: readonly string[]): Promise<void> {
    return this.#build(name, ['--target', target, ...args, root])
  }

  async config(name: string): Promise<ImageConfig> {
    const text = await this.#buildah('inspect', '--type', 'image', name)
    return (JSON.parse(text) as { Docker: { config: ImageConfig } }).Docker.config
  }

  /** Path of a container's root file system, new from the image. */
  async unpack(name: string): Promise<string> {
    const container = await this.#buildah('from', '--pull-never', name)
    return this.#buildah('mount', container)
  }

  async close(): Promise<void> {
    await this.#buildah('rm', '--all')
    await rm(this.folder, { recursive: true, force: true })
  }

  // Docker's format: OCI's has no health checks.
  async #build(name: string, args: readonly string[]): Promise<void> {
    await this.#buildah('build', '--isolation', 'chroot', '--network', 'host', '--format', 'docker', '--tag', name, ...args)
  }

  async #buildah(...args: string[]): Promise<string> {
    const store = ['--storage-driver', 'vfs', '--root', join(this.folder, 'store'), '--runroot', join(this.folder, 'run')]
    const { stdout } = await run(this.#program, [...store, ...args], { maxBuffer: 1 << 26 })
    return stdout.trim()
  }
}

/** The libraries keep their paths, so that the loader finds them without a cache. */
function installProgram(program: string, folder: string): void {
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
  const files = [[program, `/usr/local/bin/${basename(program)}`], ...libraries.map((path) => [path, path])] as [string, string][]
  for (const [from, to] of files) {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    copyFileSync(from, join(folder, to))
    chmodSync(join(folder, to), 0o755)
  }
}
