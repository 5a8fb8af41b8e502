import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openStore } from './open-store.ts'
import { runFiguresSuite } from './figures-suite.ts'
import { runRecordingSuite } from './recording-suite.ts'
import { runStoreSuite } from './store-suite.ts'

const directory = mkdtempSync(join(tmpdir(), 'weir-store-'))
afterAll(() => rmSync(directory, { recursive: true }))

let made = 0
const open = async () => openStore({ file: join(directory, `${made++}.db`) })

runStoreSuite('SQLite', open)
runRecordingSuite('SQLite', open, 25)
runFiguresSuite('SQLite', open)
