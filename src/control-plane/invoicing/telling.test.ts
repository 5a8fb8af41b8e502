import { storesOfTwoNodes } from '../../../test/stores-of-two-nodes.ts'
import { runTellingSuite } from './telling-suite.ts'

const stores = storesOfTwoNodes()
runTellingSuite('SQLite', () => stores.sqlite())
runTellingSuite('Postgres', () => stores.postgres())
