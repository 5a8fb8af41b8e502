import { readFileSync } from 'node:fs'

/**
 * Loaded before a Weir, in each of its threads: the machine's clock, with what a test has put it forward or back by, in
 * milliseconds in a file. It stands in for `date --set`, which would move the clock of every test on the machine.
 */
const file = process.env['STEPPED_CLOCK'] ?? ''
const real = Date.now
let stepMs = 0
const timer = setInterval(() => {
  stepMs = Number(readFileSync(file, 'utf8'))
}, 10)
timer.unref()
Date.now = () => real() + stepMs
