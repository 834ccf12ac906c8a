import { expect, test } from 'vitest'
import { VmIds } from '../../../host/services/vm-ids.ts'

test('what is kept by vm_id goes with its last user', () => {
  const gone: string[] = []
  const ids = new VmIds(
    { deleteVmId: (id) => void gone.push(`data ${id}`) },
    { deleteVmId: (id) => void gone.push(`queues ${id}`) },
  )
  ids.hold('a')
  ids.hold('a')
  ids.hold('')
  ids.release('a')
  expect(gone).toEqual([])
  ids.release('')
  ids.release('a')
  expect(gone).toEqual(['data ', 'queues ', 'data a', 'queues a'])
})
