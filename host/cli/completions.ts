/** Completion scripts: fixed words, so that a key press starts no process. */

/** What can follow a command. */
export interface Completion {
  readonly name: string
  readonly description: string
  /** `--json` … */
  readonly flags: readonly string[]
  /** Values of its arguments; none = files. */
  readonly choices: readonly string[]
}

export type Shell = keyof typeof SHELLS

/** The script for each shell; its head says where it goes. */
export const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

function bashScript(commands: readonly Completion[]): string {
  const cases = commands.map(({ name, flags, choices }) => `    ${name}) words='${[...choices, ...flags].join(' ')}' ;;`)
  return `# sluice completion bash > ~/.local/share/bash-completion/completions/sluice
_sluice() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${commands.map(({ name }) => name).join(' ')}'
  else
    case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _sluice sluice`
}

function zshScript(commands: readonly Completion[]): string {
  const list = commands.map(({ name, description }) => `    '${name}:${quoted(description)}'`)
  const cases = commands.map(
    ({ name, flags, choices }) => `    ${name}) compadd -- ${[...choices, ...flags].join(' ')}; _files ;;`,
  )
  return `#compdef sluice
# sluice completion zsh > a file _sluice in a folder of $fpath
_sluice() {
  local -a commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases.join('\n')}
  esac
}
compdef _sluice sluice`
}

function fishScript(commands: readonly Completion[]): string {
  const lines = commands.flatMap(({ name, description, flags, choices }) => [
    `complete -c sluice -n __fish_use_subcommand -f -a ${name} -d '${quoted(description)}'`,
    ...flags.map((flag) => `complete -c sluice -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`),
    ...(choices.length === 0 ? [] : [`complete -c sluice -n '__fish_seen_subcommand_from ${name}' -a '${choices.join(' ')}'`]),
  ])
  return ['# sluice completion fish > ~/.config/fish/completions/sluice.fish', ...lines].join('\n')
}

/** Inside of single quotes, and of what zsh divides by colons. */
function quoted(text: string): string {
  return text.replaceAll("'", '').replaceAll(':', ',')
}
