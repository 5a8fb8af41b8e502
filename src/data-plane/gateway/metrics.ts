import { Counter, Gauge, type Registry } from 'prom-client'
import { type Report, durationBounds } from '../recording/recorder.ts'
import type { RecordingFigures } from '../recording/start-recording.ts'
import type { EndOfThread } from './threads.ts'

/** Adds the gateway's figures to a registry. `docs/metrics.md` lists them. */
export interface GatewayMetrics {
  add(report: Report): void
  batchesDropped(batches: number): void
  spoolFailed(): void
  threadEnded(cause: EndOfThread): void
}

export function createGatewayMetrics(
  registry: Registry,
  read: {
    readonly openSockets: () => number
    readonly openConnections: () => number
    readonly occupancy: () => number
    /** undefined without TLS: then the metric has no value. */
    readonly certificateNotAfterMs: () => number | undefined
    readonly recording: () => RecordingFigures
  },
): GatewayMetrics {
  const registers = [registry]
  const requests = new Counter({
    name: 'weir_requests_total',
    help: 'Requests by endpoint, platform and outcome; without an endpoint: refused before one was known.',
    labelNames: ['endpoint', 'platform', 'outcome'],
    registers,
  })
  const countersFull = new Counter({
    name: 'weir_counters_full_total',
    help: 'Requests that found no room for a counter.',
    registers,
  })
  const refused = new Counter({
    name: 'weir_connections_refused_total',
    help: 'Connections closed at once: beyond the bound of one peer, or of all.',
    labelNames: ['bound'],
    registers,
  })
  const stalled = new Counter({
    name: 'weir_stalled_connections_total',
    help: 'Connections cut because the other side took nothing of what was sent to it.',
    registers,
  })
  const dropped = new Counter({
    name: 'weir_reports_dropped_total',
    help: 'Batches of usage thrown away because neither store nor disk took them; what the last start lost at its end too.',
    registers,
  })
  gauge('weir_open_connections', 'Connections of clients open now.', read.openConnections)
  gauge('weir_open_websockets', 'WebSockets open now.', read.openSockets)
  gauge('weir_counter_occupancy_ratio', 'Share of the counter slots that are in use, 0 to 1.', read.occupancy)
  new Gauge({
    name: 'weir_tls_certificate_not_after_seconds',
    help: 'When the TLS certificate in use expires, in Unix seconds.',
    labelNames: ['port'],
    registers,
    collect() {
      const notAfterMs = read.certificateNotAfterMs()
      if (notAfterMs !== undefined) this.set({ port: 'gateway' }, notAfterMs / 1000)
    },
  })
  const spoolErrors = new Counter({
    name: 'weir_spool_errors_total',
    help: 'Batches of usage that the disk did not take.',
    registers,
  })
  const threadsEnded = new Counter({
    name: 'weir_gateway_threads_replaced_total',
    help: 'Gateway threads that died of an error, or hung and were ended; another started in their place.',
    labelNames: ['cause'],
    registers,
  })
  for (const cause of ['died', 'hung']) threadsEnded.inc({ cause }, 0)
  const { recording } = read
  gauge(
    'weir_recording_waiting_rows',
    'Rows of usage that wait for the store.',
    () => recording().waitingRows,
  )
  gauge('weir_spool_bytes', 'Usage on disk, until the store has it.', () => recording().spoolBytes)
  gauge(
    'weir_store_clock_offset_seconds',
    'What this machine’s clock lacks to be the store’s.',
    () => recording().clockOffsetMs / 1000,
  )
  gauge(
    'weir_store_clock_error_seconds',
    'How wrong that offset may be.',
    () => recording().clockErrorMs / 1000,
  )
  const durations = addDurations(registry)

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  }

  return {
    add(report) {
      for (const { endpoint, platform, outcome, count } of report.requests) {
        requests.inc({ endpoint, platform, outcome }, count)
      }
      for (const [outcome, count] of Object.entries(report.strangers)) {
        requests.inc({ endpoint: '', platform: '', outcome }, count)
      }
      countersFull.inc(report.countersFull)
      for (const [bound, count] of Object.entries(report.connectionsRefused)) refused.inc({ bound }, count)
      stalled.inc(report.stalled)
      durations(report)
    },
    batchesDropped: batches => dropped.inc(batches),
    spoolFailed: () => spoolErrors.inc(),
    threadEnded: cause => threadsEnded.inc({ cause }),
  }
}

/**
 * A histogram that is fed with counts: the threads sort durations into buckets themselves, because telling the
 * main thread of every request would cost more than the request's decision.
 */
function addDurations(registry: Registry): (report: Report) => void {
  const name = 'weir_request_duration_seconds'
  const buckets = Array.from({ length: durationBounds.length + 1 }, () => 0)
  let sum = 0
  const metric = {
    name,
    help: 'Time from the arrival of a request to the end of its answer.',
    type: 'histogram',
    aggregator: 'sum',
    get() {
      let count = 0
      const values = buckets.map((inBucket, i) => {
        count += inBucket
        return { metricName: `${name}_bucket`, labels: { le: durationBounds[i] ?? '+Inf' }, value: count }
      })
      return {
        ...metric,
        values: [
          ...values,
          { metricName: `${name}_sum`, labels: {}, value: sum },
          { metricName: `${name}_count`, labels: {}, value: count },
        ],
      }
    },
  }
  registry.registerMetric(metric as unknown as Counter)
  return ({ durations, durationSumSeconds }) => {
    durations.forEach((count, i) => (buckets[i]! += count))
    sum += durationSumSeconds
  }
}
