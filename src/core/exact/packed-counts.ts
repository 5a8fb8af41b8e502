/** No further from zero than this a packed number lies. */
const MOST = 0xffffffff

/**
 * Whole numbers in few bytes where neighbours are alike: each is its difference from the one before, as a zigzag varint
 * (seven bits a byte, the lowest first); a run of no difference is a 0 and its length less one. A steady day of slices
 * takes six bytes. Throws a RangeError for what is no whole number from `least` to 2^32 - 1.
 */
export function packedBytes(counts: ArrayLike<number>, least = -MOST): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(2 * counts.length + ROOM)
  let end = 0
  let before = 0
  for (let at = 0; at < counts.length;) {
    if (end + ROOM > bytes.length) bytes = grown(bytes)
    const count = counts[at]!
    if (count === before) {
      const from = at
      while (at < counts.length && counts[at] === before) at++
      bytes[end++] = 0
      end = writeVarint(bytes, end, at - from - 1)
      continue
    }
    if (!Number.isInteger(count) || count < least || count > MOST)
      throw new RangeError(`not a count: ${count}`)
    const difference = count - before
    end = writeVarint(bytes, end, difference > 0 ? 2 * difference : -2 * difference - 1)
    before = count
    at++
  }
  return bytes.slice(0, end)
}

/** Where packed numbers are added to: each to the one in its place, from `from` on. */
export interface AddTo {
  readonly into: Int32Array | Uint32Array
  readonly from: number
  readonly length: number
}

/**
 * Adds as many numbers as are asked for, from the byte at `start` on, and says where they end: a run of zeros costs
 * nothing. Throws a RangeError when the bytes hold fewer, or one that is out of range; some may have been added then.
 * Bytes that `packedBytes` would have written shorter are read too.
 */
export function addPacked(
  bytes: Uint8Array,
  start: number,
  { into, from, length }: AddTo,
  least = -MOST,
): number {
  // Most numbers are one byte, and are read without a call.
  const place = { at: start }
  const end = from + length
  let next = start
  let before = 0
  for (let at = from; at < end;) {
    let zigzag = bytes[next] ?? MANY
    if (zigzag < 128) next++
    else {
      place.at = next
      zigzag = readVarint(bytes, place)
      next = place.at
    }
    if (zigzag === 0) {
      place.at = next
      const runEnd = at + readVarint(bytes, place) + 1
      next = place.at
      if (runEnd > end) throw new RangeError(`it holds more than ${length} counts`)
      if (before === 0) at = runEnd
      else while (at < runEnd) into[at++]! += before
      continue
    }
    before += zigzag < TWO_TO_30 ? (zigzag >>> 1) ^ -(zigzag & 1) : wideDifference(zigzag)
    if (before < least || before > MOST) throw new RangeError(`count ${at - from} is out of range`)
    into[at++]! += before
  }
  return next
}

/** More than a byte says alone. */
const MANY = 128

/** What a bit operator still holds. */
const TWO_TO_30 = 2 ** 30

/** Differences need 34 bits. */
function wideDifference(zigzag: number): number {
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
}

/** A number or a run takes no more: a byte and a varint. */
const MOST_VARINT_BYTES = 5
const ROOM = 1 + MOST_VARINT_BYTES

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length)
  larger.set(bytes)
  return larger
}

/** The end of what is written at `end`. */
function writeVarint(bytes: Uint8Array, end: number, value: number): number {
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[end++] = (rest % 128) + 128
  bytes[end++] = rest
  return end
}

function readVarint(bytes: Uint8Array, place: { at: number }): number {
  const first = bytes[place.at++]
  if (first !== undefined && first < 128) return first
  let value = first === undefined ? missing() : first - 128
  for (let scale = 128, index = 1; index < MOST_VARINT_BYTES; index++, scale *= 128) {
    const byte = bytes[place.at++] ?? missing()
    value += (byte % 128) * scale
    if (byte < 128) return value
  }
  throw new RangeError('a count is too long')
}

function missing(): never {
  throw new RangeError('it ends within a count')
}
