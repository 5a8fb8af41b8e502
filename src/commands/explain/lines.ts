/**
 * The lines of a stream, as many at once as each chunk completes; the last one may lack its end. A line longer
 * than `maxLength` characters comes as undefined, so that no input fills the memory.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxLength: number,
): AsyncGenerator<(string | undefined)[]> {
  const decoder = new TextDecoder()
  let rest = ''
  let tooLong = false
  const finish = (line: string) => {
    const finished = tooLong || line.length > maxLength ? undefined : line
    tooLong = false
    return finished
  }
  for await (const chunk of chunks) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n')
    const last = others.pop()
    rest += first
    if (last !== undefined) {
      yield [rest, ...others].map(finish)
      rest = last
    }
    if (rest.length > maxLength) {
      tooLong = true
      rest = ''
    }
  }
  rest += decoder.decode()
  if (rest !== '' || tooLong) yield [finish(rest)]
}
