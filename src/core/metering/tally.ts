/**
 * How many there are of each name, and how many there were when last kept. Keeping is a copy of numbers, since a
 * rising month passes through as many maxima as it has connections.
 */
export interface Tally {
  step(name: string, by: 1 | -1): void
  keep(): void
  /** The names of which there were some when last kept. */
  kept(): Map<string, number>
}

export function createTally(): Tally {
  const places = new Map<string, number>()
  let now = new Int32Array(16)
  let then = new Int32Array(16)

  function placeOf(name: string): number {
    const known = places.get(name)
    if (known !== undefined) return known
    const place = places.size
    places.set(name, place)
    if (place === now.length) {
      now = grown(now)
      then = grown(then)
    }
    return place
  }

  return {
    step(name, by) {
      now[placeOf(name)]! += by
    },
    keep() {
      then.set(now)
    },
    kept() {
      const counts = [...places].map(([name, place]) => [name, then[place] ?? 0] as const)
      return new Map(counts.filter(([, count]) => count > 0))
    },
  }
}

function grown(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}
