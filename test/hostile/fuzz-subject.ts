import { type TestApp, type TestWeir, startTestWeir } from '../e2e/harness.ts'
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts'
import { unlimited } from './unlimited.ts'

/** A Weir to fuzz: small limits, so that what is slow ends soon. */
export interface FuzzSubject {
  readonly weir: TestWeir
  readonly app: TestApp
  readonly upstream: RecordingUpstream
  /** A line of the log for each gateway thread that died. */
  readonly deaths: readonly string[]
  stop(): Promise<void>
}

export async function startFuzzSubject(): Promise<FuzzSubject> {
  const deaths: string[] = []
  const upstream = await startRecordingUpstream()
  const weir = await startTestWeir({
    upstream: upstream.url,
    contract: unlimited,
    logTo: { write: line => void (line.includes('a gateway thread died') && deaths.push(line)) },
    settings: {
      logLevel: 'error',
      maxBodyMib: 1,
      headSeconds: 2,
      bodyIdleSeconds: 2,
      keepAliveSeconds: 2,
      stallSeconds: 4,
    },
  })
  return {
    upstream,
    deaths,
    weir,
    app: await weir.newApp(),
    async stop() {
      await weir.stop()
      await upstream.close()
    },
  }
}

/** The whole process's memory in use, in MiB, with what could be thrown away gone if the runtime lets us ask. */
export function memoryMib(): number {
  globalThis.gc?.()
  return process.memoryUsage().rss / 1024 ** 2
}
