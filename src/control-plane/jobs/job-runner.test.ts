import { storesOfTwoNodes } from '../../../test/stores-of-two-nodes.ts'
import { runJobSuite } from './job-runner-suite.ts'

const stores = storesOfTwoNodes()
runJobSuite('SQLite', () => stores.sqlite())
runJobSuite('Postgres', () => stores.postgres())
