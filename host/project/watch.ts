/** Builds again whenever a source changes. */
import { watch } from 'node:fs'
import { dirname } from 'node:path'
import { buildWith, type BuildOptions, type BuiltModule } from './build.ts'
import { Compiler } from './compiler.ts'
import { projectPath, type Project } from './project.ts'

/** Editors write a file in several steps. */
const QUIET_MILLIS = 30

export interface Watch {
  /** Ends the watch; a build that runs ends first. */
  stop(): Promise<void>
}

/** What came of one build: the module, or what was thrown. */
export type OnBuilt = (built: BuiltModule | null, error: unknown) => void

/**
 * Builds now, and after each change in the folder of the entry: with the target `debug` unless the options say else, so that the
 * result is there in less than a second. Resolves when the first build has ended.
 */
export async function watchProject(project: Project, onBuilt: OnBuilt, options: BuildOptions = {}): Promise<Watch> {
  const builder = new Builder(project, await Compiler.load(project.folder), { target: 'debug', ...options }, onBuilt)
  const watcher = watch(dirname(projectPath(project, 'entry')), { recursive: true }, () => builder.onChange())
  await builder.build()
  return {
    stop: async () => {
      watcher.close()
      await builder.stop()
    },
  }
}

/** Never runs two builds at once; changes meanwhile lead to one more. */
class Builder {
  readonly #project: Project
  readonly #compiler: Compiler
  readonly #options: BuildOptions
  readonly #onBuilt: OnBuilt
  #running: Promise<void> | null = null
  #isStale = false
  #timer: NodeJS.Timeout | null = null

  constructor(project: Project, compiler: Compiler, options: BuildOptions, onBuilt: OnBuilt) {
    this.#project = project
    this.#compiler = compiler
    this.#options = options
    this.#onBuilt = onBuilt
  }

  onChange(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.build(), QUIET_MILLIS)
  }

  build(): Promise<void> {
    this.#isStale = true
    this.#running ??= this.#buildUntilFresh()
    return this.#running
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#running
  }

  async #buildUntilFresh(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      await this.#buildOnce()
    }
    this.#running = null
  }

  async #buildOnce(): Promise<void> {
    let built: BuiltModule | null = null
    let fault: unknown = null
    try {
      built = await buildWith(this.#compiler, this.#project, this.#options)
    } catch (error) {
      fault = error
    }
    this.#onBuilt(built, fault)
  }
}
