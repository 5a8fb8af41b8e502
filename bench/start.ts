import { spawn } from 'node:child_process'
import { type Figures, interleave } from './rounds.ts'
import type { Result } from './run.ts'

const main = new URL('../src/main.ts', import.meta.url).pathname

/** From the command to the first answered request of the demo: chat API, store, threads and seed included. */
export async function start(rounds: number): Promise<Result> {
  return [['start: weir demo', await interleave(['weir demo'], rounds, measure)]]
}

async function measure(): Promise<Figures> {
  const started = performance.now()
  const child = spawn(process.execPath, [main, 'demo', '--port', '0', '--control-port', '0'])
  let text = ''
  await new Promise<void>(resolve => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('Ctrl-C')) resolve()
    })
  })
  const find = (pattern: RegExp) => text.match(pattern)![1]!
  const headers = { 'x-api-key': find(/API key +(\S+)/), authorization: find(/token of alice +(\S+)/) }
  const answer = await fetch(`${find(/the API +(\S+)/)}/app`, { headers })
  if (answer.status !== 200) throw new Error(`the demo answered ${answer.status}`)
  const ms = performance.now() - started
  child.kill('SIGINT')
  await new Promise(resolve => child.once('close', resolve))
  return { 'ms to the first answer': ms }
}
