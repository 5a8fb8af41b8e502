import { expect, it } from 'vitest'
import { createThreadConnections } from './thread-connections.ts'

const opened = (id: string) => ({
  id,
  appId: 'a',
  userKey: undefined,
  platform: 'web',
  endpoint: 'Connect',
  atMs: 1,
})

it('a thread that is gone leaves the connections it had open, once, and no other thread’s', () => {
  const connections = createThreadConnections()
  connections.note(1, { opened: [opened('x'), opened('y')], closed: [] })
  connections.note(2, { opened: [opened('z')], closed: [] })
  connections.note(1, { opened: [], closed: [{ id: 'x', atMs: 2 }] })
  expect(connections.take(1)).toEqual(['y'])
  expect(connections.take(1)).toEqual([])
  expect(connections.take(2)).toEqual(['z'])
})
