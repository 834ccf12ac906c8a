/** Coverage as text: for tools and for people. */
import type { FileCoverage } from './file-coverage.ts'

/** The format of lcov. */
export function lcovText(files: readonly FileCoverage[]): string {
  return files.map(recordOf).join('')
}

function recordOf(file: FileCoverage): string {
  const lines = ['TN:', `SF:${file.file}`]
  const branches = file.branches()
  branches.forEach(({ line, counts }, block) => {
    const isReached = counts[0] + counts[1] > 0
    counts.forEach((count, branch) => lines.push(`BRDA:${line},${block},${branch},${isReached ? count : '-'}`))
  })
  const outcomes = branches.flatMap(({ counts }) => counts)
  lines.push(`BRF:${outcomes.length}`, `BRH:${outcomes.filter((count) => count > 0).length}`)
  const counted = file.lines()
  for (const { line, count } of counted) lines.push(`DA:${line},${count}`)
  lines.push(`LF:${counted.length}`, `LH:${counted.filter(({ count }) => count > 0).length}`, 'end_of_record')
  return lines.map((line) => `${line}\n`).join('')
}

/** One row per file and one for all, with the lines that never ran. */
export function summaryText(files: readonly FileCoverage[]): string {
  const rows = files.map((file) => ({ name: file.file, lines: file.lines().map(({ count }) => count), file }))
  const all = { name: 'all files', lines: rows.flatMap(({ lines }) => lines), outcomes: files.flatMap(outcomesOf) }
  const width = Math.max(...rows.map(({ name }) => name.length), all.name.length)
  const text = rows.map(({ name, lines, file }) => rowText(name, width, lines, outcomesOf(file), missedLines(file)))
  return [...text, rowText(all.name, width, all.lines, all.outcomes, '')].map((line) => `${line.trimEnd()}\n`).join('')
}

function outcomesOf(file: FileCoverage): number[] {
  return file.branches().flatMap(({ counts }) => counts)
}

function rowText(name: string, width: number, lines: readonly number[], outcomes: readonly number[], missed: string): string {
  return `${name.padEnd(width)}  lines ${share(lines)}  branches ${share(outcomes)}  ${missed}`
}

function share(counts: readonly number[]): string {
  const hit = counts.filter((count) => count > 0).length
  const percent = counts.length === 0 ? 100 : Math.floor((100 * hit) / counts.length)
  return `${String(percent).padStart(3)} % (${hit}/${counts.length})`
}

/** `12, 20-24`: neighbours among the lines that have code. */
function missedLines(file: FileCoverage): string {
  const ranges: number[][] = []
  let isOpen = false
  for (const { line, count } of file.lines()) {
    if (count === 0 && isOpen) ranges.at(-1)![1] = line
    else if (count === 0) ranges.push([line])
    isOpen = count === 0
  }
  return ranges.length === 0 ? '' : `never ran: ${ranges.map((range) => range.join('-')).join(', ')}`
}
