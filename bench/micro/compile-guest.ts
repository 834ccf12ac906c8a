import asc from 'assemblyscript/asc'

/** Compiles `bench/micro/guests/<name>.ts` as filters are compiled. */
export async function compileGuest(name: string): Promise<Uint8Array> {
  const flags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--exportStart', '_initialize']
  const file = `${name}.ts`
  let binary: Uint8Array | null = null
  const { error, stderr } = await asc.main(
    [file, ...flags, '--use', `abort=${name}/stop`, '--baseDir', guests, '-o', 'out.wasm'],
    {
      writeFile: (_path, contents) => {
        if (typeof contents !== 'string') binary = contents
      },
    },
  )
  if (error !== null || binary === null) throw new Error(`Cannot compile ${file}: ${stderr.toString()}`)
  return binary
}

const guests = new URL('./guests', import.meta.url).pathname
