/** Rules of the filters' sources that the compiler does not hold (docs/ADDING-A-FILTER.md lists them). */
import { lineOf, read, sources } from './sources.ts'

/** A rule for all sources, or for those whose path `where` matches. */
interface Rule {
  readonly pattern: RegExp
  readonly why: string
  readonly where?: RegExp
}

const RULES: readonly Rule[] = [
  { pattern: /\bchangetype\s*</g, why: 'raw memory belongs to sdk/' },
  { pattern: /\b(?:load|store)\s*<|\b(?:memory|heap)\.|@unmanaged|\bunchecked\s*\(/g, why: 'raw memory belongs to sdk/' },
  { pattern: /^\s*throw\b/gm, why: 'a trap ends the VM for every stream in it: return an error' },
  { pattern: /^(?:export\s+)?let\b/gm, why: 'state lives on a context, never in a module (bundles run several copies)' },
  {
    pattern: /from\s+["']\.\.\/(?!common\/)[^"']+["']/g,
    why: 'a filter never imports another filter',
    where: /^(?!filters\/common\/)/,
  },
  { pattern: /from\s+["']\.\.\/\.\.\/[^"']+["']/g, why: 'what filters share imports no filter', where: /^filters\/common\// },
  { pattern: /from\s+["'](?:\.\.\/)+sdk\//g, why: 'import the SDK by its package name' },
]

/** Comments may say anything: they are blanked before the rules look. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, ' '))
}

/** Every breach in the filters' AssemblyScript. */
export function checkFilterSources(): string[] {
  const faults: string[] = []
  for (const path of [...sources('filters'), ...sources('host/templates')]) {
    const text = withoutComments(read(path))
    for (const { pattern, why, where } of RULES) {
      if (where?.test(path) === false) continue
      for (const match of text.matchAll(pattern)) faults.push(`${path}:${lineOf(text, match.index)}: ${match[0].trim()}: ${why}`)
    }
  }
  return faults
}
