import type { Recorder } from '../../src/data-plane/recording/recorder.ts'

export const OUTCOMES_A_SECOND = 50_000

const apps = Array.from({ length: 50 }, (_, at) => `app_${`${at}`.padStart(36, '0')}`)
const endpoints = ['SendMessage', 'QueryChannels', 'Search', 'GetApp', 'MarkRead']
const platforms = ['web', 'ios', 'android', 'server']

/** One request's end after the other, over all apps, endpoints and platforms; one in a hundred is a client's error. */
export function createOutcomes(recorder: Recorder): (at: number, arrivedMs: number) => void {
  return (at, arrivedMs) => {
    const appId = apps[at % apps.length]!
    const endpoint = endpoints[(at >> 3) % endpoints.length]!
    const platform = platforms[(at >> 5) % platforms.length]!
    const outcome = at % 97 === 0 ? 'client-error' : 'served'
    const durationMs = (at * 7919) % 60
    recorder.slice({ appId, endpoint, arrivedMs, durationMs, sliceSeconds: 10 }, undefined, outcome)
    recorder.request({ appId, endpoint, platform, outcome, arrivedMs, durationMs })
  }
}
