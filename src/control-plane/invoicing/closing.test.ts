import { storesOfTwoNodes } from '../../../test/stores-of-two-nodes.ts'
import { runClosingSuite } from './closing-suite.ts'

const stores = storesOfTwoNodes()
runClosingSuite('SQLite', () => stores.sqlite())
runClosingSuite('Postgres', () => stores.postgres())
