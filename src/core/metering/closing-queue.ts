/** Things to come, taken out in the order of their instants: a binary heap, so a million open ones are quick. */
export interface ClosingQueue<Item> {
  push(item: Item, atMs: number): void
  /** Takes out the first one if its instant is at or before `toMs`. */
  takeUpTo(toMs: number): Item | undefined
}

export function closingQueue<Item>(): ClosingQueue<Item> {
  // Two arrays: instants are compared without a look into the items.
  const instants: number[] = []
  const items: Item[] = []

  function put(place: number, item: Item, atMs: number): void {
    instants[place] = atMs
    items[place] = item
  }

  function rise(from: number, item: Item, atMs: number): void {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (instants[parent]! <= atMs) break
      put(place, items[parent]!, instants[parent]!)
      place = parent
    }
    put(place, item, atMs)
  }

  function sink(item: Item, atMs: number): void {
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= instants.length) break
      if (child + 1 < instants.length && instants[child + 1]! < instants[child]!) child += 1
      if (instants[child]! >= atMs) break
      put(place, items[child]!, instants[child]!)
      place = child
    }
    put(place, item, atMs)
  }

  return {
    push: (item, atMs) => rise(instants.length, item, atMs),
    takeUpTo(toMs) {
      const [firstMs] = instants
      if (firstMs === undefined || firstMs > toMs) return undefined
      const [first] = items
      const lastMs = instants.pop()!
      const last = items.pop()!
      if (instants.length > 0) sink(last, lastMs)
      return first
    },
  }
}
