/** A real nginx as a child process, with its files in a folder of its own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ChildProgram } from './child-program.ts'
import { debianProgram } from './debian-program.ts'

/** Path of the program; rejects with the package to install. */
export function findNginx(): Promise<string> {
  return debianProgram('nginx')
}

export class Nginx {
  readonly folder: string
  readonly #program: string
  readonly #port: number
  #child: ChildProgram | null = null

  private constructor(folder: string, program: string, port: number) {
    this.folder = folder
    this.#program = program
    this.#port = port
  }

  /** `fill` puts files into the folder and gives the text of the block `http`; one of its servers listens on `port`. */
  static async start(port: number, fill: (folder: string) => Promise<string>): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-nginx-'))
    await mkdir(join(folder, 'tmp'))
    await writeFile(join(folder, 'nginx.conf'), mainText(folder, await fill(folder)))
    const nginx = new Nginx(folder, await findNginx(), port)
    await nginx.resume()
    return nginx
  }

  /** Ends it without waiting for its connections; the folder stays. */
  async pause(): Promise<void> {
    await this.#child?.stop('SIGTERM')
    this.#child = null
  }

  async resume(): Promise<void> {
    const args = ['-p', this.folder, '-c', join(this.folder, 'nginx.conf')]
    this.#child = await ChildProgram.listening(this.#program, args, this.#port)
  }

  async stop(): Promise<void> {
    await this.pause()
    await rm(this.folder, { recursive: true, force: true })
  }
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** Everything that nginx would write stands in the folder. */
function mainText(folder: string, http: string): string {
  const { uid, username } = userInfo()
  return `
${uid === 0 ? `user ${username};` : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
${TEMPORARY.map((kind) => `  ${kind}_temp_path ${folder}/tmp/${kind};`).join('\n')}
${http}
}
`
}
