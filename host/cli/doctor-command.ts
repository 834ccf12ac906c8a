/** `sluice doctor`: whether machine and project have what the commands need. */
import { diagnose, type Diagnosis } from '../project/doctor.ts'
import type { AddCommand } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import type { CommandOutput, Paint } from './output.ts'

const PAINT: Readonly<Record<Diagnosis['state'], Paint>> = { good: 'green', missing: 'yellow', bad: 'red' }

export const addDoctorCommand: AddCommand = (program, { output, exit }) => {
  program
    .command('doctor')
    .description('look at what this machine and the project here have, and say what is missing; fails for what is bad')
    .action(async () => {
      const findings = await diagnose(process.cwd())
      output.result({ findings }, findings.map((finding) => findingText(finding, output)).join('\n'))
      exit(findings.some(({ state }) => state === 'bad') ? EXIT.failed : EXIT.ok)
    })
}

function findingText({ what, state, seen, next }: Diagnosis, output: CommandOutput): string {
  const advice = next === undefined ? '' : `; ${next}`
  return `${output.paint(PAINT[state], state.padEnd(7))} ${what}: ${seen}${advice}`
}
