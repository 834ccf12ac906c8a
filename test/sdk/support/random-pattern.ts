/** Random patterns of RE2 and texts of the letters in them, the same for the same seed. */

const ATOMS = [
  'a',
  'b',
  'k',
  'S',
  '_',
  ' ',
  '-',
  '.',
  '[ab]',
  '[^a]',
  '[a-k-]',
  '[]b]',
  '[[:alpha:]_]',
  '[[:^digit:]a]',
  '[\\d\\-]',
]
const MORE_ATOMS = [
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '^',
  '$',
  '\\b',
  '\\B',
  '\\A',
  '\\z',
  '\\n',
  '\\x41',
  '\\x{e9}',
  '\\101',
  '\\.',
  '\\Qa.b\\E',
]
const SPECIAL = [
  '(?i)',
  '(?s)',
  '(?m)',
  '(?-i)',
  '(?i-s)',
  '\xe9',
  '\xc9',
  '[\xe0-\xff]',
  '[^\\W]',
  '[[:punct:]]',
  '\\_',
  '{',
  '}',
  ']',
  '{,2}',
  'a{01}',
]
const WRONG = [
  '(',
  ')',
  '[',
  '\\8',
  '\\1',
  '\\y',
  '[b-a]',
  '[[:foo:]]',
  '(?=a)',
  '(?<a',
  '(?P<n>a)',
  '{2}',
  '*',
  '{3,1}',
  '{1001}',
  '\\',
  '(?i-)',
]
const REPEATS = ['*', '+', '?', '*?', '+?', '??', '{2}', '{0}', '{0,1}', '{1,3}', '{2,}', '{0,}', '{2,3}?']
const GROUPS = ['(', '(?:', '(?i:', '(?s:', '(?m:', '(?-i:', '(?im-s:', '(?U:']
const LETTERS = ['a', 'b', 'k', 'K', 'S', 's', 'A', '_', ' ', '-', '.', '1', '\n', '\xe9', '\xc9', '\xff', '{', '2', ']']

export class RandomPatterns {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  pattern(depth = 3): string {
    const parts: string[] = []
    for (let i = this.#below(4); i >= 0; i--) parts.push(this.#part(depth))
    return parts.join('')
  }

  text(): string {
    let text = ''
    for (let i = this.#below(8); i > 0; i--) text += this.#of(LETTERS)
    return text
  }

  #part(depth: number): string {
    const kind = this.#below(100)
    if (kind < 1) return this.#of(WRONG)
    if (kind < 8) return this.#of(SPECIAL)
    const atom = kind < 35 && depth > 0 ? this.#group(depth) : this.#of(kind < 70 ? ATOMS : MORE_ATOMS)
    return this.#below(3) === 0 ? atom + this.#of(REPEATS) : atom
  }

  #group(depth: number): string {
    const parts = [this.pattern(depth - 1)]
    for (let i = this.#below(3); i > 0; i--) parts.push(this.#below(6) === 0 ? '' : this.pattern(depth - 1))
    return `${this.#of(GROUPS)}${parts.join('|')})`
  }

  #of(list: readonly string[]): string {
    return list[this.#below(list.length)]!
  }

  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }
}
