/** In a clean clone nothing is known of how long files take: those that last longest by far begin, so that none of them ends alone. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const LONGEST = ['test/filters/cases.test.ts']

const isLong = ({ moduleId }: TestSpecification): boolean => LONGEST.some((path) => moduleId.endsWith(path))

/** The order of files: the long ones, then what the runner would do. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the runner's method of that name returns a new array
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
